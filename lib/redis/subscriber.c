#include "lib/redis/subscriber.h"

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/redis/link.h"
#include "lib/redis/subscriptions.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

static const struct backoff reconnect_backoff = {.first_ms = 20, .longest_ms = 1000};

static const char ping[] = "*1\r\n$4\r\nPING\r\n";

struct redis_subscriber {
    struct redis_address address;
    pthread_t thread;
    int wakeup;
    atomic_bool stop, up;
    struct subscriptions *subscriptions;

    /* The thread's own. */
    struct redis_link link;
    int64_t heard_at_ms;
    bool pinged, told_down;
};

static int hear_replies(struct redis_subscriber *subscriber, struct error *error)
{
    for (;;) {
        struct redisReply *reply = NULL;
        int result = redis_link_next_reply(&subscriber->link, &reply, error);

        if (result != 0 || reply == NULL)
            return result;
        subscriber->heard_at_ms = clock_monotonic_ms();
        subscriber->pinged = false;
        subscriptions_hear(subscriber->subscriptions, reply);
        freeReplyObject(reply);
    }
}

/* A quiet connection may be a dead one: after a while without a word Redis is asked for one. */
static int check_silence(struct redis_subscriber *subscriber, struct error *error)
{
    const int64_t silent_ms = clock_monotonic_ms() - subscriber->heard_at_ms;

    if (silent_ms < subscriber->address.answer_timeout_ms)
        return 0;
    if (subscriber->pinged)
        return error_set(error, FAULT_RETRY, "Redis did not answer in time");
    subscriber->pinged = true;
    subscriber->heard_at_ms = clock_monotonic_ms();
    buffer_append_text(&subscriber->link.output, ping);
    return 0;
}

static int serve(struct redis_subscriber *subscriber, struct error *error)
{
    int result = 0;

    while (result == 0 && !atomic_load(&subscriber->stop)) {
        subscriptions_take_commands(subscriber->subscriptions, &subscriber->link.output);
        result = redis_link_exchange(&subscriber->link, subscriber->wakeup,
                                     subscriber->address.answer_timeout_ms, error);
        if (result == 0)
            result = hear_replies(subscriber, error);
        if (result == 0)
            result = check_silence(subscriber, error);
    }
    return result;
}

static void tell_down(struct redis_subscriber *subscriber, const struct error *error)
{
    if (!subscriber->told_down)
        log_event(LOG_WARNING, NULL, "Redis subscriptions are down",
                  LOG_TEXT("error", error->text));
    subscriber->told_down = true;
}

static void serve_connection(struct redis_subscriber *subscriber)
{
    struct error error = {""};

    subscriber->told_down = subscriber->pinged = false;
    subscriber->heard_at_ms = clock_monotonic_ms();
    subscriptions_connected(subscriber->subscriptions);
    atomic_store(&subscriber->up, true);
    if (serve(subscriber, &error) != 0)
        tell_down(subscriber, &error);
    atomic_store(&subscriber->up, false);
    subscriptions_disconnected(subscriber->subscriptions);
    redis_link_close(&subscriber->link);
}

static void *run(void *context)
{
    struct redis_subscriber *subscriber = context;
    struct backoff backoff = reconnect_backoff;
    struct error error;

    while (!atomic_load(&subscriber->stop)) {
        if (redis_link_open(&subscriber->link, &subscriber->address, &error) == 0) {
            serve_connection(subscriber);
            backoff_reset(&backoff);
        } else {
            tell_down(subscriber, &error);
        }
        if (!atomic_load(&subscriber->stop))
            redis_wakeup_wait(subscriber->wakeup, backoff_next_ms(&backoff));
    }
    return NULL;
}

static void free_parts(struct redis_subscriber *subscriber)
{
    subscriptions_free(subscriber->subscriptions);
    if (subscriber->wakeup >= 0)
        (void)close(subscriber->wakeup);
    redis_address_deinit(&subscriber->address);
    free(subscriber);
}

static int start(struct redis_subscriber *subscriber, const struct redis_options *options,
                 struct error *error)
{
    int result = redis_address_init(&subscriber->address, options, error);

    if (result != 0)
        return result;
    subscriber->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    subscriber->subscriptions = subscriptions_new(subscriber->wakeup);
    if (subscriber->wakeup < 0 || subscriber->subscriptions == NULL ||
        pthread_create(&subscriber->thread, NULL, run, subscriber) != 0)
        return error_set(error, FAULT_HARD, "cannot start the Redis subscriber's thread");
    return 0;
}

int redis_subscriber_new(const struct redis_options *options,
                         struct redis_subscriber **ret_subscriber, struct error *error)
{
    struct redis_subscriber *subscriber = calloc(1, sizeof(*subscriber));
    int result;

    if (subscriber == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    subscriber->wakeup = -1;
    result = start(subscriber, options, error);
    if (result == 0)
        *ret_subscriber = subscriber;
    else
        free_parts(subscriber);
    return result;
}

void redis_subscriber_free(struct redis_subscriber *subscriber)
{
    if (subscriber == NULL)
        return;
    atomic_store(&subscriber->stop, true);
    redis_wakeup_send(subscriber->wakeup);
    (void)pthread_join(subscriber->thread, NULL);
    free_parts(subscriber);
}

int redis_subscribe(struct redis_subscriber *subscriber, const char *channel,
                    redis_message_fn message, void *context,
                    struct redis_subscription **ret_subscription, struct error *error)
{
    return subscriptions_add(subscriber->subscriptions, channel, message, context, ret_subscription,
                             error);
}

bool redis_subscriber_is_up(const struct redis_subscriber *subscriber)
{
    return atomic_load(&subscriber->up);
}
