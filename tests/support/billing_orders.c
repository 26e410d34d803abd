#include "tests/support/billing_orders.h"

#include "proto/outbox.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static Slipway__V1__Command *make_command(uint64_t user_id)
{
    Slipway__V1__Command *command = billing_command(user_id, NULL, NULL);

    if (user_id != 0) {
        command->principal->role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
        command->principal->user_id = user_id;
    }
    return command;
}

static void *make(size_t size)
{
    void *made = malloc(size);

    assert_non_null(made);
    return made;
}

Slipway__V1__Command *billing_power(uint64_t user_id, uint64_t vps_id, const char *action)
{
    Slipway__V1__Command *command = make_command(user_id);

    command->power = make(sizeof(*command->power));
    slipway__v1__control_vps_power__init(command->power);
    command->power->vps_id = vps_id;
    command->power->action = strdup(action);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_POWER;
    return command;
}

Slipway__V1__Command *billing_reinstall(uint64_t user_id, uint64_t vps_id, const char *os_code)
{
    Slipway__V1__Command *command = make_command(user_id);

    command->reinstall = make(sizeof(*command->reinstall));
    slipway__v1__reinstall_vps__init(command->reinstall);
    command->reinstall->vps_id = vps_id;
    command->reinstall->os_code = strdup(os_code);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_REINSTALL;
    return command;
}

Slipway__V1__Command *billing_password(uint64_t user_id, uint64_t vps_id)
{
    Slipway__V1__Command *command = make_command(user_id);

    command->rotate_password = make(sizeof(*command->rotate_password));
    slipway__v1__rotate_password__init(command->rotate_password);
    command->rotate_password->vps_id = vps_id;
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_ROTATE_PASSWORD;
    return command;
}

Slipway__V1__Command *billing_delete(uint64_t user_id, uint64_t vps_id)
{
    Slipway__V1__Command *command = make_command(user_id);

    command->delete_ = make(sizeof(*command->delete_));
    slipway__v1__delete_vps__init(command->delete_);
    command->delete_->vps_id = vps_id;
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_DELETE;
    return command;
}

uint64_t billing_standing(struct billing_writer *writer, const struct billing_database *database,
                          uint64_t user_id)
{
    struct writer_outcome outcome;
    uint64_t vps_id;

    assert_int_equal(billing_ask(writer, billing_purchase(user_id, NULL, "vps-2", "de", 1)).status,
                     202);
    vps_id = (uint64_t)billing_database_number(database, "SELECT max(id) FROM billing.vps");
    assert_int_equal(billing_report(writer, vps_id, 1, REPORT_BUILT, "first", &outcome), 0);
    assert_string_equal(outcome.status, "active");
    return vps_id;
}

static void set_bytes(ProtobufCBinaryData *ret_data, const char *text)
{
    ret_data->data = (uint8_t *)strdup(text);
    ret_data->len = strlen(text);
}

static void set_power(Slipway__V1__MachineResult *result, const char *seal)
{
    (void)seal;
    result->power_controlled = make(sizeof(*result->power_controlled));
    slipway__v1__power_controlled__init(result->power_controlled);
    result->power_controlled->power_state = SLIPWAY__V1__POWER_STATE__POWER_STATE_STOPPED;
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_POWER_CONTROLLED;
}

static void set_password(Slipway__V1__MachineResult *result, const char *seal)
{
    result->password_set = make(sizeof(*result->password_set));
    slipway__v1__password_set__init(result->password_set);
    result->password_set->login = strdup("root");
    result->password_set->seal_key_id = 1;
    set_bytes(&result->password_set->sealed_password, seal);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_PASSWORD_SET;
}

static void set_built(Slipway__V1__MachineResult *result, const char *seal)
{
    char uuid[64];

    result->built = make(sizeof(*result->built));
    slipway__v1__machine_built__init(result->built);
    (void)snprintf(uuid, sizeof(uuid), "uuid-%s", seal);
    result->built->machine_uuid = strdup(uuid);
    result->built->login = strdup("root");
    result->built->port = 22;
    result->built->seal_key_id = 1;
    set_bytes(&result->built->sealed_password, seal);
    result->built->power_state = SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING;
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT;
}

static void set_started(Slipway__V1__MachineResult *result, const char *seal)
{
    (void)seal;
    result->started = make(sizeof(*result->started));
    slipway__v1__command_started__init(result->started);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_STARTED;
}

static void set_deleted(Slipway__V1__MachineResult *result, const char *seal)
{
    (void)seal;
    result->deleted = make(sizeof(*result->deleted));
    slipway__v1__machine_deleted__init(result->deleted);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_DELETED;
}

static void set_failed(Slipway__V1__MachineResult *result, const char *seal)
{
    result->command_failed = make(sizeof(*result->command_failed));
    slipway__v1__command_failed__init(result->command_failed);
    result->command_failed->code = strdup(seal);
    result->command_failed->detail = strdup("It did not work.");
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_COMMAND_FAILED;
}

static void set_observed(Slipway__V1__MachineResult *result, const char *seal)
{
    (void)seal;
    result->observed = make(sizeof(*result->observed));
    slipway__v1__machine_observed__init(result->observed);
    result->observed->power_state = SLIPWAY__V1__POWER_STATE__POWER_STATE_STOPPED;
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED;
}

Slipway__V1__MachineResult *billing_make_report(uint64_t vps_id, uint64_t sequence,
                                                enum billing_report report, const char *seal)
{
    static void (*const set[])(Slipway__V1__MachineResult * result, const char *seal) = {
        [REPORT_STARTED] = set_started,   [REPORT_POWER] = set_power,
        [REPORT_PASSWORD] = set_password, [REPORT_BUILT] = set_built,
        [REPORT_DELETED] = set_deleted,   [REPORT_FAILED] = set_failed,
        [REPORT_OBSERVED] = set_observed,
    };
    Slipway__V1__MachineResult *result = make(sizeof(*result));

    slipway__v1__machine_result__init(result);
    result->vps_id = vps_id;
    result->sequence = sequence;
    result->occurred_at_us = clock_now_us(NULL);
    set[report](result, seal);
    return result;
}

int billing_report(struct billing_writer *writer, uint64_t vps_id, uint64_t sequence,
                   enum billing_report report, const char *seal, struct writer_outcome *ret_outcome)
{
    return billing_tell_result(writer, billing_make_report(vps_id, sequence, report, seal),
                               ret_outcome);
}

typedef void (*visit_fn)(void *context, const Slipway__V1__OutboxMessage *message);

static void visit_outbox(const struct billing_database *database, visit_fn visit, void *context)
{
    static const struct pg_statement all = {"test_outbox",
                                            "SELECT messages FROM billing.outbox ORDER BY id"};
    struct pg *pg = billing_database_connect(database->superuser);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct error error;

    if (pg_execute(pg, &all, NULL, &rows, &error) != 0)
        fail_msg("%s", error.text);
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        size_t length;
        const void *packed = pg_rows_bytes(rows, row, 0, &length);
        Slipway__V1__OutboxMessages *messages =
            slipway__v1__outbox_messages__unpack(NULL, length, packed);

        assert_non_null(messages);
        for (size_t i = 0; i < messages->n_messages; ++i)
            visit(context, messages->messages[i]);
        slipway__v1__outbox_messages__free_unpacked(messages, NULL);
    }
    pg_free(pg);
}

struct search {
    char key[24];
    Slipway__V1__MachineCommand *last;
};

static void keep_last(void *context, const Slipway__V1__OutboxMessage *message)
{
    struct search *search = context;

    if (strncmp(message->topic, "vps.commands.", 13) != 0 ||
        message->key.len != strlen(search->key) ||
        memcmp(message->key.data, search->key, message->key.len) != 0)
        return;
    if (search->last != NULL)
        slipway__v1__machine_command__free_unpacked(search->last, NULL);
    search->last =
        slipway__v1__machine_command__unpack(NULL, message->value.len, message->value.data);
}

Slipway__V1__MachineCommand *billing_last_command(const struct billing_database *database,
                                                  uint64_t vps_id)
{
    struct search search = {.last = NULL};

    (void)snprintf(search.key, sizeof(search.key), "%" PRIu64, vps_id);
    visit_outbox(database, keep_last, &search);
    assert_non_null(search.last);
    return search.last;
}

struct count {
    const char *topic, *text;
    size_t count;
};

static void count_message(void *context, const Slipway__V1__OutboxMessage *message)
{
    struct count *count = context;
    bool found = false;

    for (size_t i = 0; i < message->n_headers; ++i)
        found = found || (message->headers[i]->value.len == strlen(count->text) &&
                          memcmp(message->headers[i]->value.data, count->text,
                                 message->headers[i]->value.len) == 0);
    if (found && strcmp(message->topic, count->topic) == 0)
        ++count->count;
}

size_t billing_count_messages(const struct billing_database *database, const char *topic,
                              const char *text)
{
    struct count count = {topic, text, 0};

    visit_outbox(database, count_message, &count);
    return count.count;
}

int64_t billing_vps_number(const struct billing_database *database, uint64_t vps_id,
                           const char *expression)
{
    char sql[512];

    (void)snprintf(sql, sizeof(sql), "SELECT (%s)::bigint FROM billing.vps WHERE id = %" PRIu64,
                   expression, vps_id);
    return billing_database_number(database, sql);
}

void billing_assert_vps_status(const struct billing_database *database, uint64_t vps_id,
                               const char *status)
{
    char expression[64];

    (void)snprintf(expression, sizeof(expression), "(status = '%s')::int", status);
    if (billing_vps_number(database, vps_id, expression) != 1)
        fail_msg("server %" PRIu64 " is not %s", vps_id, status);
}
