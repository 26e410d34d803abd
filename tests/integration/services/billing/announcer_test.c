/* The announcer and a real Redis. */
#include "lib/base/clock.h"
#include "lib/redis/subscriber.h"
#include "services/billing/announcer.h"

#include <stdatomic.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t patience_ms = 10000;

enum message { EVERYBODY, ONE_KEY, ONE_USER, MESSAGES };

struct heard {
    atomic_bool subscribed;
    atomic_int times[MESSAGES];
};

static const uint8_t hash[32] = {0xAB, [31] = 0x01};

static void listen_to(void *context, const char *channel, const char *message, size_t length)
{
    static const char *const expected[MESSAGES] = {
        [EVERYBODY] = "user:0",
        [ONE_KEY] = "key:ab00000000000000000000000000000000000000000000000000000000000001",
        [ONE_USER] = "user:42",
    };
    struct heard *heard = context;

    (void)channel;
    if (message == NULL)
        atomic_store(&heard->subscribed, true);
    for (int i = 0; message != NULL && i < MESSAGES; ++i)
        if (length == strlen(expected[i]) && memcmp(message, expected[i], length) == 0)
            (void)atomic_fetch_add(&heard->times[i], 1);
}

static void await(atomic_int *times)
{
    const int64_t until_ms = clock_monotonic_ms() + patience_ms;

    while (atomic_load(times) == 0 && clock_monotonic_ms() < until_ms)
        clock_sleep_ms(5);
}

static struct redis_options server(void)
{
    const char *port = getenv("SLIPWAY_TEST_REDIS_PORT");
    const char *password = getenv("SLIPWAY_TEST_REDIS_PASSWORD");

    if (port == NULL)
        fail_msg("SLIPWAY_TEST_REDIS_PORT is not set");
    return (struct redis_options){.host = getenv("SLIPWAY_TEST_REDIS_HOST"),
                                  .port = port == NULL ? 0 : strtol(port, NULL, 10),
                                  .password = password == NULL ? "" : password,
                                  .connect_timeout_ms = 1000,
                                  .answer_timeout_ms = 1000,
                                  .queue_limit = 100};
}

/* First of all that nothing is known of what was committed before. */
static void changes_are_told_to_every_gateway(void **state)
{
    const struct redis_options options = server();
    const int64_t until_ms = clock_monotonic_ms() + patience_ms;
    struct heard heard = {.subscribed = false};
    struct redis_subscriber *subscriber = NULL;
    struct redis_subscription *subscription = NULL;
    struct redis *redis = NULL;
    struct announcer *announcer = NULL;

    (void)state;
    assert_int_equal(redis_subscriber_new(&options, &subscriber, NULL), 0);
    assert_int_equal(redis_subscribe(subscriber, "keys", listen_to, &heard, &subscription, NULL),
                     0);
    while (!atomic_load(&heard.subscribed) && clock_monotonic_ms() < until_ms)
        clock_sleep_ms(5);
    assert_int_equal(redis_new(&options, &redis, NULL), 0);
    assert_int_equal(announcer_new(&(struct announcer_options){redis, 10}, &announcer, NULL), 0);
    await(&heard.times[EVERYBODY]);
    announcer_tell_key(announcer, hash);
    announcer_tell_user(announcer, 42);
    await(&heard.times[ONE_USER]);
    announcer_free(announcer);
    redis_free(redis);
    redis_unsubscribe(subscription);
    redis_subscriber_free(subscriber);
    for (int i = 0; i < MESSAGES; ++i)
        assert_int_equal(atomic_load(&heard.times[i]), 1);
}

/* Nothing listens on that port: the announcer tries on, and still ends when it is told to. */
static void absent_redis_does_not_keep_it_from_ending(void **state)
{
    const struct redis_options options = {.host = "127.0.0.1",
                                          .port = 1,
                                          .password = "",
                                          .connect_timeout_ms = 100,
                                          .answer_timeout_ms = 100,
                                          .queue_limit = 10};
    const int64_t began_ms = clock_monotonic_ms();
    struct redis *redis = NULL;
    struct announcer *announcer = NULL;

    (void)state;
    assert_int_equal(redis_new(&options, &redis, NULL), 0);
    assert_int_equal(announcer_new(&(struct announcer_options){redis, 10}, &announcer, NULL), 0);
    announcer_tell_key(announcer, hash);
    clock_sleep_ms(300);
    announcer_free(announcer);
    redis_free(redis);
    assert_true(clock_monotonic_ms() - began_ms < 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_told_to_every_gateway),
        cmocka_unit_test(absent_redis_does_not_keep_it_from_ending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
