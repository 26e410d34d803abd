/* Deliveries that are leased by the statement that stores their events, on a real PostgreSQL. */
#include "services/notifier/endpoint_store.h"
#include "tests/support/notifier_deliveries.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int leased(const struct pg_rows *rows)
{
    int number = 0;

    for (int row = 0; row < pg_rows_count(rows); ++row)
        number += delivery_store_row_is_leased(rows, row);
    return number;
}

static void what_is_new_in_a_free_lane_is_leased_as_it_is_stored(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *none = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    struct delivery delivery;

    rows = deliveries_take_in_leasing(world, IDS("a", "a", "b"), "vps:1", 10);
    assert_int_equal(pg_rows_count(rows), 2);
    assert_true(delivery_store_row_is_leased(rows, 0));
    assert_false(delivery_store_row_is_leased(rows, 1));
    delivery_store_row(rows, 0, &delivery);
    assert_memory_equal(delivery.event_id, "a-", 2);
    assert_string_equal(delivery.url, "https://a.example/");
    assert_string_equal(delivery.body, "{\"data\":{}}");
    assert_int_equal(delivery.attempts, 1);
    assert_int_equal(delivery.first_us, deliveries_now_us);
    assert_int_equal(delivery.secret_length, SEALED_SECRET_BYTES);
    none = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(none), 0);
    deliveries_settle_at(world, rows, 0, DELIVERY_DELIVERED, deliveries_now_us);
    second = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(second), 1);
}

static void nothing_is_leased_behind_what_waits_in_its_lane(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *waiting = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *other = NULL;

    deliveries_take_in(world, IDS("a"), "vps:1");
    waiting = deliveries_take_in_leasing(world, IDS("b"), "vps:1", 10);
    assert_int_equal(leased(waiting), 0);
    other = deliveries_take_in_leasing(world, IDS("x"), "vps:2", 10);
    assert_int_equal(leased(other), 1);
}

static void no_more_is_leased_than_there_is_room_for(void **state)
{
    struct deliveries_world *world = *state;

    for (int i = 0; i < 6; ++i) {
        CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
        char id[16], lane[16];

        (void)snprintf(id, sizeof(id), "e%d", i);
        (void)snprintf(lane, sizeof(lane), "vps:%d", i);
        rows = deliveries_take_in_leasing(world, IDS(id), lane, i == 0 ? 0 : 10);
        assert_int_equal(leased(rows), i > 0 && i < 4);
    }
    assert_int_equal(deliveries_count(world, "leased_until IS NOT NULL"), 3);
}

static void one_is_leased_to_an_endpoint_that_fails_and_only_when_nothing_waits(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *third = NULL;

    notifier_database_script(&world->database,
                             "UPDATE notifier.endpoints SET failing_since = created_at");
    first = deliveries_take_in_leasing(world, IDS("a"), "vps:1", 10);
    assert_int_equal(leased(first), 1);
    second = deliveries_take_in_leasing(world, IDS("b"), "vps:2", 10);
    assert_int_equal(leased(second), 0);
    deliveries_settle_at(world, first, 0, DELIVERY_RETRIED, deliveries_now_us - 1);
    third = deliveries_take_in_leasing(world, IDS("c"), "vps:3", 10);
    assert_int_equal(leased(third), 0);
}

/* As when the process dies between the two, or another one has to take over. */
static void what_was_leased_as_it_was_stored_is_due_when_the_lease_ends(void **state) /* INV-6 */
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *lost = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *again = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *repeat = NULL;

    lost = deliveries_take_in_leasing(world, IDS("a", "b"), "vps:1", 10);
    repeat = deliveries_take_in_leasing(world, IDS("a", "b"), "vps:1", 10);
    assert_int_equal(pg_rows_count(repeat), 0);
    again = deliveries_claim_at(world, deliveries_now_us + 31 * deliveries_second_us);
    assert_int_equal(pg_rows_count(again), 1);
    deliveries_settle_at(world, lost, 0, DELIVERY_GIVEN_UP,
                         deliveries_now_us + 31 * deliveries_second_us);
    assert_int_equal(deliveries_count(world, "status = 'pending' AND attempts = 2"), 1);
    deliveries_settle_at(world, again, 0, DELIVERY_DELIVERED,
                         deliveries_now_us + 32 * deliveries_second_us);
    assert_int_equal(deliveries_count(world, "status = 'delivered'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_new_in_a_free_lane_is_leased_as_it_is_stored,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(nothing_is_leased_behind_what_waits_in_its_lane,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(no_more_is_leased_than_there_is_room_for, deliveries_set_up_user),
        cmocka_unit_test_setup(one_is_leased_to_an_endpoint_that_fails_and_only_when_nothing_waits,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(what_was_leased_as_it_was_stored_is_due_when_the_lease_ends,
                               deliveries_set_up_user),
    };

    return cmocka_run_group_tests(tests, deliveries_set_up, deliveries_tear_down);
}
