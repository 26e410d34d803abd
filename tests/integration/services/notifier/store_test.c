/* Deliveries on a real PostgreSQL: once by the event's id, in order, within bounds, by leases. */
#include "services/notifier/delivery_store.h"
#include "services/notifier/endpoint_store.h"
#include "services/notifier/notice_store.h"
#include "tests/support/notifier_database.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t now_us = INT64_C(1796817600000000);
static const int64_t second_us = 1000000;
static const struct notice_channels channels = {.email = true, .telegram = true};

struct world {
    struct notifier_database database;
    struct pg *pg;
    struct in_flight flight;
    /* Fresh for each test. */
    int64_t user_id, endpoint_id;
};

static int64_t make_endpoint(struct world *world, int64_t limit, int expected)
{
    static char active[] = "hosting.vps.active.v1", failed[] = "hosting.vps.failed.v1";
    char *const events[] = {active, failed};
    static const uint8_t sealed[SEALED_SECRET_BYTES] = {1};
    const struct endpoint_new endpoint = {.user_id = world->user_id,
                                          .now_us = now_us,
                                          .url = "https://a.example/",
                                          .events = events,
                                          .event_count = ARRAY_LENGTH(events),
                                          .sealed_secret = sealed,
                                          .limit = limit};
    struct error error = {0};
    int64_t id = 0;

    assert_int_equal(endpoint_store_create(world->pg, &endpoint, &id, &error), expected);
    return id;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    notifier_database_init(&world->database);
    world->pg = notifier_database_connect(world->database.service);
    assert_int_equal(in_flight_init(&world->flight, 100, NULL), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    pg_free(world->pg);
    in_flight_deinit(&world->flight);
    notifier_database_deinit(&world->database);
    free(world);
    return 0;
}

static int set_up_user(void **state)
{
    struct world *world = *state;

    notifier_database_script(&world->database,
                             "TRUNCATE notifier.endpoints, notifier.events, notifier.deliveries,"
                             " notifier.notices, notifier.preferences, notifier.contacts");
    ++world->user_id;
    world->endpoint_id = make_endpoint(world, 5, 0);
    return 0;
}

static struct pg_rows *take_in_leasing(const struct world *world, const char *const *ids,
                                       const char *lane, int64_t room)
{
    const struct intake_lease lease = {
        .room = room, .endpoint_limit = 4, .until_us = now_us + 30 * second_us};
    struct pg_rows *rows = NULL;
    CLEANUP(intake_batch_free_cleanup) struct intake_batch *batch = intake_batch_new(&channels);
    Slipway__V1__VpsEvent vps = SLIPWAY__V1__VPS_EVENT__INIT;
    struct error error = {0};

    for (; *ids != NULL; ++ids) {
        struct event event = {.type = event_type_find("hosting.vps.active.v1"),
                              .user_id = (uint64_t)world->user_id,
                              .data = &vps.base};

        (void)snprintf(event.id, sizeof(event.id), "%s-%lld", *ids, (long long)world->user_id);
        (void)snprintf(event.subject, sizeof(event.subject), "%s", lane);
        intake_batch_add(batch, &event, "{\"data\":{}}");
    }
    assert_int_equal(intake_store_write(world->pg, batch, &lease, now_us, &rows, &error), 0);
    return rows;
}

static void take_in(const struct world *world, const char *const *ids, const char *lane)
{
    pg_rows_free(take_in_leasing(world, ids, lane, 0));
}

#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct pg_rows *claim_at(const struct world *world, int64_t time_us)
{
    const struct delivery_claim claim = {
        .now_us = time_us, .lease_us = time_us + 30 * second_us, .endpoint_limit = 4, .room = 100};
    struct pg_rows *rows = NULL;
    struct error error = {0};

    assert_int_equal(delivery_store_claim(world->pg, &claim, &world->flight, &rows, &error), 0);
    return rows;
}

static void settle_at(const struct world *world, const struct pg_rows *rows, int row,
                      enum delivery_fate fate, int64_t time_us)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *switched_off = NULL;
    struct delivery delivery;
    struct error error = {0};

    delivery_store_row(rows, row, &delivery);
    const struct delivery_judgement rule = {
        .now_us = time_us, .failing_before_us = time_us - 1, .channels = channels};
    const struct delivery_outcome outcome = {.id = delivery.id,
                                             .endpoint_id = delivery.endpoint_id,
                                             .attempts = delivery.attempts,
                                             .fate = fate,
                                             .next_us = time_us + 60 * second_us};

    assert_int_equal(delivery_store_settle(world->pg, &outcome, 1, &rule, &switched_off, &error),
                     0);
    assert_int_equal(pg_rows_count(switched_off), fate == DELIVERY_GONE);
}

static int64_t count(const struct world *world, const char *where)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM notifier.deliveries WHERE %s", where);
    return notifier_database_number(&world->database, sql);
}

static void an_event_is_kept_once_however_often_it_comes(void **state) /* INV-6 */
{
    struct world *world = *state;

    take_in(world, IDS("a", "a", "b"), "vps:1");
    take_in(world, IDS("b", "a"), "vps:1");
    assert_int_equal(count(world, "true"), 2);
    (void)make_endpoint(world, 5, 0);
    take_in(world, IDS("a"), "vps:1");
    assert_int_equal(count(world, "true"), 2);
    take_in(world, IDS("c"), "vps:1");
    assert_int_equal(count(world, "true"), 4);
}

static void within_a_server_one_waits_for_the_one_before(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *none = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    struct delivery delivery;

    take_in(world, IDS("a", "b", "c"), "vps:1");
    take_in(world, IDS("x"), "vps:2");
    first = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(first), 2);
    none = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(none), 0);
    for (int row = 0; row < 2; ++row)
        settle_at(world, first, row, DELIVERY_DELIVERED, now_us);
    second = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(second), 1);
    delivery_store_row(second, 0, &delivery);
    assert_memory_equal(delivery.event_id, "b-", 2);
}

static void what_waits_behind_a_retry_waits_as_long(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    const int64_t due_s = now_us / second_us + 60;
    char held[128];

    take_in(world, IDS("a", "b"), "vps:1");
    first = claim_at(world, now_us);
    settle_at(world, first, 0, DELIVERY_RETRIED, now_us);
    take_in(world, IDS("c"), "vps:1");
    (void)snprintf(held, sizeof(held), "next_at = to_timestamp(%lld)", (long long)due_s);
    assert_int_equal(count(world, held), 3);
}

static void a_lost_claim_is_due_again_and_its_late_outcome_counts_for_nothing(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *again = NULL;

    take_in(world, IDS("a"), "vps:1");
    first = claim_at(world, now_us);
    again = claim_at(world, now_us + 31 * second_us);
    assert_int_equal(pg_rows_count(again), 1);
    settle_at(world, first, 0, DELIVERY_GIVEN_UP, now_us + 31 * second_us);
    assert_int_equal(count(world, "status = 'pending' AND attempts = 2"), 1);
    settle_at(world, again, 0, DELIVERY_DELIVERED, now_us + 32 * second_us);
    settle_at(world, again, 0, DELIVERY_RETRIED, now_us + 32 * second_us);
    assert_int_equal(count(world, "status = 'delivered'"), 1);
}

static void an_endpoint_has_few_on_their_way_and_one_while_it_fails(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    const int64_t later_us = now_us + 61 * second_us;
    char lane[16];

    for (int i = 0; i < 10; ++i) {
        char id[16];

        (void)snprintf(lane, sizeof(lane), "vps:%d", i);
        (void)snprintf(id, sizeof(id), "e%d", i);
        take_in(world, IDS(id), lane);
    }
    first = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(first), 4);
    for (int row = 0; row < 3; ++row)
        in_flight_add(&world->flight, world->endpoint_id);
    second = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(second), 1);
    pg_rows_free(TAKE(second));
    in_flight_add(&world->flight, world->endpoint_id);
    second = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(second), 0);
    pg_rows_free(TAKE(second));
    for (int row = 0; row < 4; ++row) {
        settle_at(world, first, row, DELIVERY_RETRIED, now_us);
        in_flight_remove(&world->flight, world->endpoint_id);
    }
    second = claim_at(world, later_us);
    assert_int_equal(pg_rows_count(second), 1);
    settle_at(world, second, 0, DELIVERY_DELIVERED, later_us);
    pg_rows_free(TAKE(second));
    second = claim_at(world, later_us);
    assert_int_equal(pg_rows_count(second), 4);
}

static int leased(const struct pg_rows *rows)
{
    int number = 0;

    for (int row = 0; row < pg_rows_count(rows); ++row)
        number += delivery_store_row_is_leased(rows, row);
    return number;
}

static void what_is_new_in_a_free_lane_is_leased_as_it_is_stored(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *none = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    struct delivery delivery;

    rows = take_in_leasing(world, IDS("a", "a", "b"), "vps:1", 10);
    assert_int_equal(pg_rows_count(rows), 2);
    assert_true(delivery_store_row_is_leased(rows, 0));
    assert_false(delivery_store_row_is_leased(rows, 1));
    delivery_store_row(rows, 0, &delivery);
    assert_memory_equal(delivery.event_id, "a-", 2);
    assert_string_equal(delivery.url, "https://a.example/");
    assert_string_equal(delivery.body, "{\"data\":{}}");
    assert_int_equal(delivery.attempts, 1);
    assert_int_equal(delivery.first_us, now_us);
    assert_int_equal(delivery.secret_length, SEALED_SECRET_BYTES);
    none = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(none), 0);
    settle_at(world, rows, 0, DELIVERY_DELIVERED, now_us);
    second = claim_at(world, now_us);
    assert_int_equal(pg_rows_count(second), 1);
}

static void nothing_is_leased_behind_what_waits_in_its_lane(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *waiting = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *other = NULL;

    take_in(world, IDS("a"), "vps:1");
    waiting = take_in_leasing(world, IDS("b"), "vps:1", 10);
    assert_int_equal(leased(waiting), 0);
    other = take_in_leasing(world, IDS("x"), "vps:2", 10);
    assert_int_equal(leased(other), 1);
}

static void no_more_is_leased_than_there_is_room_for(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 6; ++i) {
        CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
        char id[16], lane[16];

        (void)snprintf(id, sizeof(id), "e%d", i);
        (void)snprintf(lane, sizeof(lane), "vps:%d", i);
        rows = take_in_leasing(world, IDS(id), lane, i == 0 ? 0 : 10);
        assert_int_equal(leased(rows), i > 0 && i < 4);
    }
    assert_int_equal(count(world, "leased_until IS NOT NULL"), 3);
}

static void one_is_leased_to_an_endpoint_that_fails_and_only_when_nothing_waits(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *first = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *second = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *third = NULL;

    notifier_database_script(&world->database,
                             "UPDATE notifier.endpoints SET failing_since = created_at");
    first = take_in_leasing(world, IDS("a"), "vps:1", 10);
    assert_int_equal(leased(first), 1);
    second = take_in_leasing(world, IDS("b"), "vps:2", 10);
    assert_int_equal(leased(second), 0);
    settle_at(world, first, 0, DELIVERY_RETRIED, now_us - 1);
    third = take_in_leasing(world, IDS("c"), "vps:3", 10);
    assert_int_equal(leased(third), 0);
}

/* As when the process dies between the two, or another one has to take over. */
static void what_was_leased_as_it_was_stored_is_due_when_the_lease_ends(void **state) /* INV-6 */
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *lost = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *again = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *repeat = NULL;

    lost = take_in_leasing(world, IDS("a", "b"), "vps:1", 10);
    repeat = take_in_leasing(world, IDS("a", "b"), "vps:1", 10);
    assert_int_equal(pg_rows_count(repeat), 0);
    again = claim_at(world, now_us + 31 * second_us);
    assert_int_equal(pg_rows_count(again), 1);
    settle_at(world, lost, 0, DELIVERY_GIVEN_UP, now_us + 31 * second_us);
    assert_int_equal(count(world, "status = 'pending' AND attempts = 2"), 1);
    settle_at(world, again, 0, DELIVERY_DELIVERED, now_us + 32 * second_us);
    assert_int_equal(count(world, "status = 'delivered'"), 1);
}

static void an_endpoint_that_is_gone_takes_what_waits_with_it(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

    take_in(world, IDS("a", "b"), "vps:1");
    rows = claim_at(world, now_us);
    settle_at(world, rows, 0, DELIVERY_GONE, now_us);
    assert_int_equal(count(world, "status = 'failed'"), 2);
    take_in(world, IDS("c"), "vps:1");
    assert_int_equal(count(world, "true"), 2);
}

static void a_user_has_so_many_endpoints_and_no_more(void **state)
{
    struct world *world = *state;

    (void)make_endpoint(world, 2, 0);
    (void)make_endpoint(world, 2, ENDPOINT_TOO_MANY);
}

static void old_events_go_with_their_deliveries_but_never_what_is_pending(void **state)
{
    struct world *world = *state;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct error error = {0};

    take_in(world, IDS("a"), "vps:1");
    take_in(world, IDS("b"), "vps:2");
    rows = claim_at(world, now_us);
    settle_at(world, rows, 0, DELIVERY_DELIVERED, now_us);
    assert_int_equal(delivery_store_prune(world->pg, now_us + 1, 100, &error), 0);
    assert_int_equal(count(world, "status = 'pending'"), 1);
    assert_int_equal(count(world, "true"), 1);
}

static struct notice_claim notice_claim_at(int64_t time_us)
{
    return (struct notice_claim){.channel = "email",
                                 .now_us = time_us,
                                 .lease_us = time_us + 60 * second_us,
                                 .not_before_us = now_us - second_us,
                                 .daily_limit = 10};
}

static void a_notice_whose_sender_died_is_never_claimed_again(void **state)
{
    struct world *world = *state;
    const struct preferences_row row = {.user_id = world->user_id,
                                        .email = "a@b.example",
                                        .language = "ru",
                                        .email_notices = "server_ready ",
                                        .telegram_notices = ""};
    struct notice_claim claim = notice_claim_at(now_us);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *none = NULL;
    struct notice notice;
    struct error error = {0};

    assert_int_equal(notice_store_put_preferences(world->pg, &row, now_us, &error), 0);
    take_in(world, IDS("a"), "vps:1");
    assert_int_equal(notice_store_claim(world->pg, &claim, &rows, &error), 0);
    assert_int_equal(pg_rows_count(rows), 1);
    notice_store_row(rows, &notice);
    assert_string_equal(notice.email, "a@b.example");
    assert_string_equal(notice.language, "ru");
    claim = notice_claim_at(now_us + 61 * second_us);
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
        cmocka_unit_test_setup(an_event_is_kept_once_however_often_it_comes, set_up_user),
        cmocka_unit_test_setup(within_a_server_one_waits_for_the_one_before, set_up_user),
        cmocka_unit_test_setup(what_waits_behind_a_retry_waits_as_long, set_up_user),
        cmocka_unit_test_setup(a_lost_claim_is_due_again_and_its_late_outcome_counts_for_nothing,
                               set_up_user),
        cmocka_unit_test_setup(an_endpoint_has_few_on_their_way_and_one_while_it_fails,
                               set_up_user),
        cmocka_unit_test_setup(what_is_new_in_a_free_lane_is_leased_as_it_is_stored, set_up_user),
        cmocka_unit_test_setup(nothing_is_leased_behind_what_waits_in_its_lane, set_up_user),
        cmocka_unit_test_setup(no_more_is_leased_than_there_is_room_for, set_up_user),
        cmocka_unit_test_setup(one_is_leased_to_an_endpoint_that_fails_and_only_when_nothing_waits,
                               set_up_user),
        cmocka_unit_test_setup(what_was_leased_as_it_was_stored_is_due_when_the_lease_ends,
                               set_up_user),
        cmocka_unit_test_setup(an_endpoint_that_is_gone_takes_what_waits_with_it, set_up_user),
        cmocka_unit_test_setup(a_user_has_so_many_endpoints_and_no_more, set_up_user),
        cmocka_unit_test_setup(old_events_go_with_their_deliveries_but_never_what_is_pending,
                               set_up_user),
        cmocka_unit_test_setup(a_notice_whose_sender_died_is_never_claimed_again, set_up_user),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
