/* Calls to Redis on their way, and lists of them. Private to lib/redis. */
#pragma once

#include "lib/redis/redis.h"

/* Like redis_answered_fn, but the reply becomes the callee's to free (NULL with a fault). */
typedef void (*redis_settled_fn)(void *context, int outcome, struct redisReply *reply,
                                 const struct error *error);

struct redis_call {
    struct redis_call *next;
    redis_answered_fn answered;
    /* Set instead of `answered` by who keeps the reply. */
    redis_settled_fn settled;
    void *context;
    int64_t deadline_ms;
    /* The formatted command, from malloc. */
    char *command;
    size_t length;
};

struct redis_calls {
    struct redis_call *first, *last;
};

void redis_calls_append(struct redis_calls *calls, struct redis_call *call);
/* Moves all of `from` to the end of `calls`. */
void redis_calls_join(struct redis_calls *calls, struct redis_calls *from);
/* NULL: empty. */
struct redis_call *redis_calls_take(struct redis_calls *calls);

/* Fills `command` and `length`. */
MUST_CHECK int redis_call_format(struct redis_call *call, const struct redis_argument *arguments,
                                 size_t count, struct error *error);

void redis_call_free(struct redis_call *call);

/* Answers and frees the call; takes `reply` (NULL: `fault` and `error` tell why). */
void redis_call_settle(struct redis_call *call, struct redisReply *reply, int fault,
                       const struct error *error);

/* Queues a formatted command; takes `command` (from malloc) whatever comes out. */
MUST_CHECK int redis_submit(struct redis *redis, const struct redis_call *prototype,
                            struct error *error);
