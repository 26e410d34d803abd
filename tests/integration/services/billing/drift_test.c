/* What nodes show against what the register says, on a real PostgreSQL. */
#include "services/billing/drift_store.h"
#include "tests/support/reader_fixture.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SETTLE_S = 60 };

#define RUNNING SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING
#define STOPPED SLIPWAY__V1__POWER_STATE__POWER_STATE_STOPPED

/* The fixture's servers: 71 active, 72 failed, 73 pending, all on de-1; changed long ago. */
static const int64_t first_sweep_us = INT64_C(1790000000000000);
static const int64_t second_sweep_us = INT64_C(1790000600000000);

struct sighting {
    uint64_t vps_id;
    Slipway__V1__PowerState power;
};

static void sweep(const struct reader_fixture *fixture, int64_t asked_at_us,
                  const struct sighting *sightings, size_t count)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(fixture->database.service);
    Slipway__V1__NodeInspected inspected = SLIPWAY__V1__NODE_INSPECTED__INIT;
    Slipway__V1__SeenMachine machines[4], *pointers[4];
    char name[] = "de-1", uuid[] = "6a2c31da-2df0-4559-a3b9-4f320baa0bb7";
    struct error error = {0};

    inspected.node_name = name;
    inspected.asked_at_us = asked_at_us;
    inspected.last = true;
    inspected.n_machines = count;
    inspected.machines = pointers;
    for (size_t i = 0; i < count; ++i) {
        slipway__v1__seen_machine__init(&machines[i]);
        machines[i].vps_id = sightings[i].vps_id;
        machines[i].power_state = sightings[i].power;
        machines[i].machine_uuid = uuid;
        pointers[i] = &machines[i];
    }
    if (drift_store_compare(pg, &inspected, SETTLE_S, &error) != 0)
        fail_msg("%s", error.text);
}

static int64_t count(const struct reader_fixture *fixture, const char *condition)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM billing.drift WHERE %s", condition);
    return billing_database_number(&fixture->database, sql);
}

static void node_that_shows_what_the_register_says_has_no_drift(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {71, RUNNING},
        {73, STOPPED}
    };

    sweep(fixture, first_sweep_us, seen, 2);
    assert_int_equal(count(fixture, "true"), 0);
    assert_int_equal(billing_database_number(&fixture->database,
                                             "SELECT count(*) FROM billing.nodes"
                                             " WHERE swept_at IS NOT NULL"),
                     1);
}

/* INV-5 */
static void machines_that_the_register_does_not_have_there_are_orphans(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {71,  RUNNING},
        {72,  STOPPED},
        {999, RUNNING}
    };

    billing_database_script(
        &fixture->database,
        "INSERT INTO billing.nodes (id, location_code, name, uri, vcpu, ram_mb, disk_gb) VALUES"
        " (2, 'de', 'de-2', 'test:///elsewhere', 10, 10, 10);"
        "UPDATE billing.vps SET node_id = 2 WHERE id = 71");
    sweep(fixture, first_sweep_us, seen, 3);
    assert_int_equal(count(fixture, "kind = 'orphan' AND machine_uuid <> ''"), 3);
    assert_int_equal(count(fixture, "kind = 'orphan' AND vps_id IN (71, 72, 999)"), 3);
}

/* Nodes may share a host, under any name. */
static void machine_of_another_node_of_the_same_host_is_where_it_should_be(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {71, RUNNING}
    };

    billing_database_script(
        &fixture->database,
        "INSERT INTO billing.nodes (id, location_code, name, uri, vcpu, ram_mb, disk_gb) VALUES"
        " (2, 'de', 'de-2', 'test:///default', 10, 10, 10);"
        "UPDATE billing.vps SET node_id = 2 WHERE id = 71");
    sweep(fixture, first_sweep_us, seen, 1);
    assert_int_equal(count(fixture, "true"), 0);
}

static void what_changed_shortly_before_is_left_out(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {72, RUNNING}
    };

    billing_database_script(&fixture->database,
                            "UPDATE billing.vps SET updated_at = to_timestamp(1789999970)");
    sweep(fixture, first_sweep_us, seen, 1);
    assert_int_equal(count(fixture, "true"), 0);
    sweep(fixture, second_sweep_us, seen, 1);
    assert_int_equal(count(fixture, "true"), 1);
}

static void what_a_later_sweep_does_not_show_is_forgotten(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {72,  STOPPED},
        {999, STOPPED}
    };

    sweep(fixture, first_sweep_us, seen, 2);
    sweep(fixture, second_sweep_us, seen, 1);
    assert_int_equal(count(fixture, "vps_id = 72 AND found_at < seen_at"), 1);
    assert_int_equal(count(fixture, "true"), 1);
}

static void missing_and_wrongly_running_machines_are_found(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {73, RUNNING}
    };

    billing_database_script(&fixture->database,
                            "UPDATE billing.vps SET power_state = 'missing' WHERE id = 71;"
                            "UPDATE billing.vps SET status = 'suspended' WHERE id = 73");
    sweep(fixture, first_sweep_us, seen, 1);
    assert_int_equal(count(fixture, "kind = 'missing' AND vps_id = 71"), 1);
    assert_int_equal(count(fixture, "kind = 'running' AND vps_id = 73"), 1);
}

static int64_t taken(const struct reader_fixture *fixture, bool all)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(fixture->database.service);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct error error = {0};

    if (drift_store_take(pg, all, 10, second_sweep_us, &rows, &error) != 0)
        fail_msg("%s", error.text);
    return pg_rows_count(rows);
}

static void ask_repair(const struct reader_fixture *fixture)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(fixture->database.service);
    struct error error = {0};

    if (drift_store_ask_repair(pg, second_sweep_us, &error) != 0)
        fail_msg("%s", error.text);
}

static void nothing_is_repaired_unasked_and_everything_once(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {999, RUNNING}
    };

    sweep(fixture, first_sweep_us, seen, 1);
    assert_int_equal(taken(fixture, false), 0);
    ask_repair(fixture);
    assert_int_equal(taken(fixture, false), 1);
    assert_int_equal(taken(fixture, false), 0);
    sweep(fixture, second_sweep_us, seen, 1);
    assert_int_equal(taken(fixture, false), 0);
    assert_int_equal(billing_database_number(&fixture->database,
                                             "SELECT count(*) FROM billing.operator_log"
                                             " WHERE action = 'repair_drift'"),
                     1);
}

static void what_two_sweeps_have_found_is_repaired_where_that_is_wanted(void **state)
{
    const struct reader_fixture *fixture = *state;
    static const struct sighting seen[] = {
        {999, RUNNING}
    };

    sweep(fixture, first_sweep_us, seen, 1);
    assert_int_equal(taken(fixture, true), 0);
    sweep(fixture, second_sweep_us, seen, 1);
    assert_int_equal(taken(fixture, true), 1);
    assert_int_equal(taken(fixture, true), 0);
}

#define WITH_BOOKS(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, reader_fixture_set_up, reader_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOOKS(node_that_shows_what_the_register_says_has_no_drift),
        WITH_BOOKS(machines_that_the_register_does_not_have_there_are_orphans),
        WITH_BOOKS(machine_of_another_node_of_the_same_host_is_where_it_should_be),
        WITH_BOOKS(what_changed_shortly_before_is_left_out),
        WITH_BOOKS(what_a_later_sweep_does_not_show_is_forgotten),
        WITH_BOOKS(missing_and_wrongly_running_machines_are_found),
        WITH_BOOKS(nothing_is_repaired_unasked_and_everything_once),
        WITH_BOOKS(what_two_sweeps_have_found_is_repaired_where_that_is_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
