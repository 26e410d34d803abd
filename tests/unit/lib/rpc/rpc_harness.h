/* A service on loopback and a caller of it, for the tests of lib/rpc. Each call is a number; its
 * answer is that number with every bit turned, which no other call's is. */
#pragma once

#include "lib/rpc/rpc_client.h"
#include "lib/rpc/rpc_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
    CALLERS = 4,
    BATCH_LIMIT = 64,
    PATIENCE_MS = 20000,
};

struct service {
    struct rpc_server *server;
    /* Seen by handlers. */
    atomic_int batches, items, largest_batch, out_of_order;
    uint32_t last_of[CALLERS];
    /* Calls that hold_calls() keeps. */
    pthread_mutex_t mutex;
    struct rpc_call *held[BATCH_LIMIT];
    uint64_t held_numbers[BATCH_LIMIT];
    size_t held_count;
};

struct caller {
    struct http_client *http;
    struct rpc_client *client;
};

/* One call's outcome, written by the client's thread. */
struct outcome {
    uint64_t number;
    int result;
    bool is_pair;
    atomic_bool is_there;
};

/* Starts the service with one method, /rpc/test; its token is "right". */
void service_start(struct service *service, struct rpc_method *method);
void service_stop(struct service *service);

/* Handlers of the method: */
void answer_at_once(void *context, struct rpc_call *call, const void *item, size_t length);
void hold_call(void *context, struct rpc_call *call, const void *item, size_t length);
/* Numbers are caller << 32 | sequence, and there is one trip at a time. */
void answer_batch(void *context, struct rpc_call *const *calls, const struct rpc_item *items,
                  size_t count);

void wait_until_held(struct service *service, size_t count);
/* Answers what is held, from this thread, the last one first. */
void release_held(struct service *service);

void caller_start(struct caller *caller, uint16_t port, const char *token, int64_t queue_limit,
                  int64_t timeout_ms);
void caller_stop(struct caller *caller);

/* An rpc_answered_fn; `context` is a struct outcome. */
void note_outcome(void *context, int result, const void *answer, size_t length,
                  const struct error *error);
MUST_CHECK int call(struct caller *caller, struct outcome *outcome);
void assert_answered(struct outcome *outcome);
void assert_fails(struct caller *caller, int fault);
void wait_until_set(atomic_bool *flag);
