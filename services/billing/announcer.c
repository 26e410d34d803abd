#include "services/billing/announcer.h"

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "lib/base/log.h"
#include "lib/base/queue.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const int64_t retry_first_ms = 50;
static const int64_t retry_longest_ms = 2000;

enum { HASH_SIZE = 32 };

struct announcer {
    struct redis *redis;
    struct queue *queue;
    pthread_t thread;
};

struct announcement {
    /* "key:" and the hash in hex, or "user:" and the id. */
    char message[4 + 2 * HASH_SIZE + 1];
};

static int publish(struct announcer *announcer, const char *message, struct error *error)
{
    const struct redis_argument arguments[] = {REDIS_TEXT("PUBLISH"), REDIS_TEXT("keys"),
                                               REDIS_TEXT(message)};
    struct redisReply *reply = NULL;
    int result =
        redis_call_wait(announcer->redis, arguments, ARRAY_LENGTH(arguments), &reply, error);

    if (result == 0)
        freeReplyObject(reply);
    return result;
}

static void announce(struct announcer *announcer, const struct announcement *announcement)
{
    struct backoff backoff = {retry_first_ms, retry_longest_ms, 0};
    struct error error = {0};

    while (publish(announcer, announcement->message, &error) != 0) {
        log_event(LOG_WARNING, NULL, "gateways were not told of a changed key yet",
                  LOG_TEXT("error", error.text));
        if (queue_is_closed(announcer->queue))
            break;
        clock_sleep_ms(backoff_next_ms(&backoff));
    }
}

/* At its start a process has no connection yet, which is not worth a warning. */
static void await_redis(struct announcer *announcer)
{
    struct backoff backoff = {retry_first_ms, retry_longest_ms, 0};

    while (!redis_is_up(announcer->redis) && !queue_is_closed(announcer->queue))
        clock_sleep_ms(backoff_next_ms(&backoff));
}

static void *run(void *context)
{
    static const struct announcement everybody = {"user:0"};
    struct announcer *announcer = context;
    void *item;

    await_redis(announcer);
    announce(announcer, &everybody);
    while (queue_take(announcer->queue, &item, 1, -1) == 1) {
        announce(announcer, item);
        free(item);
    }
    return NULL;
}

int announcer_new(const struct announcer_options *options, struct announcer **ret_announcer,
                  struct error *error)
{
    struct announcer *announcer = calloc(1, sizeof(*announcer));

    if (announcer != NULL)
        announcer->queue = queue_new((size_t)options->queue_limit);
    if (announcer == NULL || announcer->queue == NULL) {
        free(announcer);
        return error_set(error, FAULT_HARD, "no memory for the announcer");
    }
    announcer->redis = options->redis;
    if (pthread_create(&announcer->thread, NULL, run, announcer) != 0) {
        queue_free(announcer->queue);
        free(announcer);
        return error_set(error, FAULT_HARD, "the announcer's thread can't be started");
    }
    *ret_announcer = announcer;
    return 0;
}

void announcer_free(struct announcer *announcer)
{
    if (announcer == NULL)
        return;
    queue_close(announcer->queue);
    (void)pthread_join(announcer->thread, NULL);
    queue_free(announcer->queue);
    free(announcer);
}

static void put(struct announcer *announcer, const struct announcement *announcement)
{
    CLEANUP(cleanup_free) struct announcement *waiting = malloc(sizeof(*waiting));

    if (waiting != NULL) {
        *waiting = *announcement;
        if (queue_put(announcer->queue, waiting) == 0) {
            (void)TAKE(waiting);
            return;
        }
    }
    log_event(LOG_ERROR, NULL, "gateways are not told of a changed key: too many wait");
}

void announcer_tell_key(void *context, const uint8_t key_hash[32])
{
    struct announcement announcement = {"key:"};

    hex_encode(key_hash, HASH_SIZE, announcement.message + 4);
    put(context, &announcement);
}

void announcer_tell_user(void *context, int64_t user_id)
{
    struct announcement announcement;

    (void)snprintf(announcement.message, sizeof(announcement.message), "user:%" PRId64, user_id);
    put(context, &announcement);
}
