#include "lib/base/clock.h"
#include "tests/support/kafka_bench.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE_MS = 30000 };

static int set_up(void **state)
{
    struct kafka_bench *bench = malloc(sizeof(*bench));

    if (bench == NULL)
        return -1;
    kafka_bench_init(bench, 4);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    kafka_bench_deinit(*state);
    free(*state);
    return 0;
}

static struct kafka_consumer_state state_of(struct kafka_consumer *consumer)
{
    struct kafka_consumer_state state;

    kafka_consumer_state(consumer, &state);
    return state;
}

static void await_finished(struct kafka_consumer *consumer, uint64_t count)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (state_of(consumer).finished < count && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(5);
    assert_int_equal(state_of(consumer).finished, count);
}

static void keys_run_side_by_side_and_each_in_its_order(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *consumer = kafka_bench_consume(bench, NULL, 1000);

    bench->work_ms = 1;
    kafka_bench_produce(bench, KAFKA_BENCH_KEYS, 0, 40);
    assert_true(kafka_bench_await(bench, KAFKA_BENCH_KEYS, 40, PATIENCE_MS));
    await_finished(consumer, (uint64_t)KAFKA_BENCH_KEYS * 40);
    assert_int_equal(state_of(consumer).in_flight, 0);
    assert_int_equal(state_of(consumer).lag, 0);
    assert_int_equal(state_of(consumer).oldest_ms, 0);
    assert_int_equal(state_of(consumer).partitions, 4);
    assert_false(state_of(consumer).failed);
    kafka_consumer_free(consumer, PATIENCE_MS);
    assert_int_equal(bench->out_of_order, 0);
    assert_int_equal(bench->overlapping, 0);
    assert_int_equal(kafka_bench_repeated(bench), 0);
    assert_true(bench->most_concurrent >= 6);
}

/* The limit is far below what waits, so taking stops and goes on many times. */
static void small_bound_holds_and_loses_nothing(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *consumer;
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    int64_t most = 0;

    kafka_bench_produce(bench, KAFKA_BENCH_KEYS, 0, 100);
    bench->work_ms = 1;
    consumer = kafka_bench_consume(bench, NULL, 50);
    while (state_of(consumer).finished < (uint64_t)KAFKA_BENCH_KEYS * 100 &&
           clock_monotonic_ms() < deadline_ms) {
        const int64_t in_flight = state_of(consumer).in_flight;

        most = in_flight > most ? in_flight : most;
        clock_sleep_ms(1);
    }
    assert_true(kafka_bench_await(bench, KAFKA_BENCH_KEYS, 100, 0));
    kafka_consumer_free(consumer, PATIENCE_MS);
    assert_true(most <= 50);
    assert_int_equal(bench->out_of_order, 0);
    assert_int_equal(bench->overlapping, 0);
    assert_int_equal(kafka_bench_repeated(bench), 0);
}

static int retry_twice(struct kafka_bench *bench, const struct kafka_record *record, unsigned key,
                       unsigned number)
{
    (void)bench;
    (void)number;
    return key % 8 == 0 && record->attempt < 3 ? FAULT_RETRY : 0;
}

static void retried_record_holds_up_its_key_only_and_keeps_the_order(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *consumer;

    bench->outcome = retry_twice;
    kafka_bench_produce(bench, 16, 0, 20);
    consumer = kafka_bench_consume(bench, NULL, 1000);
    assert_true(kafka_bench_await(bench, 16, 20, PATIENCE_MS));
    await_finished(consumer, UINT64_C(16) * 20);
    assert_int_equal(state_of(consumer).retried, 2 * 20 * 2);
    assert_int_equal(state_of(consumer).dead, 0);
    kafka_consumer_free(consumer, PATIENCE_MS);
    assert_int_equal(bench->out_of_order, 0);
    assert_int_equal(bench->overlapping, 0);
}

static int always_fail(struct kafka_bench *bench, const struct kafka_record *record, unsigned key,
                       unsigned number)
{
    (void)bench;
    (void)record;
    if (number != 3)
        return 0;
    return key == 0 ? FAULT_HARD : key == 1 ? FAULT_RETRY : 0;
}

static void hopeless_record_goes_to_the_dead_letters_and_stops_nothing(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_bench dead_bench;
    struct kafka_consumer *consumer, *reader;

    bench->outcome = always_fail;
    kafka_bench_produce(bench, 4, 0, 10);
    consumer = kafka_bench_consume(bench, NULL, 1000);
    await_finished(consumer, 40);
    assert_int_equal(state_of(consumer).dead, 2);
    assert_int_equal(state_of(consumer).retried, 3);
    kafka_consumer_free(consumer, PATIENCE_MS);

    kafka_bench_init(&dead_bench, 1);
    (void)snprintf(dead_bench.topic, sizeof(dead_bench.topic), "%.50s.dead", bench->topic);
    reader = kafka_bench_consume(&dead_bench, NULL, 10);
    await_finished(reader, 2);
    kafka_consumer_free(reader, PATIENCE_MS);
    assert_int_equal(dead_bench.seen[0][3], 1);
    assert_int_equal(dead_bench.seen[1][3], 1);
    kafka_bench_deinit(&dead_bench);
}

static void what_is_finished_is_not_delivered_again(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *consumer = kafka_bench_consume(bench, NULL, 1000);

    kafka_bench_produce(bench, 8, 0, 50);
    await_finished(consumer, UINT64_C(8) * 50);
    kafka_consumer_free(consumer, PATIENCE_MS);
    consumer = kafka_bench_consume(bench, NULL, 1000);
    kafka_bench_produce(bench, 8, 50, 60);
    assert_true(kafka_bench_await(bench, 8, 60, PATIENCE_MS));
    kafka_consumer_free(consumer, PATIENCE_MS);
    assert_int_equal(kafka_bench_repeated(bench), 0);
}

static atomic_bool held;

static int hold_first(struct kafka_bench *bench, const struct kafka_record *record, unsigned key,
                      unsigned number)
{
    (void)bench;
    (void)record;
    while (key == 0 && number == 0 && atomic_load(&held))
        clock_sleep_ms(1);
    return 0;
}

/* Everything else is finished, but the first record of one key outlives its consumer. */
static void unfinished_record_comes_again_in_the_next_consumer(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *consumer;

    atomic_store(&held, true);
    bench->outcome = hold_first;
    kafka_bench_produce(bench, 8, 0, 10);
    consumer = kafka_bench_consume(bench, NULL, 1000);
    await_finished(consumer, UINT64_C(7) * 10);
    assert_true(state_of(consumer).oldest_ms > 0);
    kafka_consumer_free(consumer, 50);
    atomic_store(&held, false);
    consumer = kafka_bench_consume(bench, NULL, 1000);
    assert_true(kafka_bench_await(bench, 8, 10, PATIENCE_MS));
    kafka_consumer_free(consumer, PATIENCE_MS);
    assert_true(bench->seen[0][0] == 2);
}

enum { LONE_KEY = KAFKA_BENCH_KEYS - 1 };

static uint64_t party_of_key(const struct kafka_record *record)
{
    static const char lone[] = "63";

    return record->key_length == strlen(lone) && memcmp(record->key, lone, record->key_length) == 0;
}

static int hold_all_but_one_key(struct kafka_bench *bench, const struct kafka_record *record,
                                unsigned key, unsigned number)
{
    (void)bench;
    (void)record;
    (void)number;
    while (key != LONE_KEY && atomic_load(&held))
        clock_sleep_ms(1);
    return 0;
}

static void await_seen(struct kafka_bench *bench, unsigned key)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    bool seen = false;

    while (!seen && clock_monotonic_ms() < deadline_ms) {
        clock_sleep_ms(5);
        (void)pthread_mutex_lock(&bench->mutex);
        seen = bench->seen[key][0] > 0;
        (void)pthread_mutex_unlock(&bench->mutex);
    }
    assert_true(seen);
}

/* None of the bulk ends meanwhile, though there are far more of it than workers. */
static void one_partys_bulk_does_not_hold_up_another_party(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *consumer;

    atomic_store(&held, true);
    bench->outcome = hold_all_but_one_key;
    bench->party = party_of_key;
    kafka_bench_produce(bench, KAFKA_BENCH_KEYS, 0, 1);
    consumer = kafka_bench_consume(bench, NULL, 1000);
    await_seen(bench, LONE_KEY);
    await_finished(consumer, 1);
    atomic_store(&held, false);
    await_finished(consumer, KAFKA_BENCH_KEYS);
    kafka_consumer_free(consumer, PATIENCE_MS);
}

static int in_turn(struct kafka_bench *bench, const struct kafka_record *record, unsigned key,
                   unsigned number)
{
    int64_t last;

    (void)record;
    (void)pthread_mutex_lock(&bench->mutex);
    last = bench->last[key];
    (void)pthread_mutex_unlock(&bench->mutex);
    return number > last + 1 ? KAFKA_BENCH_DEFERRED : 0;
}

/* Each waits for those that it has overtaken, the last one through more than attempts_limit tries.
 */
static void deferred_records_let_those_behind_them_pass(void **state)
{
    static const unsigned arrival[] = {2, 1, 0, 4, 3};
    struct kafka_bench *bench = *state;
    struct kafka_consumer *consumer = kafka_bench_consume(bench, NULL, 1000);

    bench->outcome = in_turn;
    for (size_t i = 0; i < ARRAY_LENGTH(arrival); ++i) {
        kafka_bench_send(bench, 8, arrival[i]);
        if (i == 1)
            clock_sleep_ms(300);
    }
    assert_true(kafka_bench_await(bench, 8, ARRAY_LENGTH(arrival), PATIENCE_MS));
    await_finished(consumer, UINT64_C(8) * ARRAY_LENGTH(arrival));
    assert_true(state_of(consumer).retried > UINT64_C(8) * 4);
    assert_int_equal(state_of(consumer).dead, 0);
    kafka_consumer_free(consumer, PATIENCE_MS);
    assert_int_equal(bench->out_of_order, 0);
    assert_int_equal(bench->overlapping, 0);
    assert_int_equal(kafka_bench_repeated(bench), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_run_side_by_side_and_each_in_its_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(small_bound_holds_and_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(retried_record_holds_up_its_key_only_and_keeps_the_order,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(hopeless_record_goes_to_the_dead_letters_and_stops_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_partys_bulk_does_not_hold_up_another_party, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(deferred_records_let_those_behind_them_pass, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_finished_is_not_delivered_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unfinished_record_comes_again_in_the_next_consumer, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
