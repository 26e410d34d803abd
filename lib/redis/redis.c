#include "lib/redis/redis.h"

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/redis/call.h"
#include "lib/redis/link.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

/* How soon a lost connection is tried again. */
static const struct backoff reconnect_backoff = {.first_ms = 20, .longest_ms = 1000};

struct redis {
    struct redis_address address;
    int64_t queue_limit;
    pthread_t thread;
    int wakeup;
    atomic_bool stop;
    /* Waiting or in flight. */
    atomic_int_fast64_t open;

    pthread_mutex_t mutex;
    /* Written under the mutex by the thread, so that no call slips in behind its back. */
    atomic_bool up;
    struct redis_calls waiting;

    /* The thread's own. */
    struct redis_link link;
    struct redis_calls sent;
    bool told_down;
};

static void settle(struct redis *redis, struct redis_call *call, struct redisReply *reply,
                   int fault, const struct error *error)
{
    (void)atomic_fetch_sub(&redis->open, 1);
    redis_call_settle(call, reply, fault, error);
}

static void set_up(struct redis *redis, bool up)
{
    (void)pthread_mutex_lock(&redis->mutex);
    atomic_store(&redis->up, up);
    (void)pthread_mutex_unlock(&redis->mutex);
}

static void take_waiting(struct redis *redis, struct redis_calls *ret_calls)
{
    (void)pthread_mutex_lock(&redis->mutex);
    redis_calls_join(ret_calls, &redis->waiting);
    (void)pthread_mutex_unlock(&redis->mutex);
}

static void fail_open_calls(struct redis *redis, const struct error *error)
{
    struct redis_call *call;

    take_waiting(redis, &redis->sent);
    while ((call = redis_calls_take(&redis->sent)) != NULL)
        settle(redis, call, NULL, FAULT_RETRY, error);
}

static void queue_output(struct redis *redis)
{
    struct redis_calls fresh = {0};

    take_waiting(redis, &fresh);
    for (struct redis_call *call = fresh.first; call != NULL; call = call->next) {
        buffer_append(&redis->link.output, call->command, call->length);
        free(TAKE(call->command));
    }
    redis_calls_join(&redis->sent, &fresh);
}

static int answer_calls(struct redis *redis, struct error *error)
{
    for (;;) {
        struct redisReply *reply = NULL;
        int result = redis_link_next_reply(&redis->link, &reply, error);

        if (result != 0 || reply == NULL)
            return result;
        if (redis->sent.first == NULL) {
            freeReplyObject(reply);
            return error_set(error, FAULT_RETRY, "Redis answered what nobody asked");
        }
        settle(redis, redis_calls_take(&redis->sent), reply, 0, NULL);
    }
}

/* Every call has the same patience, so the oldest is the first to lose it. */
static int64_t patience_ms(const struct redis *redis)
{
    const int64_t left_ms =
        redis->sent.first != NULL ? redis->sent.first->deadline_ms - clock_monotonic_ms() : -1;

    return redis->sent.first != NULL && left_ms < 0 ? 0 : left_ms;
}

/* A late answer would be taken for the next call's: the connection is given up with it. */
static int check_patience(const struct redis *redis, struct error *error)
{
    if (redis->sent.first == NULL || redis->sent.first->deadline_ms > clock_monotonic_ms())
        return 0;
    return error_set(error, FAULT_RETRY, "Redis did not answer in time");
}

static int serve(struct redis *redis, struct error *error)
{
    int result = 0;

    while (result == 0 && !atomic_load(&redis->stop)) {
        queue_output(redis);
        result = redis_link_exchange(&redis->link, redis->wakeup, patience_ms(redis), error);
        if (result == 0)
            result = answer_calls(redis, error);
        if (result == 0)
            result = check_patience(redis, error);
    }
    return result;
}

static void tell_down(struct redis *redis, const struct error *error)
{
    if (!redis->told_down)
        log_event(LOG_WARNING, NULL, "Redis is down", LOG_TEXT("error", error->text));
    redis->told_down = true;
}

static void tell_up(struct redis *redis)
{
    if (redis->told_down)
        log_event(LOG_INFO, NULL, "Redis is back");
    redis->told_down = false;
}

static void serve_connection(struct redis *redis)
{
    struct error error = {"the Redis client was closed"};

    tell_up(redis);
    set_up(redis, true);
    if (serve(redis, &error) != 0)
        tell_down(redis, &error);
    set_up(redis, false);
    fail_open_calls(redis, &error);
    redis_link_close(&redis->link);
}

static void *run(void *context)
{
    struct redis *redis = context;
    struct backoff backoff = reconnect_backoff;
    struct error error;

    while (!atomic_load(&redis->stop)) {
        if (redis_link_open(&redis->link, &redis->address, &error) == 0) {
            serve_connection(redis);
            backoff_reset(&backoff);
        } else {
            tell_down(redis, &error);
        }
        if (!atomic_load(&redis->stop))
            redis_wakeup_wait(redis->wakeup, backoff_next_ms(&backoff));
    }
    return NULL;
}

static void free_parts(struct redis *redis)
{
    if (redis->wakeup >= 0)
        (void)close(redis->wakeup);
    (void)pthread_mutex_destroy(&redis->mutex);
    redis_address_deinit(&redis->address);
    free(redis);
}

static int start(struct redis *redis, const struct redis_options *options, struct error *error)
{
    int result = redis_address_init(&redis->address, options, error);

    if (result != 0)
        return result;
    redis->queue_limit = options->queue_limit;
    redis->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (redis->wakeup < 0 || pthread_create(&redis->thread, NULL, run, redis) != 0)
        return error_set(error, FAULT_HARD, "cannot start the Redis client's thread");
    return 0;
}

int redis_new(const struct redis_options *options, struct redis **ret_redis, struct error *error)
{
    struct redis *redis = calloc(1, sizeof(*redis));
    int result;

    if (redis == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    redis->wakeup = -1;
    (void)pthread_mutex_init(&redis->mutex, NULL);
    result = start(redis, options, error);
    if (result == 0)
        *ret_redis = redis;
    else
        free_parts(redis);
    return result;
}

void redis_close(struct redis *redis)
{
    if (redis == NULL || atomic_exchange(&redis->stop, true))
        return;
    redis_wakeup_send(redis->wakeup);
    (void)pthread_join(redis->thread, NULL);
}

void redis_free(struct redis *redis)
{
    if (redis == NULL)
        return;
    redis_close(redis);
    assert(atomic_load(&redis->open) == 0);
    free_parts(redis);
}

/* True when the call now belongs to the thread. */
static bool hand_over(struct redis *redis, struct redis_call *call)
{
    bool up, first;

    (void)pthread_mutex_lock(&redis->mutex);
    up = atomic_load(&redis->up);
    first = redis->waiting.first == NULL;
    if (up)
        redis_calls_append(&redis->waiting, call);
    (void)pthread_mutex_unlock(&redis->mutex);
    if (up && first)
        redis_wakeup_send(redis->wakeup);
    return up;
}

static int refuse(struct redis *redis, struct redis_call *call, struct error *error,
                  const char *why)
{
    (void)atomic_fetch_sub(&redis->open, 1);
    redis_call_free(call);
    return error_set(error, FAULT_RETRY, "%s", why);
}

int redis_submit(struct redis *redis, const struct redis_call *prototype, struct error *error)
{
    struct redis_call *call = malloc(sizeof(*call));

    if (call == NULL) {
        free(prototype->command);
        return error_set(error, FAULT_HARD, "no memory");
    }
    *call = *prototype;
    call->deadline_ms = clock_monotonic_ms() + redis->address.answer_timeout_ms;
    if (atomic_fetch_add(&redis->open, 1) >= redis->queue_limit)
        return refuse(redis, call, error, "too many calls to Redis are open");
    if (!hand_over(redis, call))
        return refuse(redis, call, error, "Redis is down");
    return 0;
}

int redis_call(struct redis *redis, const struct redis_argument *arguments, size_t count,
               redis_answered_fn answered, void *context, struct error *error)
{
    struct redis_call call = {.answered = answered, .context = context};
    int result;

    if (!redis_is_up(redis))
        return error_set(error, FAULT_RETRY, "Redis is down");
    result = redis_call_format(&call, arguments, count, error);
    return result == 0 ? redis_submit(redis, &call, error) : result;
}

bool redis_is_up(const struct redis *redis)
{
    return atomic_load(&redis->up);
}
