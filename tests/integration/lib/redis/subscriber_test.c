#include "lib/redis/subscriber.h"

#include "lib/base/clock.h"
#include "tests/support/redis_process.h"

#include <stdatomic.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fixture {
    struct redis_process process;
    struct redis *redis;
    struct redis_subscriber *subscriber;
};

struct listener {
    atomic_int resets, messages;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct redis_options options;

    if (fixture == NULL)
        return -1;
    redis_process_init(&fixture->process);
    options = redis_process_options(&fixture->process);
    *state = fixture;
    if (redis_new(&options, &fixture->redis, NULL) != 0 ||
        redis_subscriber_new(&options, &fixture->subscriber, NULL) != 0)
        return -1;
    return redis_process_await(fixture->redis, true) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    redis_subscriber_free(fixture->subscriber);
    redis_free(fixture->redis);
    redis_process_deinit(&fixture->process);
    free(fixture);
    return 0;
}

static void hear(void *context, const char *channel, const char *message, size_t length)
{
    struct listener *listener = context;

    assert_non_null(channel);
    if (message == NULL)
        (void)atomic_fetch_add(&listener->resets, 1);
    else if (length == strlen("news") && memcmp(message, "news", length) == 0)
        (void)atomic_fetch_add(&listener->messages, 1);
}

static void await_count(atomic_int *count, int wanted)
{
    const int64_t deadline_ms = clock_monotonic_ms() + 10000;

    while (atomic_load(count) < wanted && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(1);
    assert_int_equal(atomic_load(count), wanted);
}

static struct redis_subscription *listen_to(struct fixture *fixture, const char *channel,
                                            struct listener *listener)
{
    struct redis_subscription *subscription = NULL;

    assert_int_equal(
        redis_subscribe(fixture->subscriber, channel, hear, listener, &subscription, NULL), 0);
    return subscription;
}

/* How many connections have heard it. */
static int64_t publish(struct fixture *fixture, const char *channel)
{
    const struct redis_argument arguments[] = {REDIS_TEXT("PUBLISH"), REDIS_TEXT(channel),
                                               REDIS_TEXT("news")};
    struct redisReply *reply = NULL;
    int64_t heard;

    assert_int_equal(redis_call_wait(fixture->redis, arguments, 3, &reply, NULL), 0);
    heard = reply->integer;
    freeReplyObject(reply);
    return heard;
}

static void every_listener_is_reset_first_and_hears_each_message_once(void **state)
{
    struct fixture *fixture = *state;
    struct listener first = {0}, second = {0}, other = {0};
    struct redis_subscription *one = listen_to(fixture, "a", &first);
    struct redis_subscription *three = listen_to(fixture, "b", &other);
    struct redis_subscription *two;

    await_count(&first.resets, 1);
    two = listen_to(fixture, "a", &second);
    await_count(&second.resets, 1);
    assert_int_equal(publish(fixture, "a"), 1);
    assert_int_equal(publish(fixture, "a"), 1);
    await_count(&first.messages, 2);
    await_count(&second.messages, 2);
    assert_int_equal(atomic_load(&first.resets), 1);
    assert_int_equal(atomic_load(&other.messages), 0);
    redis_unsubscribe(one);
    redis_unsubscribe(two);
    redis_unsubscribe(three);
}

static void last_listener_takes_the_channel_with_it(void **state)
{
    struct fixture *fixture = *state;
    const int64_t deadline_ms = clock_monotonic_ms() + 5000;
    struct listener first = {0}, second = {0};
    struct redis_subscription *one = listen_to(fixture, "a", &first);
    struct redis_subscription *two = listen_to(fixture, "a", &second);

    await_count(&second.resets, 1);
    redis_unsubscribe(one);
    assert_int_equal(publish(fixture, "a"), 1);
    await_count(&second.messages, 1);
    assert_int_equal(atomic_load(&first.messages), 0);
    redis_unsubscribe(two);
    while (publish(fixture, "a") != 0 && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(1);
    assert_int_equal(publish(fixture, "a"), 0);
    assert_int_equal(atomic_load(&second.messages), 1);
}

static void lost_connection_resets_every_listener(void **state)
{
    struct fixture *fixture = *state;
    struct listener first = {0}, second = {0};
    struct redis_subscription *one = listen_to(fixture, "a", &first);
    struct redis_subscription *two = listen_to(fixture, "b", &second);
    struct redis_subscription *three;
    struct listener late = {0};

    await_count(&first.resets, 1);
    await_count(&second.resets, 1);
    redis_process_kill(&fixture->process);
    three = listen_to(fixture, "c", &late);
    redis_process_start(&fixture->process);
    await_count(&first.resets, 2);
    await_count(&second.resets, 2);
    await_count(&late.resets, 1);
    assert_true(redis_process_await(fixture->redis, true));
    assert_int_equal(publish(fixture, "b"), 1);
    await_count(&second.messages, 1);
    redis_unsubscribe(one);
    redis_unsubscribe(two);
    redis_unsubscribe(three);
}

static void nothing_is_heard_after_unsubscribe_under_load(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 200; ++round) {
        struct listener listener = {0};
        struct redis_subscription *subscription = listen_to(fixture, "busy", &listener);

        (void)publish(fixture, "busy");
        redis_unsubscribe(subscription);
        memset(&listener, 0xff, sizeof(listener));
        (void)publish(fixture, "busy");
        assert_int_equal(atomic_load(&listener.messages), -1);
        assert_int_equal(atomic_load(&listener.resets), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_listener_is_reset_first_and_hears_each_message_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(last_listener_takes_the_channel_with_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lost_connection_resets_every_listener, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_heard_after_unsubscribe_under_load, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
