/* Orders to servers on a real PostgreSQL: whose they are, what their status allows, what is issued.
 */
#include "tests/support/billing_orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void assert_contains(const struct billing_reply *reply, const char *text)
{
    if (strstr(reply->body, text) == NULL)
        fail_msg("%s is not in %s", text, reply->body);
}

static void assert_refused(const struct billing_reply *reply, uint32_t status, const char *code)
{
    char member[64];

    (void)snprintf(member, sizeof(member), "\"code\":\"%s\"", code);
    assert_contains(reply, member);
    assert_int_equal(reply->status, status);
}

static struct billing_reply ask(struct writer_world *world, Slipway__V1__Command *command)
{
    return billing_ask(&world->writer, command);
}

static uint64_t standing(struct writer_world *world, uint64_t *ret_user)
{
    *ret_user = billing_user(&world->writer, 100000);
    return billing_standing(&world->writer, &world->database, *ret_user);
}

static int64_t open_operations(const struct writer_world *world, uint64_t vps)
{
    char sql[160];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM billing.operations WHERE vps_id = %" PRIu64
                   " AND status IN ('queued', 'running')",
                   vps);
    return writer_world_count(world, sql);
}

static void an_order_is_an_operation_a_batch_and_a_command(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    const struct billing_reply reply = ask(world, billing_power(user, vps, "reboot"));
    Slipway__V1__MachineCommand *command = billing_last_command(&world->database, vps);
    char expected[128];

    assert_int_equal(reply.status, 202);
    (void)snprintf(expected, sizeof(expected),
                   "{\"batch_id\":\"%s\",\"accepted\":1,\"status\":\"pending\"}",
                   command->batch_id);
    assert_string_equal(reply.body, expected);
    (void)snprintf(expected, sizeof(expected), "/hosting/api/v1/batches/%s", command->batch_id);
    assert_string_equal(reply.location, expected);
    assert_int_equal(command->vps_id, vps);
    assert_int_equal(command->sequence, 2);
    assert_int_equal(command->settled_sequence, 1);
    assert_int_equal(command->user_id, user);
    assert_int_equal(command->action_case, SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER);
    assert_int_equal(command->power->action, SLIPWAY__V1__POWER_ACTION__POWER_ACTION_REBOOT);
    assert_string_equal(command->placement->location_code, "de");
    assert_string_equal(command->placement->gateway, "10.0.0.1");
    slipway__v1__machine_command__free_unpacked(command, NULL);
    billing_assert_vps_status(&world->database, vps, "active");
    assert_int_equal(open_operations(world, vps), 1);
    assert_int_equal(billing_vps_number(&world->database, vps, "sequence"), 2);
}

static void orders_of_one_server_are_numbered_and_tell_what_has_ended(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    struct writer_outcome outcome;
    Slipway__V1__MachineCommand *command;

    assert_int_equal(ask(world, billing_power(user, vps, "stop")).status, 202);
    assert_int_equal(ask(world, billing_power(user, vps, "start")).status, 202);
    command = billing_last_command(&world->database, vps);
    assert_int_equal(command->sequence, 3);
    assert_int_equal(command->settled_sequence, 1);
    slipway__v1__machine_command__free_unpacked(command, NULL);
    assert_int_equal(
        billing_report(&world->writer, vps, 2, REPORT_FAILED, "node_unavailable", &outcome), 0);
    assert_int_equal(ask(world, billing_password(user, vps)).status, 202);
    command = billing_last_command(&world->database, vps);
    assert_int_equal(command->sequence, 4);
    assert_int_equal(command->settled_sequence, 2);
    slipway__v1__machine_command__free_unpacked(command, NULL);
}

/* Both orders stand in one transaction. */
static void orders_that_come_at_once_keep_their_order(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    Slipway__V1__Command *commands[12];
    struct billing_reply replies[12];

    for (size_t i = 0; i < ARRAY_LENGTH(commands); ++i)
        commands[i] = billing_power(user, vps, "power-toggle");
    billing_ask_all(&world->writer, commands, ARRAY_LENGTH(commands), replies);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); ++i)
        assert_int_equal(replies[i].status, 202);
    assert_int_equal(open_operations(world, vps), 12);
    assert_int_equal(billing_vps_number(&world->database, vps, "sequence"), 13);
}

static void too_many_open_orders_are_a_conflict_and_a_deletion_is_not(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    struct billing_reply reply;

    for (int i = 0; i < 16; ++i)
        assert_int_equal(ask(world, billing_power(user, vps, "stop")).status, 202);
    reply = ask(world, billing_password(user, vps));
    assert_refused(&reply, 409, "state_conflict");
    assert_int_equal(open_operations(world, vps), 16);
    assert_int_equal(ask(world, billing_delete(user, vps)).status, 202);
    assert_int_equal(open_operations(world, vps), 1);
}

static void anothers_server_is_not_there(void **state)
{
    struct writer_world *world = *state;
    const uint64_t other = billing_user(&world->writer, 0);
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    const struct billing_reply theirs = ask(world, billing_power(other, vps, "stop"));
    const struct billing_reply nothing = ask(world, billing_power(other, 99999999, "stop"));

    assert_refused(&theirs, 404, "not_found");
    assert_string_equal(theirs.body, nothing.body);
    assert_int_equal(ask(world, billing_reinstall(other, vps, "ubuntu-22")).status, 404);
    assert_int_equal(ask(world, billing_password(other, vps)).status, 404);
    assert_int_equal(ask(world, billing_delete(other, vps)).status, 404);
    assert_int_equal(open_operations(world, vps), 0);
}

static void a_banned_user_orders_nothing_and_an_operator_still_may(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    struct billing_reply reply;
    char script[96];

    (void)snprintf(script, sizeof(script),
                   "UPDATE billing.users SET is_banned = true WHERE id = %" PRIu64, user);
    billing_database_script(&world->database, script);
    reply = ask(world, billing_power(user, vps, "stop"));
    assert_refused(&reply, 403, "user_banned");
    reply = ask(world, billing_delete(user, 99999999));
    assert_refused(&reply, 403, "user_banned");
    assert_int_equal(ask(world, billing_power(0, vps, "stop")).status, 202);
}

static void what_the_status_does_not_allow_is_a_conflict(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 100000);
    struct billing_reply reply;
    uint64_t vps;

    assert_int_equal(ask(world, billing_purchase(user, NULL, "vps-2", "de", 1)).status, 202);
    vps = (uint64_t)writer_world_count(world, "SELECT max(id) FROM billing.vps");
    reply = ask(world, billing_power(user, vps, "stop"));
    assert_refused(&reply, 409, "state_conflict");
    assert_contains(&reply, "The server is pending");
    reply = ask(world, billing_delete(user, vps));
    assert_refused(&reply, 409, "state_conflict");
}

static void a_reinstallation_names_a_system_that_fits(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    Slipway__V1__MachineCommand *command;
    struct billing_reply reply;

    billing_database_script(
        &world->database,
        "INSERT INTO billing.operating_systems VALUES ('large', 1, 'L', 65536, 10, 'none', true),"
        " ('debian-12', 2, 'D', 512, 10, 'volume:images/debian-12', true)"
        " ON CONFLICT DO NOTHING;"
        "UPDATE billing.catalog_version SET version = version + 1");
    reply = ask(world, billing_reinstall(user, vps, "dos"));
    assert_refused(&reply, 422, "validation_failed");
    assert_contains(&reply, "{\"pointer\":\"/os_code\",\"code\":\"unknown_os\"");
    reply = ask(world, billing_reinstall(user, vps, "large"));
    assert_contains(&reply, "{\"pointer\":\"/os_code\",\"code\":\"os_not_supported\"");
    assert_int_equal(ask(world, billing_reinstall(user, vps, "debian-12")).status, 202);
    billing_assert_vps_status(&world->database, vps, "reinstalling");
    command = billing_last_command(&world->database, vps);
    assert_string_equal(command->reinstall->build->image, "volume:images/debian-12");
    assert_string_equal(command->reinstall->build->plan_code, "vps-2");
    assert_int_equal(command->reinstall->build->vcpu, 2);
    slipway__v1__machine_command__free_unpacked(command, NULL);
    /* The card says what is on it until the new system is. */
    assert_int_equal(billing_vps_number(&world->database, vps, "(os_code = 'ubuntu-22')::int"), 1);
    reply = ask(world, billing_reinstall(user, vps, "debian-12"));
    assert_refused(&reply, 409, "state_conflict");
}

static void a_deletion_beats_what_is_queued(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    const size_t before = atomic_load(&world->writer.ended_count);
    struct billing_reply deleted, again;
    Slipway__V1__MachineCommand *command;
    struct writer_outcome outcome;

    assert_int_equal(ask(world, billing_password(user, vps)).status, 202);
    assert_int_equal(ask(world, billing_reinstall(user, vps, "ubuntu-22")).status, 202);
    deleted = ask(world, billing_delete(user, vps));
    assert_int_equal(deleted.status, 202);
    billing_assert_vps_status(&world->database, vps, "deleting");
    assert_int_equal(open_operations(world, vps), 1);
    assert_int_equal(atomic_load(&world->writer.ended_count), before + 2);
    for (size_t i = before; i < before + 2; ++i) {
        assert_true(world->writer.ended[i].final);
        assert_string_equal(world->writer.ended[i].status, "failed");
        assert_string_equal(world->writer.ended[i].error_code, "superseded");
        assert_int_equal(world->writer.ended[i].vps_id, vps);
    }
    command = billing_last_command(&world->database, vps);
    assert_int_equal(command->action_case, SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE);
    assert_int_equal(command->sequence, 4);
    assert_int_equal(command->settled_sequence, 3);
    slipway__v1__machine_command__free_unpacked(command, NULL);

    again = ask(world, billing_delete(user, vps));
    assert_string_equal(again.body, deleted.body);
    assert_string_equal(again.location, deleted.location);
    assert_int_equal(billing_report(&world->writer, vps, 4, REPORT_DELETED, "", &outcome), 0);
    again = ask(world, billing_delete(user, vps));
    assert_refused(&again, 404, "not_found");
    again = ask(world, billing_power(user, vps, "start"));
    assert_refused(&again, 409, "state_conflict");
}

/* In one transaction, in the order in which they came. */
static void a_deletion_ends_what_came_with_it(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = standing(world, &user);
    Slipway__V1__Command *commands[] = {billing_power(user, vps, "stop"), billing_delete(user, vps),
                                        billing_delete(user, vps),
                                        billing_power(user, vps, "start")};
    struct billing_reply replies[ARRAY_LENGTH(commands)];

    billing_ask_all(&world->writer, commands, ARRAY_LENGTH(commands), replies);
    assert_int_equal(replies[0].status, 202);
    assert_int_equal(replies[1].status, 202);
    assert_string_equal(replies[2].body, replies[1].body);
    assert_refused(&replies[3], 409, "state_conflict");
    assert_int_equal(open_operations(world, vps), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_an_operation_a_batch_and_a_command),
        cmocka_unit_test(orders_of_one_server_are_numbered_and_tell_what_has_ended),
        cmocka_unit_test(orders_that_come_at_once_keep_their_order),
        cmocka_unit_test(too_many_open_orders_are_a_conflict_and_a_deletion_is_not),
        cmocka_unit_test(anothers_server_is_not_there),
        cmocka_unit_test(a_banned_user_orders_nothing_and_an_operator_still_may),
        cmocka_unit_test(what_the_status_does_not_allow_is_a_conflict),
        cmocka_unit_test(a_reinstallation_names_a_system_that_fits),
        cmocka_unit_test(a_deletion_beats_what_is_queued),
        cmocka_unit_test(a_deletion_ends_what_came_with_it),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
