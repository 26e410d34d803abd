#include "services/billing/events.h"

#include "services/billing/topics.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HEADERS_MAX = 9, EVENT_ID_BYTES = 16, SUBJECT_SIZE = 32 };
static_assert(EVENT_ID_SIZE > 2 * EVENT_ID_BYTES, "no room for a random id");

#define SCHEMA(message) "urn:slipway:proto:slipway.v1." message

/* What each type is called, alone and in ids, and what its data is: a message of
 * proto/events.proto. No id has a dot in it: signatures of webhooks put one after it. */
static const struct {
    const char *name, *stem, *schema;
} types[EVENT_TYPE_COUNT] = {
    [EVENT_TYPE_CHECKOUT_ACCEPTED] = {"hosting.checkout.accepted.v1",  "checkout-accepted",
                                      SCHEMA("CheckoutEvent")                                                   },
    [EVENT_TYPE_CHECKOUT_COMPLETED] = {"hosting.checkout.completed.v1", "checkout-completed",
                                      SCHEMA("CheckoutEvent")                                                   },
    [EVENT_TYPE_CHECKOUT_PARTIAL] = {"hosting.checkout.partial.v1",   "checkout-partial",
                                      SCHEMA("CheckoutEvent")                                                   },
    [EVENT_TYPE_CHECKOUT_FAILED] = {"hosting.checkout.failed.v1",    "checkout-failed",
                                      SCHEMA("CheckoutEvent")                                                   },
    [EVENT_TYPE_VPS_BUILDING] = {"hosting.vps.building.v1",       "vps-building",       SCHEMA("VpsEvent") },
    [EVENT_TYPE_VPS_ACTIVE] = {"hosting.vps.active.v1",         "vps-active",         SCHEMA("VpsEvent") },
    [EVENT_TYPE_VPS_FAILED] = {"hosting.vps.failed.v1",         "vps-failed",         SCHEMA("VpsEvent") },
    [EVENT_TYPE_VPS_RENEWED] = {"hosting.vps.renewed.v1",        "vps-renewed",        SCHEMA("VpsEvent") },
    [EVENT_TYPE_VPS_SUSPENDED] = {"hosting.vps.suspended.v1",      "vps-suspended",      SCHEMA("VpsEvent") },
    [EVENT_TYPE_VPS_RESUMED] = {"hosting.vps.resumed.v1",        "vps-resumed",        SCHEMA("VpsEvent") },
    [EVENT_TYPE_VPS_REINSTALLED] = {"hosting.vps.reinstalled.v1",    "vps-reinstalled",
                                      SCHEMA("VpsEvent")                                                        },
    [EVENT_TYPE_VPS_DELETED] = {"hosting.vps.deleted.v1",        "vps-deleted",        SCHEMA("VpsEvent") },
    [EVENT_TYPE_VPS_EXPIRING] = {"hosting.vps.expiring.v1",       "vps-expiring",       SCHEMA("VpsEvent") },
    [EVENT_TYPE_DEPOSIT_CREATED] = {"hosting.deposit.created.v1",    "deposit-created",
                                      SCHEMA("DepositEvent")                                                    },
    [EVENT_TYPE_DEPOSIT_COMPLETED] = {"hosting.deposit.completed.v1",  "deposit-completed",
                                      SCHEMA("DepositEvent")                                                    },
    [EVENT_TYPE_DEPOSIT_FAILED] = {"hosting.deposit.failed.v1",     "deposit-failed",
                                      SCHEMA("DepositEvent")                                                    },
    [EVENT_TYPE_DEPOSIT_EXPIRED] = {"hosting.deposit.expired.v1",    "deposit-expired",
                                      SCHEMA("DepositEvent")                                                    },
    [EVENT_TYPE_BALANCE_ADJUSTED] = {"hosting.balance.adjusted.v1",   "balance-adjusted",
                                      SCHEMA("BalanceEvent")                                                    },
    [EVENT_TYPE_REFUND_ISSUED] = {"hosting.refund.issued.v1",      "refund-issued",
                                      SCHEMA("BalanceEvent")                                                    },
    [EVENT_TYPE_USER_BANNED] = {"hosting.user.banned.v1",        "user-banned",        SCHEMA("UserEvent")},
    [EVENT_TYPE_USER_UNBANNED] = {"hosting.user.unbanned.v1",      "user-unbanned",      SCHEMA("UserEvent")},
    [EVENT_TYPE_KEY_ISSUED] = {"hosting.key.issued.v1",         "key-issued",         SCHEMA("KeyEvent") },
    [EVENT_TYPE_KEY_REVOKED] = {"hosting.key.revoked.v1",        "key-revoked",        SCHEMA("KeyEvent") },
};

const char *event_type_schema(enum event_type type)
{
    return types[type].schema;
}

const char *event_type_name(enum event_type type)
{
    return types[type].name;
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

const char *event_id(enum event_type type, int64_t fact_id, char ret_id[static EVENT_ID_SIZE])
{
    (void)snprintf(ret_id, EVENT_ID_SIZE, "%s-%" PRId64, types[type].stem, fact_id);
    return ret_id;
}

/* Random, so that it needs no sequence; the outbox keeps it, so that a repeat has the same one. */
static const char *make_id(char ret_id[static EVENT_ID_SIZE])
{
    unsigned char bytes[EVENT_ID_BYTES];

    randombytes_buf(bytes, sizeof(bytes));
    return sodium_bin2hex(ret_id, EVENT_ID_SIZE, bytes, sizeof(bytes));
}

bool events_tell(struct batch *batch, const struct event *event)
{
    struct headers headers = {.count = 0};
    char id[EVENT_ID_SIZE];

    add_header(&headers, "ce_specversion", "1.0");
    add_header(&headers, "ce_id",
               event->fact_id != 0 ? event_id(event->type, event->fact_id, id) : make_id(id));
    add_header(&headers, "ce_type", types[event->type].name);
    add_header(&headers, "ce_source", "/hosting/billing");
    add_header(&headers, "ce_subject", event->subject);
    add_header(&headers, "ce_time", batch_now_text(batch));
    add_header(&headers, "ce_dataschema", types[event->type].schema);
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
    const bool is_of_build = type == EVENT_TYPE_VPS_BUILDING || type == EVENT_TYPE_VPS_ACTIVE ||
                             type == EVENT_TYPE_VPS_FAILED;
    char subject[SUBJECT_SIZE];

    (void)snprintf(subject, sizeof(subject), "vps:%" PRIu64, event->vps_id);
    return events_tell(batch, &(struct event){.type = type,
                                              .fact_id = is_of_build ? (int64_t)event->vps_id : 0,
                                              .user_id = (int64_t)event->user_id,
                                              .subject = subject,
                                              .data = &event->base,
                                              .traceparent = traceparent});
}

bool events_tell_checkout(struct batch *batch, enum event_type type, int64_t batch_id,
                          Slipway__V1__CheckoutEvent *event, const char *traceparent)
{
    char subject[SUBJECT_SIZE];

    (void)snprintf(subject, sizeof(subject), "checkout:%" PRId64, batch_id);
    event->batch_id = subject;
    return events_tell(batch, &(struct event){.type = type,
                                              .fact_id = batch_id,
                                              .user_id = (int64_t)event->user_id,
                                              .subject = subject,
                                              .data = &event->base,
                                              .traceparent = traceparent});
}

enum event_type checkout_end_type(size_t failed, size_t total)
{
    if (failed == 0)
        return EVENT_TYPE_CHECKOUT_COMPLETED;
    return failed == total ? EVENT_TYPE_CHECKOUT_FAILED : EVENT_TYPE_CHECKOUT_PARTIAL;
}

bool events_tell_balance(struct batch *batch, enum event_type type,
                         const Slipway__V1__BalanceEvent *event, const char *traceparent)
{
    char subject[SUBJECT_SIZE];

    (void)snprintf(subject, sizeof(subject), "user:%" PRIu64, event->user_id);
    return events_tell(batch, &(struct event){.type = type,
                                              .fact_id = (int64_t)event->transaction_id,
                                              .user_id = (int64_t)event->user_id,
                                              .subject = subject,
                                              .data = &event->base,
                                              .traceparent = traceparent});
}
