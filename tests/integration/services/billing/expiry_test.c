/* Time passes for servers on a real PostgreSQL, by a clock that the test turns, while two billings
 * look at what is due. */
#include "services/billing/expiry.h"
#include "tests/support/outbox_reader.h"
#include "tests/support/term_world.h"

#include <inttypes.h>
#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t patience_ms = 20000;
static const int64_t hour_us = INT64_C(60) * 60 * 1000000;
static const int64_t day_us = INT64_C(24) * 60 * 60 * 1000000;

/* Two billings on one database, each with a writer and an expiry. */
struct pair {
    struct term_world *world;
    struct billing_writer other;
    struct expiry *first, *second;
};

static struct expiry *start_expiry(struct term_world *world, struct billing_writer *writer)
{
    const struct expiry_options options = {.conninfo = world->database.service,
                                           .writer = writer->writer,
                                           .interval_ms = 10,
                                           .limit = 3,
                                           .metrics = writer->metrics,
                                           .clock = &world->clock.clock};
    struct expiry *expiry = NULL;
    struct error error = {0};

    if (expiry_new(&options, &expiry, &error) != 0)
        fail_msg("%s", error.text);
    return expiry;
}

static void pair_start(struct pair *pair, struct term_world *world)
{
    pair->world = world;
    billing_writer_init_at(&pair->other, world->database.service, &world->clock.clock);
    pair->first = start_expiry(world, &world->writer);
    pair->second = start_expiry(world, &pair->other);
}

/* Afterwards nothing of theirs is in work. */
static void pair_stop(struct pair *pair)
{
    expiry_free(pair->first);
    expiry_free(pair->second);
    billing_writer_deinit(&pair->other);
}

/* The first dies and comes back, whatever it was at. */
static void pair_restart_first(struct pair *pair)
{
    expiry_free(pair->first);
    pair->first = start_expiry(pair->world, &pair->world->writer);
}

static int64_t count_due(const struct term_world *world, int64_t now_us)
{
    char sql[96], text[CLOCK_TEXT_SIZE];

    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM billing.vps WHERE due_at <= '%s'",
                   clock_format(now_us, text));
    return billing_database_number(&world->database, sql);
}

/* Until nothing is due any more. */
static void await_looked_at(struct term_world *world)
{
    const int64_t until_ms = clock_monotonic_ms() + patience_ms;

    while (count_due(world, turned_clock_now_us(&world->clock)) > 0) {
        assert_true(clock_monotonic_ms() < until_ms);
        clock_sleep_ms(5);
    }
}

static void turn_and_wait(struct term_world *world, int64_t now_us)
{
    term_world_turn(world, now_us);
    await_looked_at(world);
}

static int count_notices(const struct term_world *world, uint64_t vps_id, uint32_t days)
{
    return outbox_count_events(&world->database, vps_id, "hosting.vps.expiring.v1", days, NULL);
}

static int count_suspensions(const struct term_world *world, uint64_t vps_id)
{
    return outbox_count_events(&world->database, vps_id, "hosting.vps.suspended.v1", 0, NULL);
}

static int count_stops(const struct term_world *world, uint64_t vps_id)
{
    Slipway__V1__MachineCommand *order = NULL;
    const int count = outbox_count_orders(&world->database, vps_id,
                                          SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER, &order);

    if (order != NULL)
        assert_int_equal(order->power->action, SLIPWAY__V1__POWER_ACTION__POWER_ACTION_STOP);
    slipway__v1__machine_command__free_unpacked(order, NULL);
    return count;
}

static int count_deletions(const struct term_world *world, uint64_t vps_id)
{
    return outbox_count_orders(&world->database, vps_id,
                               SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE, NULL);
}

static void assert_notices(const struct term_world *world, uint64_t vps_id, int week, int three,
                           int one)
{
    assert_int_equal(count_notices(world, vps_id, 7), week);
    assert_int_equal(count_notices(world, vps_id, 3), three);
    assert_int_equal(count_notices(world, vps_id, 1), one);
}

static void a_life_passes_once_though_two_billings_race_and_one_dies(void **state)
{
    struct term_world *world = *state;
    struct pair pair;
    uint64_t vps;
    (void)term_world_owner(world, 0, &vps);
    const int64_t end_us = term_world_time(world, vps, "expires_at");

    pair_start(&pair, world);
    turn_and_wait(world, end_us - 8 * day_us);
    assert_notices(world, vps, 0, 0, 0);
    turn_and_wait(world, end_us - 7 * day_us);
    assert_notices(world, vps, 1, 0, 0);
    pair_restart_first(&pair);
    turn_and_wait(world, end_us - 3 * day_us);
    assert_notices(world, vps, 1, 1, 0);
    turn_and_wait(world, end_us - 1 * day_us);
    assert_notices(world, vps, 1, 1, 1);
    turn_and_wait(world, end_us - 1000000);
    assert_true(term_world_has_status(world, vps, "active"));
    term_world_turn(world, end_us);
    pair_restart_first(&pair);
    await_looked_at(world);
    assert_true(term_world_has_status(world, vps, "suspended"));
    turn_and_wait(world, end_us + 7 * day_us - 1000000);
    assert_true(term_world_has_status(world, vps, "suspended"));
    turn_and_wait(world, end_us + 8 * day_us);
    assert_true(term_world_has_status(world, vps, "deleting"));
    pair_restart_first(&pair);
    turn_and_wait(world, end_us + 30 * day_us);
    pair_stop(&pair);
    assert_notices(world, vps, 1, 1, 1);
    assert_int_equal(count_suspensions(world, vps), 1);
    assert_int_equal(count_stops(world, vps), 1);
    assert_int_equal(count_deletions(world, vps), 1);
    assert_int_equal(term_world_vps(world, vps, "sequence"), 3);
}

static void a_suspension_tells_whose_and_what_stops_it(void **state)
{
    struct term_world *world = *state;
    struct pair pair;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 0, &vps);
    Slipway__V1__MachineCommand *stop = NULL;
    Slipway__V1__VpsEvent *event = NULL;

    pair_start(&pair, world);
    turn_and_wait(world, term_world_time(world, vps, "expires_at"));
    pair_stop(&pair);
    (void)outbox_count_events(&world->database, vps, "hosting.vps.suspended.v1", 0, &event);
    (void)outbox_count_orders(&world->database, vps, SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER,
                              &stop);
    assert_int_equal(event->user_id, user);
    assert_string_equal(event->status, "suspended");
    assert_string_equal(event->batch_id, stop->batch_id);
    assert_int_equal(stop->sequence, 2);
    assert_int_equal(stop->issued_at_us, turned_clock_now_us(&world->clock));
    slipway__v1__vps_event__free_unpacked(event, NULL);
    slipway__v1__machine_command__free_unpacked(stop, NULL);
}

/* Nobody looked for weeks. */
static void an_outage_tells_only_the_last_notice_and_takes_no_grace_away(void **state)
{
    struct term_world *world = *state;
    struct pair pair;
    uint64_t noticed, ended;
    (void)term_world_owner(world, 0, &noticed);
    (void)term_world_owner(world, 0, &ended);
    const int64_t end_us = term_world_time(world, noticed, "expires_at");

    term_world_set(world, ended,
                   "expires_at = expires_at - interval '20 days',"
                   " due_at = due_at - interval '20 days'");
    term_world_turn(world, end_us - 2 * day_us);
    pair_start(&pair, world);
    await_looked_at(world);
    assert_notices(world, noticed, 0, 1, 0);
    assert_int_equal(term_world_time(world, noticed, "due_at"), end_us - day_us);
    assert_notices(world, ended, 0, 0, 0);
    assert_true(term_world_has_status(world, ended, "suspended"));
    assert_int_equal(term_world_time(world, ended, "due_at"), end_us + 5 * day_us);
    turn_and_wait(world, end_us + 5 * day_us - 1000000);
    assert_true(term_world_has_status(world, ended, "suspended"));
    turn_and_wait(world, end_us + 5 * day_us);
    assert_true(term_world_has_status(world, ended, "deleting"));
    pair_stop(&pair);
}

static void a_renewal_after_the_notices_brings_them_again_for_the_new_end(void **state)
{
    struct term_world *world = *state;
    struct pair pair;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 1004, &vps);
    int64_t end_us = term_world_time(world, vps, "expires_at");

    pair_start(&pair, world);
    turn_and_wait(world, end_us - 1 * day_us);
    assert_notices(world, vps, 0, 0, 1);
    assert_int_equal(billing_ask(&world->writer, billing_renewal(user, NULL, &vps, 1, 1)).status,
                     200);
    turn_and_wait(world, end_us + 1 * day_us);
    assert_true(term_world_has_status(world, vps, "active"));
    end_us = term_world_time(world, vps, "expires_at");
    turn_and_wait(world, end_us - 7 * day_us);
    turn_and_wait(world, end_us - 1 * day_us);
    pair_stop(&pair);
    assert_notices(world, vps, 1, 0, 2);
    assert_int_equal(count_suspensions(world, vps), 0);
}

static void what_is_reinstalled_at_its_end_is_suspended_when_that_is_done(void **state)
{
    struct term_world *world = *state;
    struct pair pair;
    uint64_t vps;
    (void)term_world_owner(world, 0, &vps);
    const int64_t end_us = term_world_time(world, vps, "expires_at");
    int64_t due_us;

    term_world_set(world, vps, "status = 'reinstalling'");
    pair_start(&pair, world);
    turn_and_wait(world, end_us);
    due_us = term_world_time(world, vps, "due_at");
    assert_true(due_us > end_us && due_us <= end_us + hour_us);
    assert_true(term_world_has_status(world, vps, "reinstalling"));
    term_world_set(world, vps, "status = 'active'");
    turn_and_wait(world, end_us + hour_us);
    assert_true(term_world_has_status(world, vps, "suspended"));
    pair_stop(&pair);
    assert_int_equal(count_stops(world, vps), 1);
}

static void what_is_over_is_never_due_again(void **state)
{
    struct term_world *world = *state;
    struct pair pair;
    uint64_t vps;
    (void)term_world_owner(world, 0, &vps);

    term_world_set(world, vps, "status = 'deleted'");
    pair_start(&pair, world);
    turn_and_wait(world, term_world_time(world, vps, "due_at"));
    pair_stop(&pair);
    assert_int_equal(term_world_time(world, vps, "due_at"), 0);
    assert_notices(world, vps, 0, 0, 0);
    /* Nobody gave its place back: for the books it stands. */
    term_world_set(world, vps, "status = 'active'");
}

/* More than a page, one of which can't be carried out: its place is unknown. */
static void one_that_fails_holds_up_nobody_and_is_tried_again(void **state)
{
    enum { COUNT = 10, BROKEN = 1 };
    struct term_world *world = *state;
    struct pair pair;
    uint64_t vps[COUNT];
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * COUNT);
    const int64_t until_ms = clock_monotonic_ms() + patience_ms;
    int64_t node;

    for (size_t i = 0; i < COUNT; ++i)
        vps[i] = term_world_server(world, user);
    node = term_world_vps(world, vps[BROKEN], "node_id");
    term_world_set(world, vps[BROKEN], "node_id = 999999, due_at = due_at - interval '1 day'");
    pair_start(&pair, world);
    term_world_turn(world, term_world_time(world, vps[0], "expires_at"));
    while (count_due(world, turned_clock_now_us(&world->clock)) > 1) {
        assert_true(clock_monotonic_ms() < until_ms);
        clock_sleep_ms(5);
    }
    for (size_t i = 0; i < COUNT; ++i)
        assert_int_equal(term_world_has_status(world, vps[i], "suspended"), i != BROKEN);
    {
        char assignment[48];

        (void)snprintf(assignment, sizeof(assignment), "node_id = %" PRId64, node);
        term_world_set(world, vps[BROKEN], assignment);
    }
    await_looked_at(world);
    pair_stop(&pair);
    for (size_t i = 0; i < COUNT; ++i)
        assert_int_equal(count_suspensions(world, vps[i]), 1);
}

#define WITH_WORLD(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, term_world_set_up, term_world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_life_passes_once_though_two_billings_race_and_one_dies),
        WITH_WORLD(a_suspension_tells_whose_and_what_stops_it),
        WITH_WORLD(an_outage_tells_only_the_last_notice_and_takes_no_grace_away),
        WITH_WORLD(a_renewal_after_the_notices_brings_them_again_for_the_new_end),
        WITH_WORLD(what_is_reinstalled_at_its_end_is_suspended_when_that_is_done),
        WITH_WORLD(what_is_over_is_never_due_again),
        WITH_WORLD(one_that_fails_holds_up_nobody_and_is_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
