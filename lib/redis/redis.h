/* A Redis client (hiredis): one connection, one thread of its own, everything pipelined.
 *
 * Thread-safe. Reconnects with backoff by itself; while Redis is down, calls fail at once with
 * FAULT_RETRY instead of waiting.
 */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct redis;
struct redisReply; /* <hiredis/hiredis.h> */

struct redis_options {
    const char *host;
    int64_t port;
    /* "" for none. Never logged. */
    const char *password;
    int64_t connect_timeout_ms;
    /* After this without an answer a call fails with FAULT_RETRY. */
    int64_t answer_timeout_ms;
    /* Calls waiting or in flight; past it FAULT_RETRY. */
    int64_t queue_limit;
};

struct redis_argument {
    const void *data;
    size_t length;
};

enum { REDIS_ARGUMENTS_MAX = 32 };

#define REDIS_TEXT(text) ((struct redis_argument){(text), strlen(text)})

/* outcome 0: `reply` is what Redis said (a Redis error comes as FAULT_HARD with its text); else a
 * fault and reply NULL. Runs on the client's thread and must not block; `reply` is borrowed for the
 * call. */
typedef void (*redis_answered_fn)(void *context, int outcome, const struct redisReply *reply,
                                  const struct error *error);

/* Needs no Redis to be up. */
MUST_CHECK int redis_new(const struct redis_options *options, struct redis **ret_redis,
                         struct error *error);
/* For good: calls still open fail before it returns, later ones at once. Accepts NULL. */
void redis_close(struct redis *redis);
/* Closes it first. Accepts NULL. */
void redis_free(struct redis *redis);

/* `arguments` (command first) are copied. 0: `answered` will be called exactly once, possibly
 * before this returns. A fault: it will not be called. */
MUST_CHECK int redis_call(struct redis *redis, const struct redis_argument *arguments, size_t count,
                          redis_answered_fn answered, void *context, struct error *error);

/* The same, waiting. *ret_reply is the caller's to freeReplyObject(). */
MUST_CHECK int redis_call_wait(struct redis *redis, const struct redis_argument *arguments,
                               size_t count, struct redisReply **ret_reply, struct error *error);

bool redis_is_up(const struct redis *redis);
