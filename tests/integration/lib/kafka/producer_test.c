#include "lib/base/clock.h"
#include "tests/support/kafka_bench.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void count_outcome(void *context, int outcome, const struct error *error)
{
    atomic_int *counts = context;

    (void)error;
    (void)atomic_fetch_add(&counts[outcome == 0 ? 0 : 1], 1);
}

static struct kafka_producer *produce_to(const char *brokers, int64_t queue_limit)
{
    const struct kafka_producer_options options = {.brokers = brokers,
                                                   .client_id = "producer_test",
                                                   .message_timeout_ms = 60000,
                                                   .queue_limit = queue_limit};
    struct kafka_producer *producer = NULL;
    struct error error = {""};

    if (kafka_producer_new(&options, &producer, &error) != 0)
        fail_msg("%s", error.text);
    return producer;
}

static void every_message_is_acknowledged_once(void **state)
{
    static struct kafka_bench bench;

    (void)state;
    kafka_bench_init(&bench, 3);
    kafka_bench_produce(&bench, KAFKA_BENCH_KEYS, 0, 200);
    assert_int_equal(kafka_producer_backlog(bench.producer), 0);
    kafka_bench_deinit(&bench);
}

static void what_is_queued_at_the_end_is_still_sent(void **state)
{
    static struct kafka_bench bench;
    struct kafka_message message = {.key = "1", .key_length = 1, .value = "2", .value_length = 1};
    struct kafka_producer *producer = produce_to(getenv("SLIPWAY_TEST_KAFKA"), 10000);
    atomic_int counts[2] = {0};

    (void)state;
    kafka_bench_init(&bench, 1);
    message.topic = bench.topic;
    for (int i = 0; i < 1000; ++i)
        assert_int_equal(kafka_producer_send(producer, &message, count_outcome, counts, NULL), 0);
    kafka_producer_free(producer, 20000);
    assert_int_equal(atomic_load(&counts[0]), 1000);
    assert_int_equal(atomic_load(&counts[1]), 0);
    kafka_bench_deinit(&bench);
}

/* Port 9 of loopback: nobody is there. */
static void without_a_broker_the_queue_is_bounded_and_every_message_fails(void **state)
{
    const struct kafka_message message = {.topic = "t", .value = "v", .value_length = 1};
    struct kafka_producer *producer = produce_to("127.0.0.1:9", 100);
    atomic_int counts[2] = {0};
    int queued = 0;

    (void)state;
    while (kafka_producer_send(producer, &message, count_outcome, counts, NULL) == 0)
        ++queued;
    /* librdkafka takes one more. */
    assert_in_range(queued, 100, 101);
    assert_int_equal(kafka_producer_send(producer, &message, count_outcome, counts, NULL),
                     KAFKA_PRODUCER_FULL);
    assert_true(kafka_producer_backlog(producer) >= queued);
    kafka_producer_free(producer, 100);
    assert_int_equal(atomic_load(&counts[0]), 0);
    assert_int_equal(atomic_load(&counts[1]), queued);
}

static void message_too_large_is_a_hard_fault(void **state)
{
    const size_t length = 4000000;
    CLEANUP(cleanup_free) char *value = calloc(1, length);
    const struct kafka_message message = {.topic = "t", .value = value, .value_length = length};
    struct kafka_producer *producer = produce_to("127.0.0.1:9", 100);
    struct error error = {""};

    (void)state;
    assert_int_equal(kafka_producer_send(producer, &message, NULL, NULL, &error), FAULT_HARD);
    assert_true(strlen(error.text) > 0);
    kafka_producer_free(producer, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_acknowledged_once),
        cmocka_unit_test(what_is_queued_at_the_end_is_still_sent),
        cmocka_unit_test(without_a_broker_the_queue_is_bounded_and_every_message_fails),
        cmocka_unit_test(message_too_large_is_a_hard_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
