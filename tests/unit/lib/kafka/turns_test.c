#include "lib/kafka/consumer_private.h"

#include <limits.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { BULK = 1000 };

/* Deliveries of a test, and the turns they take. */
struct hall {
    struct turns turns;
    struct kafka_delivery deliveries[BULK + 8];
    size_t count;
};

static int set_up(void **state)
{
    struct hall *hall = calloc(1, sizeof(*hall));

    if (hall == NULL)
        return -1;
    hall->turns.busy_limit = UINT_MAX;
    *state = hall;
    return 0;
}

/* Whoever has left all parties has left nothing behind. */
static int tear_down(void **state)
{
    struct hall *hall = *state;

    for (size_t i = 0; i < PARTY_BUCKETS; ++i)
        if (hall->turns.parties[i] != NULL)
            return -1;
    free(hall);
    return 0;
}

static struct kafka_delivery *arrive(struct hall *hall, uint64_t party)
{
    struct kafka_delivery *delivery = &hall->deliveries[hall->count++];

    delivery->party = turns_join(&hall->turns, party);
    assert_non_null(delivery->party);
    turns_put(&hall->turns, delivery);
    return delivery;
}

static void arrive_many(struct hall *hall, uint64_t party, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        (void)arrive(hall, party);
}

static void finish(struct hall *hall, struct kafka_delivery *delivery)
{
    struct party *party = delivery->party;

    turns_leave(&hall->turns, party);
    turns_end(&hall->turns, party);
}

/* How many are carried out, one after the other, up to that one; NULL: until nothing is left. */
static size_t count_until(struct hall *hall, const struct kafka_delivery *wanted)
{
    struct kafka_delivery *delivery = turns_take(&hall->turns);
    size_t count = 0;

    while (delivery != wanted) {
        assert_non_null(delivery);
        finish(hall, delivery);
        ++count;
        delivery = turns_take(&hall->turns);
    }
    if (delivery != NULL)
        finish(hall, delivery);
    return count;
}

static void single_order_waits_for_one_of_a_bulk_of_a_thousand(void **state)
{
    struct hall *hall = *state;
    const struct kafka_delivery *single;

    arrive_many(hall, 1, BULK);
    single = arrive(hall, 2);
    assert_int_equal(count_until(hall, single), 1);
    assert_int_equal(count_until(hall, NULL), BULK - 1);
}

static void parties_take_turns_and_keep_their_own_order(void **state)
{
    struct hall *hall = *state;
    static const uint64_t expected[] = {1, 2, 3, 1, 3, 1, 1};
    const struct kafka_delivery *last = NULL;

    arrive_many(hall, 1, 4);
    arrive_many(hall, 2, 1);
    arrive_many(hall, 3, 2);
    for (size_t i = 0; i < ARRAY_LENGTH(expected); ++i) {
        struct kafka_delivery *delivery = turns_take(&hall->turns);

        assert_non_null(delivery);
        assert_int_equal(delivery->party->id, expected[i]);
        if (expected[i] == 1) {
            assert_true(last == NULL || delivery > last);
            last = delivery;
        }
        finish(hall, delivery);
    }
    assert_null(turns_take(&hall->turns));
}

static void who_comes_again_stands_behind_those_that_waited(void **state)
{
    struct hall *hall = *state;
    struct kafka_delivery *first = arrive(hall, 1);
    const struct kafka_delivery *second = arrive(hall, 2);
    struct kafka_delivery *taken = turns_take(&hall->turns);

    assert_ptr_equal(taken, first);
    turns_put(&hall->turns, taken);
    turns_end(&hall->turns, taken->party);
    assert_int_equal(count_until(hall, second), 0);
    assert_int_equal(count_until(hall, first), 0);
}

static void lone_party_leaves_a_worker_for_the_next(void **state)
{
    struct hall *hall = *state;
    struct kafka_delivery *busy[3];
    const struct kafka_delivery *single;

    hall->turns.busy_limit = ARRAY_LENGTH(busy);
    arrive_many(hall, 1, BULK);
    for (size_t i = 0; i < ARRAY_LENGTH(busy); ++i)
        busy[i] = turns_take(&hall->turns);
    assert_null(turns_take(&hall->turns));
    single = arrive(hall, 2);
    assert_int_equal(count_until(hall, single), 0);
    assert_null(turns_take(&hall->turns));
    for (size_t i = 0; i < ARRAY_LENGTH(busy); ++i)
        finish(hall, busy[i]);
    assert_int_equal(count_until(hall, NULL), BULK - ARRAY_LENGTH(busy));
}

/* A handler may hand its delivery back before its worker is free. */
static void worker_counts_until_it_is_free(void **state)
{
    struct hall *hall = *state;
    struct kafka_delivery *delivery;
    struct party *party;

    hall->turns.busy_limit = 1;
    arrive_many(hall, 1, 2);
    delivery = turns_take(&hall->turns);
    party = delivery->party;
    turns_leave(&hall->turns, party);
    assert_null(turns_take(&hall->turns));
    turns_end(&hall->turns, party);
    assert_int_equal(count_until(hall, NULL), 1);
}

static void parties_of_one_bucket_are_kept_apart(void **state)
{
    struct hall *hall = *state;
    const struct kafka_delivery *other;

    arrive_many(hall, 1, 3);
    other = arrive(hall, 1 + PARTY_BUCKETS);
    assert_int_equal(count_until(hall, other), 1);
    assert_int_equal(count_until(hall, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(single_order_waits_for_one_of_a_bulk_of_a_thousand, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(parties_take_turns_and_keep_their_own_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_comes_again_stands_behind_those_that_waited, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lone_party_leaves_a_worker_for_the_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(worker_counts_until_it_is_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parties_of_one_bucket_are_kept_apart, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
