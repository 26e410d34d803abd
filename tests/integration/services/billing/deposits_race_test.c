/* Deposits that many settle at once, on two writers as on two machines, and whose sessions are
 * killed. */
#include "tests/support/billing_deposits.h"
#include "tests/support/session_killer.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int64_t balance(const struct writer_world *world, uint64_t user)
{
    char sql[96];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT balance_cents FROM billing.accounts WHERE id = %" PRIu64, user);
    return writer_world_count(world, sql);
}

/* One who tells of a payment, in its own way, when all others do. */
struct teller {
    struct billing_writer *writer;
    const struct deposit_order *order;
    pthread_barrier_t *gate;
    pthread_t thread;
    bool is_operator;
    enum provider_state state;
    int64_t paid_cents;
};

static void *tell(void *context)
{
    const struct teller *teller = context;

    (void)pthread_barrier_wait(teller->gate);
    if (teller->is_operator)
        (void)billing_mark(teller->writer, teller->order->id, true);
    else
        (void)billing_settle(teller->writer, teller->order, teller->state, teller->paid_cents);
    return NULL;
}

/* Seventeen callbacks, a look that finds it paid, one that finds it expired, and an operator. */
static void tell_at_once(struct writer_world *world, struct billing_writer *other,
                         const struct deposit_order *order, struct teller *tellers, size_t count)
{
    pthread_barrier_t gate;

    assert_int_equal(pthread_barrier_init(&gate, NULL, (unsigned)count), 0);
    for (size_t i = 0; i < count; ++i) {
        tellers[i] = (struct teller){.writer = i % 2 == 0 ? &world->writer : other,
                                     .order = order,
                                     .gate = &gate,
                                     .is_operator = i == 18,
                                     .state = i == 19 ? PROVIDER_EXPIRED : PROVIDER_PAID,
                                     .paid_cents = 5000};
        assert_int_equal(pthread_create(&tellers[i].thread, NULL, tell, &tellers[i]), 0);
    }
    for (size_t i = 0; i < count; ++i)
        (void)pthread_join(tellers[i].thread, NULL);
    (void)pthread_barrier_destroy(&gate);
}

/* INV-9 */
static void whatever_comes_at_once_credits_once(void **state)
{
    enum { ROUNDS = 15, TELLERS = 20 };
    struct writer_world *world = *state;
    struct billing_writer other;
    struct teller tellers[TELLERS];
    const uint64_t user = billing_user(&world->writer, 0);
    char key[24];

    billing_writer_init(&other, world->database.service);
    for (int round = 0; round < ROUNDS; ++round) {
        struct deposit_order order;

        (void)snprintf(key, sizeof(key), "at-once-%d", round);
        order = billing_pending(&world->writer, user, key, 5000);
        tell_at_once(world, &other, &order, tellers, TELLERS);
        assert_int_equal(balance(world, user), (round + 1) * INT64_C(5000));
    }
    billing_writer_deinit(&other);
    assert_int_equal(
        writer_world_count(world, "SELECT count(*) FROM billing.transfers WHERE kind = 'deposit'"),
        ROUNDS);
}

struct opener {
    struct billing_writer *writer;
    uint64_t user;
    const char *key;
    struct billing_opened opened;
};

static void *open_on_thread(void *context)
{
    struct opener *opener = context;

    opener->opened = billing_open(opener->writer, opener->user, opener->key, 5000);
    return NULL;
}

/* INV-3 over replicas: one is let in, and the other is told that it is in work. */
static void one_key_on_two_writers_asks_the_provider_once(void **state)
{
    enum { ROUNDS = 40 };
    struct writer_world *world = *state;
    struct billing_writer other;
    const uint64_t user = billing_user(&world->writer, 0);
    char key[24];

    billing_writer_init(&other, world->database.service);
    for (int round = 0; round < ROUNDS; ++round) {
        struct opener *there = calloc(1, sizeof(*there));
        struct billing_opened here;
        pthread_t thread;

        assert_non_null(there);
        (void)snprintf(key, sizeof(key), "replicas-%d", round);
        *there = (struct opener){.writer = &other, .user = user, .key = key};
        assert_int_equal(pthread_create(&thread, NULL, open_on_thread, there), 0);
        here = billing_open(&world->writer, user, key, 5000);
        (void)pthread_join(thread, NULL);
        assert_int_equal(here.has_order + there->opened.has_order, 1);
        assert_int_equal(here.has_order ? there->opened.reply.status : here.reply.status, 409);
        free(there);
    }
    billing_writer_deinit(&other);
}

/* One deposit from its request to its money, each step repeated until somebody knows what became of
 * it. */
static void deposit_stubbornly(struct billing_writer *writer, uint64_t user, int number)
{
    struct billing_opened opened;
    char key[24];

    (void)snprintf(key, sizeof(key), "stubborn-%d", number);
    do
        opened = billing_open(writer, user, key, 5000);
    while (opened.reply.status == 503);
    /* A commit whose answer was lost has kept our own lease. */
    assert_true(opened.has_order);
    while (billing_record(writer, &opened.order, key).status != 201)
        continue;
    while (billing_settle(writer, &opened.order, PROVIDER_PAID, 5000).status != 200)
        continue;
}

/* INV-3, INV-9 */
static void killed_sessions_lose_and_double_no_deposit(void **state)
{
    enum { COUNT = 60 };
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    struct session_killer killer;

    session_killer_start(&killer, &world->database);
    for (int i = 0; i < COUNT; ++i)
        deposit_stubbornly(&world->writer, user, i);
    session_killer_stop(&killer);
    assert_int_equal(balance(world, user), COUNT * INT64_C(5000));
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.deposits"
                                               " WHERE external_id LIKE 'stubborn-%'"),
                     COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_comes_at_once_credits_once),
        cmocka_unit_test(one_key_on_two_writers_asks_the_provider_once),
        cmocka_unit_test(killed_sessions_lose_and_double_no_deposit),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
