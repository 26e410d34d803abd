/* Deletions on a real PostgreSQL: what is deleted gives its place back, once, and beats what is
 * queued. */
#include "tests/support/order_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char events[] = "hosting.events";

/* What servers hold of the nodes: without the shares that writers may still sell. */
static const char held_room[] =
    "SELECT (SELECT sum(used_vcpu) FROM billing.nodes)::bigint"
    " - coalesce((SELECT sum(vcpu) FROM billing.node_shares), 0)::bigint";

static void a_deleted_server_gives_room_and_address_back_once(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);
    const int64_t free_before =
        writer_world_count(world, "SELECT count(*) FROM billing.released_addresses");
    const int64_t used_before = writer_world_count(world, held_room);
    const size_t told = billing_count_messages(&world->database, events, "hosting.vps.deleted.v1");

    order_world_order(world, billing_delete(user, vps));
    for (int repeat = 0; repeat < 3; ++repeat) {
        const struct writer_outcome outcome = order_world_report(world, vps, 2, REPORT_DELETED, "");

        assert_int_equal(outcome.applied, repeat == 0);
        assert_string_equal(outcome.status, "active");
        assert_true(outcome.final);
    }
    billing_assert_vps_status(&world->database, vps, "deleted");
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.released_addresses"),
                     free_before + 1);
    assert_int_equal(writer_world_count(world, held_room), used_before - 2);
    assert_int_equal(
        billing_vps_number(&world->database, vps, "(address IS NULL AND due_at IS NULL)::int"), 1);
    assert_int_equal(billing_count_messages(&world->database, events, "hosting.vps.deleted.v1"),
                     told + 1);
    billing_assert_books(&world->database);
    (void)billing_standing(&world->writer, &world->database, user);
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.released_addresses"),
                     free_before);
}

static void a_deletion_that_fails_can_be_ordered_again(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);

    order_world_order(world, billing_delete(user, vps));
    assert_true(order_world_report(world, vps, 2, REPORT_FAILED, "node_unavailable").applied);
    billing_assert_vps_status(&world->database, vps, "active");
    assert_int_equal(billing_vps_number(&world->database, vps, "(address IS NOT NULL)::int"), 1);
    order_world_order(world, billing_delete(user, vps));
    assert_false(order_world_report(world, vps, 2, REPORT_DELETED, "").applied);
    billing_assert_vps_status(&world->database, vps, "deleting");
    assert_true(order_world_report(world, vps, 3, REPORT_DELETED, "").applied);
    billing_assert_vps_status(&world->database, vps, "deleted");
}

static void a_late_result_of_a_superseded_order_changes_nothing(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);
    struct writer_outcome outcome;

    order_world_order(world, billing_password(user, vps));
    order_world_order(world, billing_reinstall(user, vps, "ubuntu-22"));
    order_world_order(world, billing_delete(user, vps));
    outcome = order_world_report(world, vps, 2, REPORT_PASSWORD, "late");
    assert_false(outcome.applied);
    assert_string_equal(outcome.error_code, "superseded");
    outcome = order_world_report(world, vps, 3, REPORT_BUILT, "late");
    assert_false(outcome.applied);
    billing_assert_vps_status(&world->database, vps, "deleting");
    assert_true(order_world_has_seal(world, vps, "first"));
    assert_true(order_world_report(world, vps, 4, REPORT_DELETED, "").applied);
}

/* INV-5: a build or reinstallation that comes again after the deletion makes a machine that nobody
 * owns. */
static void a_machine_built_for_a_server_that_is_gone_is_ordered_away(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);
    Slipway__V1__MachineCommand *command;

    order_world_order(world, billing_delete(user, vps));
    (void)order_world_report(world, vps, 2, REPORT_DELETED, "");
    /* The one that was deleted, told of once more. */
    (void)order_world_report(world, vps, 1, REPORT_BUILT, "first");
    assert_int_equal(billing_vps_number(&world->database, vps, "sequence"), 2);
    (void)order_world_report(world, vps, 1, REPORT_BUILT, "stray");
    assert_int_equal(billing_vps_number(&world->database, vps, "sequence"), 3);
    command = billing_last_command(&world->database, vps);
    assert_int_equal(command->action_case, SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE);
    assert_int_equal(command->sequence, 3);
    assert_int_equal(command->settled_sequence, 2);
    assert_string_equal(command->batch_id, "");
    slipway__v1__machine_command__free_unpacked(command, NULL);
    assert_false(order_world_report(world, vps, 3, REPORT_DELETED, "").applied);
    billing_assert_vps_status(&world->database, vps, "deleted");
}

static void a_machine_built_after_its_build_had_failed_is_ordered_away(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 100000);
    struct writer_outcome outcome;
    uint64_t vps;

    order_world_order(world, billing_purchase(user, NULL, "vps-2", "de", 1));
    vps = (uint64_t)writer_world_count(world, "SELECT max(id) FROM billing.vps");
    assert_int_equal(billing_tell(&world->writer, vps, 1, BILLING_FAILED, &outcome), 0);
    (void)order_world_report(world, vps, 1, REPORT_BUILT, "stray");
    billing_assert_vps_status(&world->database, vps, "failed");
    assert_int_equal(billing_vps_number(&world->database, vps, "sequence"), 2);
    assert_false(order_world_report(world, vps, 2, REPORT_DELETED, "").applied);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deleted_server_gives_room_and_address_back_once),
        cmocka_unit_test(a_deletion_that_fails_can_be_ordered_again),
        cmocka_unit_test(a_late_result_of_a_superseded_order_changes_nothing),
        cmocka_unit_test(a_machine_built_for_a_server_that_is_gone_is_ordered_away),
        cmocka_unit_test(a_machine_built_after_its_build_had_failed_is_ordered_away),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
