/* Waiting for the one answer of a call. Private to lib/redis. */
#pragma once

#include "lib/base/error.h"

#include <pthread.h>
#include <stdbool.h>

struct redisReply;

struct redis_wait {
    pthread_mutex_t mutex;
    pthread_cond_t settled;
    bool done;
    int outcome;
    struct redisReply *reply;
    struct error error;
};

void redis_wait_init(struct redis_wait *wait);
void redis_wait_deinit(struct redis_wait *wait);

/* A redis_settled_fn; `context` is the wait. */
void redis_wait_settle(void *context, int outcome, struct redisReply *reply,
                       const struct error *error);

/* The outcome; *ret_reply (may be NULL: freed) is then the caller's. */
MUST_CHECK int redis_wait_finish(struct redis_wait *wait, struct redisReply **ret_reply,
                                 struct error *error);
