#include "tests/support/outbox_reader.h"

#include "proto/outbox.pb-c.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef void (*message_fn)(void *context, const Slipway__V1__OutboxMessage *message);

static void visit_row(const struct pg_rows *rows, int row, message_fn visit, void *context)
{
    size_t length;
    const void *packed = pg_rows_bytes(rows, row, 0, &length);
    Slipway__V1__OutboxMessages *messages =
        slipway__v1__outbox_messages__unpack(NULL, length, packed);

    assert_non_null(messages);
    for (size_t i = 0; i < messages->n_messages; ++i)
        visit(context, messages->messages[i]);
    slipway__v1__outbox_messages__free_unpacked(messages, NULL);
}

static void visit_all(const struct billing_database *database, message_fn visit, void *context)
{
    static const struct pg_statement list = {"outbox_reader_list",
                                             "SELECT messages FROM billing.outbox ORDER BY id"};
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(database->superuser);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct error error = {0};

    if (pg_execute(pg, &list, NULL, &rows, &error) != 0)
        fail_msg("%s", error.text);
    for (int row = 0; row < pg_rows_count(rows); ++row)
        visit_row(rows, row, visit, context);
}

static bool has_header(const Slipway__V1__OutboxMessage *message, const char *name,
                       const char *value)
{
    for (size_t i = 0; i < message->n_headers; ++i) {
        const Slipway__V1__OutboxHeader *header = message->headers[i];

        if (strcmp(header->name, name) == 0)
            return header->value.len == strlen(value) &&
                   memcmp(header->value.data, value, header->value.len) == 0;
    }
    return false;
}

struct event_count {
    uint64_t vps_id;
    const char *type;
    uint32_t days_left;
    int count;
    Slipway__V1__VpsEvent *last;
};

static bool is_counted(const struct event_count *count, const Slipway__V1__VpsEvent *event)
{
    return event->vps_id == count->vps_id &&
           (count->days_left == 0 || event->days_left == count->days_left);
}

static void count_event(void *context, const Slipway__V1__OutboxMessage *message)
{
    struct event_count *count = context;
    Slipway__V1__VpsEvent *event;
    char subject[32];

    if (!has_header(message, "ce_type", count->type))
        return;
    event = slipway__v1__vps_event__unpack(NULL, message->value.len, message->value.data);
    assert_non_null(event);
    if (!is_counted(count, event)) {
        slipway__v1__vps_event__free_unpacked(event, NULL);
        return;
    }
    (void)snprintf(subject, sizeof(subject), "vps:%llu", (unsigned long long)count->vps_id);
    assert_true(has_header(message, "ce_subject", subject));
    assert_string_equal(message->topic, "hosting.events");
    ++count->count;
    slipway__v1__vps_event__free_unpacked(count->last, NULL);
    count->last = event;
}

int outbox_count_events(const struct billing_database *database, uint64_t vps_id, const char *type,
                        uint32_t days_left, Slipway__V1__VpsEvent **ret_last)
{
    struct event_count count = {vps_id, type, days_left, 0, NULL};

    visit_all(database, count_event, &count);
    if (ret_last != NULL)
        *ret_last = count.last;
    else
        slipway__v1__vps_event__free_unpacked(count.last, NULL);
    return count.count;
}

struct order_count {
    uint64_t vps_id;
    Slipway__V1__MachineCommand__ActionCase action;
    int count;
    Slipway__V1__MachineCommand *last;
};

static void count_order(void *context, const Slipway__V1__OutboxMessage *message)
{
    static const char prefix[] = "vps.commands.";
    struct order_count *count = context;
    Slipway__V1__MachineCommand *command;

    if (strncmp(message->topic, prefix, sizeof(prefix) - 1) != 0)
        return;
    command = slipway__v1__machine_command__unpack(NULL, message->value.len, message->value.data);
    assert_non_null(command);
    if (command->vps_id != count->vps_id || command->action_case != count->action) {
        slipway__v1__machine_command__free_unpacked(command, NULL);
        return;
    }
    ++count->count;
    slipway__v1__machine_command__free_unpacked(count->last, NULL);
    count->last = command;
}

int outbox_count_orders(const struct billing_database *database, uint64_t vps_id,
                        Slipway__V1__MachineCommand__ActionCase action,
                        Slipway__V1__MachineCommand **ret_last)
{
    struct order_count count = {vps_id, action, 0, NULL};

    visit_all(database, count_order, &count);
    if (ret_last != NULL)
        *ret_last = count.last;
    else
        slipway__v1__machine_command__free_unpacked(count.last, NULL);
    return count.count;
}

static bool is_event(const Slipway__V1__OutboxMessage *message)
{
    return strcmp(message->topic, "hosting.events") == 0;
}

static void copy_header(const Slipway__V1__OutboxMessage *message, const char *name, char *ret_text,
                        size_t size)
{
    for (size_t i = 0; i < message->n_headers; ++i) {
        const ProtobufCBinaryData *value = &message->headers[i]->value;

        if (strcmp(message->headers[i]->name, name) != 0)
            continue;
        assert_true(value->len > 0 && value->len < size);
        memcpy(ret_text, value->data, value->len);
        ret_text[value->len] = '\0';
        return;
    }
    fail_msg("an event without %s", name);
}

struct event_list {
    const char *subject;
    struct outbox_event *events;
    size_t count, limit;
};

static void list_event(void *context, const Slipway__V1__OutboxMessage *message)
{
    struct event_list *list = context;
    struct outbox_event event = {.length = message->value.len};

    if (!is_event(message))
        return;
    copy_header(message, "ce_type", event.type, sizeof(event.type));
    copy_header(message, "ce_id", event.id, sizeof(event.id));
    copy_header(message, "ce_subject", event.subject, sizeof(event.subject));
    assert_true(has_header(message, "ce_specversion", "1.0"));
    assert_true(has_header(message, "ce_source", "/hosting/billing"));
    assert_true(has_header(message, "content-type", "application/protobuf"));
    if (list->subject[0] != '\0' && strcmp(list->subject, event.subject) != 0)
        return;
    assert_true(list->count < list->limit && message->value.len <= sizeof(event.data) &&
                message->key.len < sizeof(event.key));
    memcpy(event.data, message->value.data, message->value.len);
    memcpy(event.key, message->key.data, message->key.len);
    list->events[list->count++] = event;
}

size_t outbox_read_events(const struct billing_database *database, const char *subject,
                          struct outbox_event *ret_events, size_t limit)
{
    struct event_list list = {subject, ret_events, 0, limit};

    visit_all(database, list_event, &list);
    return list.count;
}

struct needle {
    const void *bytes;
    size_t length;
    bool found;
};

static bool holds(const ProtobufCBinaryData *data, const struct needle *needle)
{
    return data->len >= needle->length &&
           memmem(data->data, data->len, needle->bytes, needle->length) != NULL;
}

static void look_for(void *context, const Slipway__V1__OutboxMessage *message)
{
    struct needle *needle = context;

    if (!is_event(message))
        return;
    needle->found = needle->found || holds(&message->key, needle) || holds(&message->value, needle);
    for (size_t i = 0; i < message->n_headers; ++i)
        needle->found = needle->found || holds(&message->headers[i]->value, needle);
}

bool outbox_events_contain(const struct billing_database *database, const void *bytes,
                           size_t length)
{
    struct needle needle = {bytes, length, false};

    visit_all(database, look_for, &needle);
    return needle.found;
}
