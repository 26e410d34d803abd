#include "lib/redis/call.h"

#include <assert.h>

#include <hiredis/hiredis.h>

void redis_calls_append(struct redis_calls *calls, struct redis_call *call)
{
    call->next = NULL;
    if (calls->last != NULL)
        calls->last->next = call;
    else
        calls->first = call;
    calls->last = call;
}

void redis_calls_join(struct redis_calls *calls, struct redis_calls *from)
{
    if (from->first == NULL)
        return;
    if (calls->last != NULL)
        calls->last->next = from->first;
    else
        calls->first = from->first;
    calls->last = from->last;
    *from = (struct redis_calls){0};
}

struct redis_call *redis_calls_take(struct redis_calls *calls)
{
    struct redis_call *call = calls->first;

    if (call == NULL)
        return NULL;
    calls->first = call->next;
    if (calls->first == NULL)
        calls->last = NULL;
    call->next = NULL;
    return call;
}

void redis_call_free(struct redis_call *call)
{
    if (call == NULL)
        return;
    free(call->command);
    free(call);
}

int redis_call_format(struct redis_call *call, const struct redis_argument *arguments, size_t count,
                      struct error *error)
{
    const char *texts[REDIS_ARGUMENTS_MAX];
    size_t lengths[REDIS_ARGUMENTS_MAX];
    int length;

    assert(count > 0 && count <= REDIS_ARGUMENTS_MAX);
    for (size_t i = 0; i < count; ++i) {
        texts[i] = arguments[i].data;
        lengths[i] = arguments[i].length;
    }
    length = redisFormatCommandArgv(&call->command, (int)count, texts, lengths);
    if (length < 0)
        return error_set(error, FAULT_HARD, "no memory");
    call->length = (size_t)length;
    return 0;
}

static void free_reply(struct redisReply **reply)
{
    if (*reply != NULL)
        freeReplyObject(*reply);
}

void redis_call_settle(struct redis_call *call, struct redisReply *reply, int fault,
                       const struct error *error)
{
    CLEANUP(free_reply) struct redisReply *owned = reply;
    struct error refused;
    int outcome = owned != NULL ? 0 : fault;

    if (owned != NULL && owned->type == REDIS_REPLY_ERROR) {
        outcome = error_set(&refused, FAULT_HARD, "Redis: %s", owned->str);
        error = &refused;
        free_reply(&owned);
        owned = NULL;
    }
    if (call->settled != NULL)
        call->settled(call->context, outcome, TAKE(owned), error);
    else if (call->answered != NULL)
        call->answered(call->context, outcome, owned, error);
    redis_call_free(call);
}
