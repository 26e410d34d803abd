/* The writer on a real PostgreSQL: idempotency, funds, stock, and what happens when things break.
 */
#include "tests/support/billing_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct world {
    struct billing_database database;
    struct billing_writer writer;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    billing_database_init(&world->database);
    billing_writer_stock(&world->database, 500);
    billing_writer_init(&world->writer, world->database.service);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    billing_assert_books(&world->database);
    billing_writer_deinit(&world->writer);
    billing_database_deinit(&world->database);
    free(world);
    return 0;
}

static int64_t count(const struct world *world, const char *sql)
{
    return billing_database_number(&world->database, sql);
}

static void assert_contains(const struct billing_reply *reply, const char *text)
{
    if (strstr(reply->body, text) == NULL)
        fail_msg("%s is not in %s", text, reply->body);
}

/* INV-3 */
static void replayed_purchase_charges_once(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply first =
        billing_ask(&world->writer, billing_purchase(user, "replay", "vps-2", "de", 3));
    const struct billing_reply second =
        billing_ask(&world->writer, billing_purchase(user, "replay", "vps-2", "de", 3));
    char expected[128];

    assert_int_equal(first.status, 202);
    assert_false(first.replayed);
    assert_true(second.replayed);
    assert_string_equal(second.body, first.body);
    assert_string_equal(second.location, first.location);
    assert_int_equal(second.status, first.status);
    (void)snprintf(expected, sizeof(expected),
                   "SELECT balance_cents FROM billing.accounts WHERE id = %llu",
                   (unsigned long long)user);
    assert_int_equal(count(world, expected), 10000 - 2861);
}

static void same_key_for_another_request_is_refused(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    struct billing_reply reply;

    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, "mismatch", "vps-2", "de", 1)).status,
        202);
    reply = billing_ask(&world->writer, billing_purchase(user, "mismatch", "vps-1", "de", 1));
    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "\"code\":\"idempotency_mismatch\"");
}

static void refusals_are_recorded_and_replayed(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 310);
    const struct billing_reply first =
        billing_ask(&world->writer, billing_purchase(user, "poor", "vps-2", "de", 3));
    struct billing_reply second;

    assert_int_equal(first.status, 402);
    assert_contains(&first, "The wallet holds 3.10 USD, the purchase costs 28.61 USD.");
    assert_contains(&first, "\"shortfall_usd\":\"25.51\"");
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(user, NULL, 100000, "rich now")).status,
        200);
    second = billing_ask(&world->writer, billing_purchase(user, "poor", "vps-2", "de", 3));
    assert_true(second.replayed);
    assert_string_equal(second.body, first.body);
}

static void all_field_errors_are_told_at_once(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(user, NULL, "old", "atlantis", 7));

    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/plan_code\",\"code\":\"unknown_plan\"");
    assert_contains(&reply, "{\"pointer\":\"/location_code\",\"code\":\"unknown_location\"");
    assert_contains(&reply, "{\"pointer\":\"/period_months\",\"code\":\"unknown_period\"");
}

static void plan_too_small_for_the_system_is_refused(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-1", "de", 1));

    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/os_code\",\"code\":\"os_not_supported\"");
}

static void location_without_room_is_sold_out(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "nl", 1));

    assert_int_equal(reply.status, 409);
    assert_contains(&reply, "\"code\":\"sold_out\"");
}

static void unknown_user_is_not_found(void **state)
{
    struct world *world = *state;

    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(999999, "u", "vps-2", "de", 1)).status, 404);
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(999999, "v", 100, "none")).status, 404);
}

static void banned_user_buys_nothing(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    char script[96];

    (void)snprintf(script, sizeof(script),
                   "UPDATE billing.users SET is_banned = true WHERE id = %llu",
                   (unsigned long long)user);
    billing_database_script(&world->database, script);
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, "ban", "vps-2", "de", 1)).status, 403);
}

/* INV-4 */
static void operator_may_take_a_wallet_below_zero_and_nobody_else(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_adjustment(user, "down", -500, "a fine"));

    assert_int_equal(reply.status, 200);
    assert_contains(&reply, "\"balance_usd\":\"-5.00\"");
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, "no", "vps-2", "de", 1)).status, 402);
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(user, "zero", 0, "nothing")).status, 422);
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(user, "huge", INT64_MIN, "huge")).status,
        422);
}

/* A crowd of purchases by one user on a writer of its own, as on another machine. */
struct crowd {
    struct billing_writer *writer;
    Slipway__V1__Command *commands[100];
    struct billing_reply replies[100];
};

static struct crowd *crowd_new(struct billing_writer *writer, uint64_t user)
{
    struct crowd *crowd = calloc(1, sizeof(*crowd));

    assert_non_null(crowd);
    crowd->writer = writer;
    for (size_t i = 0; i < ARRAY_LENGTH(crowd->commands); ++i)
        crowd->commands[i] = billing_purchase(user, NULL, "vps-2", "de", 1);
    return crowd;
}

static void *crowd_run(void *context)
{
    struct crowd *crowd = context;

    billing_ask_all(crowd->writer, crowd->commands, ARRAY_LENGTH(crowd->commands), crowd->replies);
    return NULL;
}

static int64_t crowd_accepted(const struct crowd *crowd)
{
    int64_t accepted = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(crowd->replies); ++i)
        accepted += crowd->replies[i].status == 202;
    return accepted;
}

/* INV-4: two writers and one wallet that can pay for exactly K. */
static void overspending_race_accepts_exactly_what_is_there(void **state)
{
    enum { PAID = 37 };
    struct world *world = *state;
    struct billing_writer other;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * PAID + 1003);
    struct crowd *here = crowd_new(&world->writer, user), *there = crowd_new(&other, user);
    pthread_t thread;

    billing_writer_init(&other, world->database.service);
    assert_int_equal(pthread_create(&thread, NULL, crowd_run, there), 0);
    (void)crowd_run(here);
    (void)pthread_join(thread, NULL);
    assert_int_equal(crowd_accepted(here) + crowd_accepted(there), PAID);
    billing_writer_deinit(&other);
    free(here);
    free(there);
}

struct lone_call {
    struct billing_writer *writer;
    Slipway__V1__Command *command;
    struct billing_reply reply;
};

static void *ask_on_thread(void *context)
{
    struct lone_call *call = context;

    call->reply = billing_ask(call->writer, call->command);
    return NULL;
}

/* INV-3 over replicas: the wallet's lock lets one in, and the other finds its record. */
static void one_key_on_two_writers_charges_once(void **state)
{
    enum { ROUNDS = 40 };
    struct world *world = *state;
    struct billing_writer other;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * ROUNDS);

    billing_writer_init(&other, world->database.service);
    for (int round = 0; round < ROUNDS; ++round) {
        struct lone_call *call = calloc(1, sizeof(*call));
        struct billing_reply mine;
        pthread_t thread;
        char key[32];

        assert_non_null(call);
        (void)snprintf(key, sizeof(key), "two-%d", round);
        call->writer = &other;
        call->command = billing_purchase(user, key, "vps-2", "de", 1);
        assert_int_equal(pthread_create(&thread, NULL, ask_on_thread, call), 0);
        mine = billing_ask(&world->writer, billing_purchase(user, key, "vps-2", "de", 1));
        (void)pthread_join(thread, NULL);
        assert_int_equal(mine.status, 202);
        assert_string_equal(mine.body, call->reply.body);
        assert_int_equal(mine.replayed + call->reply.replayed, 1);
        free(call);
    }
    billing_writer_deinit(&other);
}

/* PostgreSQL refuses the broken UTF-8 of one command for good. */
static void one_poisoned_command_fails_alone(void **state)
{
    enum { COUNT = 64, POISONED = 23 };
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1000);
    Slipway__V1__Command *commands[COUNT];
    struct billing_reply *replies = calloc(COUNT, sizeof(*replies));

    assert_non_null(replies);
    for (size_t i = 0; i < COUNT; ++i)
        commands[i] = billing_adjustment(user, NULL, 1, i == POISONED ? "\xff" : "fine");
    billing_ask_all(&world->writer, commands, COUNT, replies);
    for (size_t i = 0; i < COUNT; ++i)
        assert_int_equal(replies[i].status, i == POISONED ? 500 : 200);
    free(replies);
}

/* Kills the writer's sessions until told to stop, at any point of their work, COMMIT included. */
struct killer {
    const struct billing_database *database;
    atomic_bool stops;
};

static void *kill_sessions(void *context)
{
    struct killer *killer = context;
    struct pg *pg = billing_database_connect(killer->database->superuser);

    while (!atomic_load(&killer->stops)) {
        struct error error;

        if (pg_execute_script(pg,
                              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                              " WHERE datname = current_database()"
                              " AND application_name = 'slipway-billing-writer'",
                              &error) != 0)
            print_message("%s\n", error.text);
        clock_sleep_ms(100 + randombytes_uniform(900));
    }
    pg_free(pg);
    return NULL;
}

/* INV-3: a purchase is repeated with its key until somebody knows what became of it. */
static uint32_t buy_stubbornly(struct billing_writer *writer, uint64_t user, int number)
{
    char key[32];
    uint32_t status;

    (void)snprintf(key, sizeof(key), "stubborn-%d", number);
    do
        status = billing_ask(writer, billing_purchase(user, key, "vps-2", "de", 1)).status;
    while (status == 503);
    return status;
}

static void killed_sessions_lose_and_double_nothing(void **state)
{
    enum { BOUGHT = 60 };
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * BOUGHT);
    struct killer killer = {.database = &world->database};
    const int64_t before = count(world, "SELECT count(*) FROM billing.vps");
    int64_t accepted = 0;
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, kill_sessions, &killer), 0);
    for (int i = 0; i < BOUGHT; ++i)
        accepted += buy_stubbornly(&world->writer, user, i) == 202;
    atomic_store(&killer.stops, true);
    (void)pthread_join(thread, NULL);
    assert_int_equal(accepted, BOUGHT);
    assert_int_equal(count(world, "SELECT count(*) FROM billing.vps") - before, BOUGHT);
}

/* INV-5 */
static void stock_is_never_oversold(void **state)
{
    enum { COUNT = 700 };
    struct world *world = *state;
    struct billing_reply *replies = calloc(COUNT, sizeof(*replies));
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * COUNT);
    const int64_t left = 500 - count(world, "SELECT count(*) FROM billing.vps");
    Slipway__V1__Command *commands[COUNT];
    int64_t accepted = 0, sold_out = 0;

    assert_non_null(replies);
    for (size_t i = 0; i < COUNT; ++i)
        commands[i] = billing_purchase(user, NULL, "vps-2", "de", 1);
    billing_ask_all(&world->writer, commands, COUNT, replies);
    for (size_t i = 0; i < COUNT; ++i) {
        accepted += replies[i].status == 202;
        sold_out += replies[i].status == 409;
    }
    assert_int_equal(accepted, left);
    assert_int_equal(sold_out, COUNT - left);
    free(replies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replayed_purchase_charges_once),
        cmocka_unit_test(same_key_for_another_request_is_refused),
        cmocka_unit_test(refusals_are_recorded_and_replayed),
        cmocka_unit_test(all_field_errors_are_told_at_once),
        cmocka_unit_test(plan_too_small_for_the_system_is_refused),
        cmocka_unit_test(location_without_room_is_sold_out),
        cmocka_unit_test(unknown_user_is_not_found),
        cmocka_unit_test(banned_user_buys_nothing),
        cmocka_unit_test(operator_may_take_a_wallet_below_zero_and_nobody_else),
        cmocka_unit_test(overspending_race_accepts_exactly_what_is_there),
        cmocka_unit_test(one_key_on_two_writers_charges_once),
        cmocka_unit_test(one_poisoned_command_fails_alone),
        cmocka_unit_test(killed_sessions_lose_and_double_nothing),
        cmocka_unit_test(stock_is_never_oversold),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
