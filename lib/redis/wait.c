#include "lib/redis/wait.h"

#include "lib/redis/call.h"

#include <hiredis/hiredis.h>

void redis_wait_init(struct redis_wait *wait)
{
    *wait = (struct redis_wait){0};
    (void)pthread_mutex_init(&wait->mutex, NULL);
    (void)pthread_cond_init(&wait->settled, NULL);
}

void redis_wait_deinit(struct redis_wait *wait)
{
    if (wait->reply != NULL)
        freeReplyObject(wait->reply);
    (void)pthread_cond_destroy(&wait->settled);
    (void)pthread_mutex_destroy(&wait->mutex);
}

void redis_wait_settle(void *context, int outcome, struct redisReply *reply,
                       const struct error *error)
{
    struct redis_wait *wait = context;

    (void)pthread_mutex_lock(&wait->mutex);
    wait->outcome = outcome;
    wait->reply = reply;
    if (outcome != 0)
        wait->error = *error;
    wait->done = true;
    /* Under the mutex: the waiter's stack, and the condition with it, is gone right after. */
    (void)pthread_cond_signal(&wait->settled);
    (void)pthread_mutex_unlock(&wait->mutex);
}

int redis_wait_finish(struct redis_wait *wait, struct redisReply **ret_reply, struct error *error)
{
    (void)pthread_mutex_lock(&wait->mutex);
    while (!wait->done)
        (void)pthread_cond_wait(&wait->settled, &wait->mutex);
    (void)pthread_mutex_unlock(&wait->mutex);
    if (wait->outcome == 0 && ret_reply != NULL)
        *ret_reply = TAKE(wait->reply);
    if (wait->outcome != 0 && error != NULL)
        *error = wait->error;
    return wait->outcome;
}

int redis_call_wait(struct redis *redis, const struct redis_argument *arguments, size_t count,
                    struct redisReply **ret_reply, struct error *error)
{
    CLEANUP(redis_wait_deinit) struct redis_wait wait;
    struct redis_call call = {.settled = redis_wait_settle, .context = &wait};
    int result = redis_call_format(&call, arguments, count, error);

    redis_wait_init(&wait);
    if (result == 0)
        result = redis_submit(redis, &call, error);
    return result == 0 ? redis_wait_finish(&wait, ret_reply, error) : result;
}
