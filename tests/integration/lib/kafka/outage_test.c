/* Needs SLIPWAY_TEST_KAFKA_RESTART: a shell command that kills the broker and starts it again with
 * its data. */
#include "lib/base/clock.h"
#include "tests/support/kafka_bench.h"

#include <pthread.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    KEYS = 16,
    RECORDS = 400,
    PATIENCE_MS = 60000,
};

static void *restart_broker(void *context)
{
    return system(context) == 0 ? NULL : context; /* NOLINT(cert-env33-c): the test's own command */
}

static void broker_killed_under_load_loses_and_reorders_nothing(void **state)
{
    static struct kafka_bench bench;
    char *command = getenv("SLIPWAY_TEST_KAFKA_RESTART");
    struct kafka_consumer *consumer;
    pthread_t restart;
    void *failed = NULL;

    (void)state;
    if (command == NULL)
        skip();
    kafka_bench_init(&bench, 4);
    consumer = kafka_bench_consume(&bench, NULL, 100);
    kafka_bench_produce(&bench, KEYS, 0, 10);
    assert_true(kafka_bench_await(&bench, KEYS, 10, PATIENCE_MS));
    assert_int_equal(pthread_create(&restart, NULL, restart_broker, command), 0);
    for (unsigned number = 10; number < RECORDS; ++number) {
        kafka_bench_send(&bench, KEYS, number);
        clock_sleep_ms(5);
    }
    assert_int_equal(pthread_join(restart, &failed), 0);
    assert_null(failed);
    kafka_bench_await_acknowledged(&bench, KEYS * RECORDS);
    assert_true(kafka_bench_await(&bench, KEYS, RECORDS, PATIENCE_MS));
    kafka_consumer_free(consumer, 5000);
    assert_int_equal(bench.out_of_order, 0);
    assert_int_equal(bench.overlapping, 0);
    kafka_bench_deinit(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broker_killed_under_load_loses_and_reorders_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
