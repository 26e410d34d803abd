/* Writers that race, whose sessions are killed, and whose stock runs out. */
#include "tests/support/session_killer.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* A crowd of purchases by one user on a writer of its own, as on another machine. */
struct crowd {
    struct billing_writer *writer;
    Slipway__V1__Command *commands[100];
    struct billing_reply replies[100];
};

static struct crowd *crowd_new(struct billing_writer *writer, uint64_t user, const char *location)
{
    struct crowd *crowd = calloc(1, sizeof(*crowd));

    assert_non_null(crowd);
    crowd->writer = writer;
    for (size_t i = 0; i < ARRAY_LENGTH(crowd->commands); ++i)
        crowd->commands[i] = billing_purchase(user, NULL, "vps-2", location, 1);
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
    struct writer_world *world = *state;
    struct billing_writer other;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * PAID + 1003);
    struct crowd *here = crowd_new(&world->writer, user, "de"),
                 *there = crowd_new(&other, user, "de");
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
    struct writer_world *world = *state;
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
    struct writer_world *world = *state;
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
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * BOUGHT);
    struct session_killer killer;
    const int64_t before = writer_world_count(world, "SELECT count(*) FROM billing.vps");
    int64_t accepted = 0;

    session_killer_start(&killer, &world->database);
    for (int i = 0; i < BOUGHT; ++i)
        accepted += buy_stubbornly(&world->writer, user, i) == 202;
    session_killer_stop(&killer);
    assert_int_equal(accepted, BOUGHT);
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.vps") - before,
                     BOUGHT);
}

/* INV-5: shares of stock that two shards and two writers hold are called back for the last server.
 */
static void scattered_stock_is_sold_to_the_last_server(void **state)
{
    enum { ROOM = 150, USERS = 4 };
    struct writer_world *world = *state;
    struct billing_writer other;
    struct crowd *crowds[USERS];
    pthread_t threads[USERS];
    int64_t accepted = 0;

    billing_database_script(
        &world->database,
        "INSERT INTO billing.nodes (location_code, name, uri, vcpu, ram_mb, disk_gb)"
        " VALUES ('nl', 'nl-1', 'test:///default', 300, 307200, 6000);"
        "INSERT INTO billing.address_pools (location_code, first_address, size, prefix_length,"
        " gateway) VALUES ('nl', '10.9.0.1', 1000, 16, '10.9.0.1')");
    billing_writer_init(&other, world->database.service);
    for (size_t i = 0; i < USERS; ++i) {
        const uint64_t user = billing_user(&world->writer, INT64_C(100400));

        crowds[i] = crowd_new(i % 2 == 0 ? &world->writer : &other, user, "nl");
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_run, crowds[i]), 0);
    }
    for (size_t i = 0; i < USERS; ++i) {
        (void)pthread_join(threads[i], NULL);
        accepted += crowd_accepted(crowds[i]);
        free(crowds[i]);
    }
    billing_writer_deinit(&other);
    assert_int_equal(accepted, ROOM);
    assert_int_equal(writer_world_count(world, "SELECT used_vcpu FROM billing.nodes"
                                               " WHERE name = 'nl-1'"),
                     300);
}

/* INV-5 */
static void stock_is_never_oversold(void **state)
{
    enum { COUNT = 700 };
    struct writer_world *world = *state;
    struct billing_reply *replies = calloc(COUNT, sizeof(*replies));
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * COUNT);
    const int64_t left =
        500 -
        writer_world_count(world, "SELECT count(*) FROM billing.vps WHERE location_code = 'de'");
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
        cmocka_unit_test(overspending_race_accepts_exactly_what_is_there),
        cmocka_unit_test(one_key_on_two_writers_charges_once),
        cmocka_unit_test(one_poisoned_command_fails_alone),
        cmocka_unit_test(killed_sessions_lose_and_double_nothing),
        cmocka_unit_test(scattered_stock_is_sold_to_the_last_server),
        cmocka_unit_test(stock_is_never_oversold),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
