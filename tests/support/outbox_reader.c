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
