/* The notifier's RPC: what the gateway asks, answered from PostgreSQL by a few threads with a
 * connection each. Who is one too many is refused "unavailable". */
#pragma once

#include "lib/rpc/rpc_server.h"
#include "services/notifier/signature.h"

#include <stdbool.h>

struct desk;

struct desk_options {
    const char *conninfo;
    int64_t threads;
    /* Calls that wait; past it they are refused. */
    int64_t queue_limit;
    int64_t statement_timeout_ms;
    /* Endpoints of one user. */
    int64_t endpoints_limit;
    /* How long a secret signs beside the one that came after it. */
    int64_t rotation_ms;
    bool allows_loopback;
    /* Borrowed. */
    const uint8_t *secret_key;
    /* A delivery was asked for. Must not block. */
    void (*asked)(void *context);
    void *context;
};

MUST_CHECK int desk_new(const struct desk_options *options, struct desk **ret_desk,
                        struct error *error);
/* Calls that wait are answered first. Accepts NULL. */
void desk_free(struct desk *desk);
/* From now on every call is refused at once. */
void desk_close(struct desk *desk);

/* The last attempt to reach PostgreSQL went through. */
bool desk_is_up(const struct desk *desk);

/* rpc_handle_fn with a struct desk as context. */
void desk_handle(void *context, struct rpc_call *call, const void *item, size_t length);
