/* Deliveries on a real PostgreSQL: once by the event's id, in order, within bounds, by leases. */
#include "services/notifier/endpoint_store.h"
#include "services/notifier/notice_store.h"
#include "tests/support/notifier_deliveries.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void an_event_is_kept_once_however_often_it_comes(void **state) /* INV-6 */
{
    struct deliveries_world *world = *state;

    deliveries_take_in(world, IDS("a", "a", "b"), "vps:1");
    deliveries_take_in(world, IDS("b", "a"), "vps:1");
    assert_int_equal(deliveries_count(world, "true"), 2);
    (void)deliveries_make_endpoint(world, 5, 0);
    deliveries_take_in(world, IDS("a"), "vps:1");
    assert_int_equal(deliveries_count(world, "true"), 2);
    deliveries_take_in(world, IDS("c"), "vps:1");
    assert_int_equal(deliveries_count(world, "true"), 4);
}

static void within_a_server_one_waits_for_the_one_before(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *none = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    struct delivery delivery;

    deliveries_take_in(world, IDS("a", "b", "c"), "vps:1");
    deliveries_take_in(world, IDS("x"), "vps:2");
    first = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(first), 2);
    none = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(none), 0);
    for (int row = 0; row < 2; ++row)
        deliveries_settle_at(world, first, row, DELIVERY_DELIVERED, deliveries_now_us);
    second = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(second), 1);
    delivery_store_row(second, 0, &delivery);
    assert_memory_equal(delivery.event_id, "b-", 2);
}

static void what_waits_behind_a_retry_waits_as_long(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    const int64_t due_s = deliveries_now_us / deliveries_second_us + 60;
    char held[128];

    deliveries_take_in(world, IDS("a", "b"), "vps:1");
    first = deliveries_claim_at(world, deliveries_now_us);
    deliveries_settle_at(world, first, 0, DELIVERY_RETRIED, deliveries_now_us);
    deliveries_take_in(world, IDS("c"), "vps:1");
    (void)snprintf(held, sizeof(held), "next_at = to_timestamp(%lld)", (long long)due_s);
    assert_int_equal(deliveries_count(world, held), 3);
}

static void a_lost_claim_is_due_again_and_its_late_outcome_counts_for_nothing(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *again = NULL;

    deliveries_take_in(world, IDS("a"), "vps:1");
    first = deliveries_claim_at(world, deliveries_now_us);
    again = deliveries_claim_at(world, deliveries_now_us + 31 * deliveries_second_us);
    assert_int_equal(pg_rows_count(again), 1);
    deliveries_settle_at(world, first, 0, DELIVERY_GIVEN_UP,
                         deliveries_now_us + 31 * deliveries_second_us);
    assert_int_equal(deliveries_count(world, "status = 'pending' AND attempts = 2"), 1);
    deliveries_settle_at(world, again, 0, DELIVERY_DELIVERED,
                         deliveries_now_us + 32 * deliveries_second_us);
    deliveries_settle_at(world, again, 0, DELIVERY_RETRIED,
                         deliveries_now_us + 32 * deliveries_second_us);
    assert_int_equal(deliveries_count(world, "status = 'delivered'"), 1);
}

static void an_endpoint_has_few_on_their_way_and_one_while_it_fails(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    const int64_t later_us = deliveries_now_us + 61 * deliveries_second_us;
    char lane[16];

    for (int i = 0; i < 10; ++i) {
        char id[16];

        (void)snprintf(lane, sizeof(lane), "vps:%d", i);
        (void)snprintf(id, sizeof(id), "e%d", i);
        deliveries_take_in(world, IDS(id), lane);
    }
    first = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(first), 4);
    for (int row = 0; row < 3; ++row)
        in_flight_add(&world->flight, world->endpoint_id);
    second = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(second), 1);
    pg_rows_free(TAKE(second));
    in_flight_add(&world->flight, world->endpoint_id);
    second = deliveries_claim_at(world, deliveries_now_us);
    assert_int_equal(pg_rows_count(second), 0);
    pg_rows_free(TAKE(second));
    for (int row = 0; row < 4; ++row) {
        deliveries_settle_at(world, first, row, DELIVERY_RETRIED, deliveries_now_us);
        in_flight_remove(&world->flight, world->endpoint_id);
    }
    second = deliveries_claim_at(world, later_us);
    assert_int_equal(pg_rows_count(second), 1);
    deliveries_settle_at(world, second, 0, DELIVERY_DELIVERED, later_us);
    pg_rows_free(TAKE(second));
    second = deliveries_claim_at(world, later_us);
    assert_int_equal(pg_rows_count(second), 4);
}

static void an_endpoint_that_is_gone_takes_what_waits_with_it(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

    deliveries_take_in(world, IDS("a", "b"), "vps:1");
    rows = deliveries_claim_at(world, deliveries_now_us);
    deliveries_settle_at(world, rows, 0, DELIVERY_GONE, deliveries_now_us);
    assert_int_equal(deliveries_count(world, "status = 'failed'"), 2);
    deliveries_take_in(world, IDS("c"), "vps:1");
    assert_int_equal(deliveries_count(world, "true"), 2);
}

static void a_user_has_so_many_endpoints_and_no_more(void **state)
{
    struct deliveries_world *world = *state;

    (void)deliveries_make_endpoint(world, 2, 0);
    (void)deliveries_make_endpoint(world, 2, ENDPOINT_TOO_MANY);
}

static void old_events_go_with_their_deliveries_but_never_what_is_pending(void **state)
{
    struct deliveries_world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct error error = {0};

    deliveries_take_in(world, IDS("a"), "vps:1");
    deliveries_take_in(world, IDS("b"), "vps:2");
    rows = deliveries_claim_at(world, deliveries_now_us);
    deliveries_settle_at(world, rows, 0, DELIVERY_DELIVERED, deliveries_now_us);
    assert_int_equal(delivery_store_prune(world->pg, deliveries_now_us + 1, 100, &error), 0);
    assert_int_equal(deliveries_count(world, "status = 'pending'"), 1);
    assert_int_equal(deliveries_count(world, "true"), 1);
}

static struct notice_claim notice_claim_at(int64_t time_us)
{
    return (struct notice_claim){.channel = "email",
                                 .now_us = time_us,
                                 .lease_us = time_us + 60 * deliveries_second_us,
                                 .not_before_us = deliveries_now_us - deliveries_second_us,
                                 .daily_limit = 10};
}

static void a_notice_whose_sender_died_is_never_claimed_again(void **state)
{
    struct deliveries_world *world = *state;
    const struct preferences_row row = {.user_id = world->user_id,
                                        .email = "a@b.example",
                                        .language = "ru",
                                        .email_notices = "server_ready ",
                                        .telegram_notices = ""};
    struct notice_claim claim = notice_claim_at(deliveries_now_us);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *none = NULL;
    struct notice notice;
    struct error error = {0};

    assert_int_equal(notice_store_put_preferences(world->pg, &row, deliveries_now_us, &error), 0);
    deliveries_take_in(world, IDS("a"), "vps:1");
    assert_int_equal(notice_store_claim(world->pg, &claim, &rows, &error), 0);
    assert_int_equal(pg_rows_count(rows), 1);
    notice_store_row(rows, &notice);
    assert_string_equal(notice.email, "a@b.example");
    assert_string_equal(notice.language, "ru");
    claim = notice_claim_at(deliveries_now_us + 61 * deliveries_second_us);
    assert_int_equal(notice_store_claim(world->pg, &claim, &none, &error), 0);
    assert_int_equal(pg_rows_count(none), 0);
    assert_int_equal(notifier_database_number(&world->database,
                                              "SELECT count(*) FROM notifier.notices"
                                              " WHERE status = 'uncertain'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_event_is_kept_once_however_often_it_comes,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(within_a_server_one_waits_for_the_one_before,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(what_waits_behind_a_retry_waits_as_long, deliveries_set_up_user),
        cmocka_unit_test_setup(a_lost_claim_is_due_again_and_its_late_outcome_counts_for_nothing,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(an_endpoint_has_few_on_their_way_and_one_while_it_fails,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(an_endpoint_that_is_gone_takes_what_waits_with_it,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(a_user_has_so_many_endpoints_and_no_more, deliveries_set_up_user),
        cmocka_unit_test_setup(old_events_go_with_their_deliveries_but_never_what_is_pending,
                               deliveries_set_up_user),
        cmocka_unit_test_setup(a_notice_whose_sender_died_is_never_claimed_again,
                               deliveries_set_up_user),
    };

    return cmocka_run_group_tests(tests, deliveries_set_up, deliveries_tear_down);
}
