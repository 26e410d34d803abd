#include "lib/base/clock.h"
#include "tests/support/kafka_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60000 };

static int set_up(void **state)
{
    struct kafka_bench *bench = malloc(sizeof(*bench));

    if (bench == NULL)
        return -1;
    kafka_bench_init(bench, 6);
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

static void await_partitions(struct kafka_consumer *consumer, int64_t count)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (state_of(consumer).partitions != count && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(5);
    assert_int_equal(state_of(consumer).partitions, count);
}

/* Handlers take time and the bound is small, so that each rebalance meets records that wait, that
 * run and that are paused. */
static void consumers_come_and_go_without_losing_or_reordering(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *first, *second, *third;

    bench->work_ms = 2;
    first = kafka_bench_consume(bench, NULL, 100);
    await_partitions(first, 6);
    kafka_bench_produce(bench, KAFKA_BENCH_KEYS, 0, 60);
    second = kafka_bench_consume(bench, NULL, 100);
    await_partitions(second, 3);
    kafka_bench_produce(bench, KAFKA_BENCH_KEYS, 60, 90);
    third = kafka_bench_consume(bench, NULL, 100);
    await_partitions(third, 2);
    kafka_consumer_free(first, 5000);
    await_partitions(third, 3);
    kafka_bench_produce(bench, KAFKA_BENCH_KEYS, 90, 120);
    kafka_consumer_free(second, 5000);
    await_partitions(third, 6);
    assert_true(kafka_bench_await(bench, KAFKA_BENCH_KEYS, 120, PATIENCE_MS));
    kafka_consumer_free(third, 5000);
    assert_int_equal(bench->out_of_order, 0);
    assert_int_equal(bench->overlapping, 0);
    print_message("%u of %d records were handled again\n", kafka_bench_repeated(bench),
                  KAFKA_BENCH_KEYS * 120);
}

/* A static member that comes back in time gets its partitions without a rebalance. */
static void static_member_returns_to_its_partitions(void **state)
{
    struct kafka_bench *bench = *state;
    struct kafka_consumer *first = kafka_bench_consume(bench, "worker-1", 100);
    struct kafka_consumer *second;

    await_partitions(first, 6);
    second = kafka_bench_consume(bench, "worker-2", 100);
    await_partitions(second, 3);
    await_partitions(first, 3);
    kafka_consumer_free(second, 1000);
    assert_int_equal(state_of(first).partitions, 3);
    second = kafka_bench_consume(bench, "worker-2", 100);
    await_partitions(second, 3);
    assert_int_equal(state_of(first).partitions, 3);
    kafka_bench_produce(bench, KAFKA_BENCH_KEYS, 0, 5);
    assert_true(kafka_bench_await(bench, KAFKA_BENCH_KEYS, 5, PATIENCE_MS));
    kafka_consumer_free(first, 1000);
    kafka_consumer_free(second, 1000);
}

enum { MEMBERS = 3 };

static void restart(struct kafka_bench *bench, struct kafka_consumer **member, const char *name,
                    int64_t partitions)
{
    kafka_consumer_free(*member, 5000);
    *member = kafka_bench_consume(bench, name, 100);
    await_partitions(*member, partitions);
}

/* Each is stopped and started again in turn, with records on their way all the time. */
static void rolling_restart_of_static_members_moves_no_partition(void **state)
{
    static const char *const names[MEMBERS] = {"worker-1", "worker-2", "worker-3"};
    struct kafka_bench *bench = *state;
    struct kafka_consumer *members[MEMBERS];
    uint64_t lost[MEMBERS];

    for (size_t i = 0; i < MEMBERS; ++i) {
        members[i] = kafka_bench_consume(bench, names[i], 100);
        await_partitions(members[i], 6 / (int64_t)(i + 1));
    }
    for (size_t i = 0; i < MEMBERS; ++i) {
        await_partitions(members[i], 6 / MEMBERS);
        lost[i] = state_of(members[i]).partitions_lost;
    }
    assert_true(lost[0] > 0);
    bench->work_ms = 1;
    for (unsigned i = 0; i < MEMBERS; ++i) {
        kafka_bench_produce(bench, KAFKA_BENCH_KEYS, i * 10, (i + 1) * 10);
        restart(bench, &members[i], names[i], 6 / MEMBERS);
        lost[i] = 0;
    }
    assert_true(kafka_bench_await(bench, KAFKA_BENCH_KEYS, MEMBERS * 10, PATIENCE_MS));
    for (size_t i = 0; i < MEMBERS; ++i) {
        assert_int_equal(state_of(members[i]).partitions_lost, lost[i]);
        kafka_consumer_free(members[i], 5000);
    }
    assert_int_equal(bench->out_of_order, 0);
}

static void member_whose_name_is_taken_says_so(void **state)
{
    struct kafka_bench *bench = *state;
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    struct kafka_consumer *first = kafka_bench_consume(bench, "worker-1", 100);
    struct kafka_consumer *second;

    await_partitions(first, 6);
    second = kafka_bench_consume(bench, "worker-1", 100);
    while (!state_of(first).failed && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(5);
    assert_true(state_of(first).failed);
    await_partitions(second, 6);
    assert_false(state_of(second).failed);
    kafka_consumer_free(first, 1000);
    kafka_consumer_free(second, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(consumers_come_and_go_without_losing_or_reordering, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(static_member_returns_to_its_partitions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rolling_restart_of_static_members_moves_no_partition,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(member_whose_name_is_taken_says_so, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
