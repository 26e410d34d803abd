#include "services/billing/events.h"

#include "services/billing/topics.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HEADERS_MAX = 9, EVENT_ID_BYTES = 16 };

static const char *const names[EVENT_TYPE_COUNT] = {
    [EVENT_TYPE_CHECKOUT_ACCEPTED] = "hosting.checkout.accepted.v1",
    [EVENT_TYPE_CHECKOUT_COMPLETED] = "hosting.checkout.completed.v1",
    [EVENT_TYPE_CHECKOUT_PARTIAL] = "hosting.checkout.partial.v1",
    [EVENT_TYPE_CHECKOUT_FAILED] = "hosting.checkout.failed.v1",
    [EVENT_TYPE_VPS_BUILDING] = "hosting.vps.building.v1",
    [EVENT_TYPE_VPS_ACTIVE] = "hosting.vps.active.v1",
    [EVENT_TYPE_VPS_FAILED] = "hosting.vps.failed.v1",
    [EVENT_TYPE_VPS_RENEWED] = "hosting.vps.renewed.v1",
    [EVENT_TYPE_VPS_SUSPENDED] = "hosting.vps.suspended.v1",
    [EVENT_TYPE_VPS_RESUMED] = "hosting.vps.resumed.v1",
    [EVENT_TYPE_VPS_REINSTALLED] = "hosting.vps.reinstalled.v1",
    [EVENT_TYPE_VPS_DELETED] = "hosting.vps.deleted.v1",
    [EVENT_TYPE_VPS_EXPIRING] = "hosting.vps.expiring.v1",
    [EVENT_TYPE_DEPOSIT_CREATED] = "hosting.deposit.created.v1",
    [EVENT_TYPE_DEPOSIT_COMPLETED] = "hosting.deposit.completed.v1",
    [EVENT_TYPE_DEPOSIT_FAILED] = "hosting.deposit.failed.v1",
    [EVENT_TYPE_DEPOSIT_EXPIRED] = "hosting.deposit.expired.v1",
    [EVENT_TYPE_BALANCE_ADJUSTED] = "hosting.balance.adjusted.v1",
    [EVENT_TYPE_REFUND_ISSUED] = "hosting.refund.issued.v1",
    [EVENT_TYPE_USER_BANNED] = "hosting.user.banned.v1",
    [EVENT_TYPE_USER_UNBANNED] = "hosting.user.unbanned.v1",
    [EVENT_TYPE_KEY_ISSUED] = "hosting.key.issued.v1",
    [EVENT_TYPE_KEY_REVOKED] = "hosting.key.revoked.v1",
};

const char *event_type_name(enum event_type type)
{
    return names[type];
}

struct headers {
    Slipway__V1__OutboxHeader values[HEADERS_MAX];
    Slipway__V1__OutboxHeader *list[HEADERS_MAX];
    size_t count;
};

static void add_header(struct headers *headers, const char *name, const char *value)
{
    Slipway__V1__OutboxHeader *header = &headers->values[headers->count];

    slipway__v1__outbox_header__init(header);
    header->name = batch_lend(name);
    header->value.data = (uint8_t *)batch_lend(value);
    header->value.len = strlen(value);
    headers->list[headers->count++] = header;
}

/* Random, so that it needs no sequence; the outbox keeps it, so that a repeat has the same one. */
static void make_id(char ret_id[static 2 * EVENT_ID_BYTES + 1])
{
    unsigned char bytes[EVENT_ID_BYTES];

    randombytes_buf(bytes, sizeof(bytes));
    (void)sodium_bin2hex(ret_id, 2 * EVENT_ID_BYTES + 1, bytes, sizeof(bytes));
}

bool events_tell(struct batch *batch, const struct event *event)
{
    struct headers headers = {.count = 0};
    char id[2 * EVENT_ID_BYTES + 1], time[CLOCK_TEXT_SIZE], schema[128];

    make_id(id);
    (void)snprintf(schema, sizeof(schema), "urn:slipway:proto:%s", event->data->descriptor->name);
    add_header(&headers, "ce_specversion", "1.0");
    add_header(&headers, "ce_id", id);
    add_header(&headers, "ce_type", names[event->type]);
    add_header(&headers, "ce_source", "/hosting/billing");
    add_header(&headers, "ce_subject", event->subject);
    add_header(&headers, "ce_time", clock_format(batch->now_us, time));
    add_header(&headers, "ce_dataschema", schema);
    add_header(&headers, "content-type", "application/protobuf");
    if (event->traceparent[0] != '\0')
        add_header(&headers, "traceparent", event->traceparent);
    return batch_tell(batch, &(struct batch_message){.topic = TOPIC_EVENTS,
                                                     .key = event->user_id,
                                                     .value = event->data,
                                                     .headers = headers.list,
                                                     .header_count = headers.count});
}

void events_describe_vps(const struct machine *machine, Slipway__V1__VpsEvent *ret_event)
{
    slipway__v1__vps_event__init(ret_event);
    ret_event->vps_id = (uint64_t)machine->id;
    ret_event->user_id = (uint64_t)machine->user_id;
    ret_event->plan_code = batch_lend(machine->plan_code);
    ret_event->location_code = batch_lend(machine->location_code);
    ret_event->os_code = batch_lend(machine->os_code);
    ret_event->status = batch_lend(lifecycle_status_name(machine->status));
    ret_event->address = batch_lend(machine->address);
    ret_event->expires_at_us = machine->expires_at_us;
}

bool events_tell_vps(struct batch *batch, enum event_type type, const Slipway__V1__VpsEvent *event,
                     const char *traceparent)
{
    char subject[32];

    (void)snprintf(subject, sizeof(subject), "vps:%" PRIu64, event->vps_id);
    return events_tell(batch, &(struct event){.type = type,
                                              .user_id = (int64_t)event->user_id,
                                              .subject = subject,
                                              .data = &event->base,
                                              .traceparent = traceparent});
}
