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

struct heard {
    atomic_bool subscribed;
    atomic_int expected;
};

static const uint8_t hash[32] = {0xAB, [31] = 0x01};

static void listen_to(void *context, const char *channel, const char *message, size_t length)
{
    static const char expected[] =
        "key:ab00000000000000000000000000000000000000000000000000000000000001";
    struct heard *heard = context;

    (void)channel;
    if (message == NULL)
        atomic_store(&heard->subscribed, true);
    else if (length == sizeof(expected) - 1 && memcmp(message, expected, length) == 0)
        (void)atomic_fetch_add(&heard->expected, 1);
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

static void revoked_key_is_told_to_every_gateway(void **state)
{
    const struct redis_options options = server();
    const int64_t until_ms = clock_monotonic_ms() + patience_ms;
    struct heard heard = {false, 0};
    struct redis_subscriber *subscriber = NULL;
    struct redis_subscription *subscription = NULL;
    struct redis *redis = NULL;
    struct announcer *announcer = NULL;

    (void)state;
    assert_int_equal(redis_subscriber_new(&options, &subscriber, NULL), 0);
    assert_int_equal(redis_subscribe(subscriber, "keys", listen_to, &heard, &subscription, NULL),
                     0);
    assert_int_equal(redis_new(&options, &redis, NULL), 0);
    assert_int_equal(announcer_new(&(struct announcer_options){redis, 10}, &announcer, NULL), 0);
    while (!atomic_load(&heard.subscribed) && clock_monotonic_ms() < until_ms)
        clock_sleep_ms(5);
    announcer_tell_key(announcer, hash);
    while (atomic_load(&heard.expected) == 0 && clock_monotonic_ms() < until_ms)
        clock_sleep_ms(5);
    announcer_free(announcer);
    redis_free(redis);
    redis_unsubscribe(subscription);
    redis_subscriber_free(subscriber);
    assert_int_equal(atomic_load(&heard.expected), 1);
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
        cmocka_unit_test(revoked_key_is_told_to_every_gateway),
        cmocka_unit_test(absent_redis_does_not_keep_it_from_ending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
