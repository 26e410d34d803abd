/* Results of orders on a real PostgreSQL: each is applied once, late ones change nothing. */
#include "tests/support/order_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char events[] = "hosting.events";

static void a_power_order_is_applied_once(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);
    struct writer_outcome outcome;

    order_world_order(world, billing_power(user, vps, "stop"));
    outcome = order_world_report(world, vps, 2, REPORT_STARTED, "");
    assert_true(outcome.applied);
    assert_false(outcome.final);
    assert_string_equal(outcome.status, "building");
    outcome = order_world_report(world, vps, 2, REPORT_STARTED, "");
    assert_false(outcome.applied);
    for (int repeat = 0; repeat < 2; ++repeat) {
        outcome = order_world_report(world, vps, 2, REPORT_POWER, "");
        assert_int_equal(outcome.applied, repeat == 0);
        assert_true(outcome.final);
        assert_string_equal(outcome.status, "active");
        assert_int_equal(strncmp(outcome.batch_id, "power:", 6), 0);
        assert_int_equal(outcome.vps_id, vps);
        assert_int_equal(outcome.charged_cents, 0);
    }
    assert_int_equal(billing_vps_number(&world->database, vps, "(power_state = 'stopped')::int"),
                     1);
    assert_int_equal(billing_vps_number(&world->database, vps, "applied_sequence"), 2);
    /* A started that comes late. */
    outcome = order_world_report(world, vps, 2, REPORT_STARTED, "");
    assert_false(outcome.applied);
    assert_string_equal(outcome.status, "active");
}

static void a_failed_order_tells_why_and_leaves_the_server_as_it_is(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);
    struct writer_outcome outcome;

    order_world_order(world, billing_power(user, vps, "stop"));
    outcome = order_world_report(world, vps, 2, REPORT_FAILED, "machine_missing");
    assert_true(outcome.applied);
    assert_string_equal(outcome.status, "failed");
    assert_string_equal(outcome.error_code, "machine_missing");
    outcome = order_world_report(world, vps, 2, REPORT_POWER, "");
    assert_false(outcome.applied);
    assert_string_equal(outcome.status, "failed");
    assert_string_equal(outcome.error_code, "machine_missing");
    billing_assert_vps_status(&world->database, vps, "active");
    assert_int_equal(billing_vps_number(&world->database, vps, "(error_code IS NULL)::int"), 1);
}

static void a_new_password_is_stored_and_an_old_one_does_not_come_back(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);

    order_world_order(world, billing_password(user, vps));
    order_world_order(world, billing_password(user, vps));
    assert_true(order_world_has_seal(world, vps, "first"));
    assert_true(order_world_report(world, vps, 2, REPORT_PASSWORD, "second").applied);
    assert_true(order_world_has_seal(world, vps, "second"));
    assert_true(order_world_report(world, vps, 3, REPORT_PASSWORD, "third").applied);
    assert_false(order_world_report(world, vps, 2, REPORT_PASSWORD, "second").applied);
    assert_true(order_world_has_seal(world, vps, "third"));
}

/* The guest has what was told last, also by a worker that had lost the race, or whose order had
 * been given up. */
static void the_stored_password_follows_the_guest(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);

    order_world_order(world, billing_password(user, vps));
    (void)order_world_report(world, vps, 2, REPORT_PASSWORD, "theirs");
    assert_false(order_world_report(world, vps, 2, REPORT_PASSWORD, "ours").applied);
    assert_true(order_world_has_seal(world, vps, "ours"));
    order_world_order(world, billing_password(user, vps));
    (void)order_world_report(world, vps, 3, REPORT_FAILED, "node_unavailable");
    assert_false(order_world_report(world, vps, 3, REPORT_PASSWORD, "after all").applied);
    assert_true(order_world_has_seal(world, vps, "after all"));
    assert_int_equal(order_world_number(world, vps, 3, "(status = 'failed')::int"), 1);
}

static void count_applied(void *context, int outcome, const struct writer_outcome *result,
                          const struct error *error)
{
    (void)result;
    (void)error;
    assert_int_equal(outcome, 0);
    (void)atomic_fetch_add((atomic_int *)context, 1);
}

static void submit(struct writer_world *world, Slipway__V1__MachineResult *result,
                   atomic_int *applied)
{
    assert_int_equal(writer_submit_result(world->writer.writer, result, count_applied, applied), 0);
}

/* All results come while the server's row is locked, so that but for the first they are settled in
 * one transaction. */
static void report_at_once(struct writer_world *world, uint64_t vps,
                           Slipway__V1__MachineResult *const *results, int count)
{
    struct pg *holder = billing_database_connect(world->database.superuser);
    const int64_t deadline_ms = clock_monotonic_ms() + 20000;
    const struct pg_statement begin = {"test_begin", "BEGIN"};
    const struct pg_statement rollback = {"test_rollback", "ROLLBACK"};
    const struct pg_statement hold = {"test_hold",
                                      "SELECT 1 FROM billing.vps WHERE id = $1 FOR UPDATE"};
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    atomic_int applied;

    atomic_init(&applied, 0);
    pg_args_i64(&args, (int64_t)vps);
    assert_int_equal(pg_execute(holder, &begin, NULL, NULL, NULL), 0);
    assert_int_equal(pg_execute(holder, &hold, &args, &rows, NULL), 0);
    submit(world, billing_make_report(vps, 1, REPORT_OBSERVED, ""), &applied);
    clock_sleep_ms(100);
    for (int i = 0; i < count; ++i)
        submit(world, results[i], &applied);
    assert_int_equal(pg_execute(holder, &rollback, NULL, NULL, NULL), 0);
    while (atomic_load(&applied) < count + 1 && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(1);
    assert_int_equal(atomic_load(&applied), count + 1);
    pg_free(holder);
}

static void of_results_that_come_at_once_the_last_login_stands(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);

    order_world_order(world, billing_password(user, vps));
    order_world_order(world, billing_password(user, vps));
    order_world_order(world, billing_reinstall(user, vps, "ubuntu-22"));
    report_at_once(
        world, vps,
        (Slipway__V1__MachineResult *[]){billing_make_report(vps, 2, REPORT_PASSWORD, "two"),
                                         billing_make_report(vps, 3, REPORT_PASSWORD, "three"),
                                         billing_make_report(vps, 2, REPORT_PASSWORD, "two again")},
        3);
    assert_true(order_world_has_seal(world, vps, "three"));
    (void)order_world_report(world, vps, 4, REPORT_FAILED, "image_missing");
    order_world_order(world, billing_reinstall(user, vps, "ubuntu-22"));
    order_world_order(world, billing_delete(user, vps));
    (void)order_world_report(world, vps, 6, REPORT_FAILED, "node_unavailable");
    order_world_order(world, billing_reinstall(user, vps, "ubuntu-22"));
    report_at_once(world, vps,
                   (Slipway__V1__MachineResult *[]){
                       billing_make_report(vps, 3, REPORT_PASSWORD, "three"),
                       billing_make_report(vps, 7, REPORT_BUILT, "seven"),
                       billing_make_report(vps, 3, REPORT_PASSWORD, "three again")},
                   3);
    assert_true(order_world_has_seal(world, vps, "seven"));
    order_world_order(world, billing_reinstall(user, vps, "ubuntu-22"));
    (void)order_world_report(world, vps, 8, REPORT_STARTED, "");
    assert_true(order_world_report(world, vps, 8, REPORT_BUILT, "eight").applied);
    order_world_order(world, billing_password(user, vps));
    report_at_once(
        world, vps,
        (Slipway__V1__MachineResult *[]){billing_make_report(vps, 8, REPORT_BUILT, "eight"),
                                         billing_make_report(vps, 9, REPORT_PASSWORD, "nine")},
        2);
    assert_true(order_world_has_seal(world, vps, "nine"));
    assert_int_equal(
        billing_vps_number(&world->database, vps, "(machine_uuid = 'uuid-eight')::int"), 1);
}

static void a_reinstalled_server_has_another_system_and_login(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);
    struct writer_outcome outcome;
    size_t told;

    billing_database_script(&world->database,
                            "INSERT INTO billing.operating_systems VALUES"
                            " ('debian-12', 2, 'D', 512, 10, 'none', true) ON CONFLICT DO NOTHING;"
                            "UPDATE billing.catalog_version SET version = version + 1");
    order_world_order(world, billing_reinstall(user, vps, "debian-12"));
    told = billing_count_messages(&world->database, events, "hosting.vps.reinstalled.v1");
    outcome = order_world_report(world, vps, 2, REPORT_BUILT, "anew");
    assert_true(outcome.applied);
    assert_string_equal(outcome.status, "active");
    assert_int_equal(strncmp(outcome.batch_id, "reinstall:", 10), 0);
    billing_assert_vps_status(&world->database, vps, "active");
    assert_true(order_world_has_seal(world, vps, "anew"));
    assert_int_equal(billing_vps_number(&world->database, vps, "(os_code = 'debian-12')::int"), 1);
    assert_int_equal(billing_vps_number(&world->database, vps, "(machine_uuid = 'uuid-anew')::int"),
                     1);
    assert_false(order_world_report(world, vps, 2, REPORT_BUILT, "anew").applied);
    assert_int_equal(billing_count_messages(&world->database, events, "hosting.vps.reinstalled.v1"),
                     told + 1);
    /* The result of the first build, once more. */
    outcome = order_world_report(world, vps, 1, REPORT_BUILT, "first");
    assert_false(outcome.applied);
    assert_int_equal(strncmp(outcome.batch_id, "checkout:", 9), 0);
    assert_true(order_world_has_seal(world, vps, "anew"));
}

static void a_failed_reinstallation_is_an_active_server_again(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);

    order_world_order(world, billing_reinstall(user, vps, "ubuntu-22"));
    assert_true(order_world_report(world, vps, 2, REPORT_FAILED, "image_missing").applied);
    billing_assert_vps_status(&world->database, vps, "active");
    assert_true(order_world_has_seal(world, vps, "first"));
    order_world_order(world, billing_power(user, vps, "stop"));
}

/* INV-5 */
static void an_outcome_of_another_order_is_a_fault(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);
    struct writer_outcome outcome;

    order_world_order(world, billing_password(user, vps));
    assert_int_equal(billing_report(&world->writer, vps, 2, REPORT_DELETED, "", &outcome),
                     FAULT_HARD);
    assert_int_equal(billing_report(&world->writer, vps, 3, REPORT_DELETED, "", &outcome),
                     FAULT_HARD);
    assert_int_equal(billing_report(&world->writer, vps, 1, REPORT_DELETED, "", &outcome),
                     FAULT_HARD);
    billing_assert_vps_status(&world->database, vps, "active");
}

static void what_a_node_shows_counts_by_its_time(void **state)
{
    struct writer_world *world = *state;
    uint64_t user;
    const uint64_t vps = order_world_standing(world, &user);

    assert_true(order_world_report(world, vps, 1, REPORT_OBSERVED, "").applied);
    assert_int_equal(billing_vps_number(&world->database, vps, "(power_state = 'stopped')::int"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_order_is_applied_once),
        cmocka_unit_test(a_failed_order_tells_why_and_leaves_the_server_as_it_is),
        cmocka_unit_test(a_new_password_is_stored_and_an_old_one_does_not_come_back),
        cmocka_unit_test(the_stored_password_follows_the_guest),
        cmocka_unit_test(of_results_that_come_at_once_the_last_login_stands),
        cmocka_unit_test(a_reinstalled_server_has_another_system_and_login),
        cmocka_unit_test(a_failed_reinstallation_is_an_active_server_again),
        cmocka_unit_test(an_outcome_of_another_order_is_a_fault),
        cmocka_unit_test(what_a_node_shows_counts_by_its_time),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
