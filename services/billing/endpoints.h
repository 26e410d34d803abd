/* The RPC methods of billing: each command to the writer or to those who first ask a payment
 * provider, each question to the readers. */
#pragma once

#include "lib/rpc/rpc_server.h"
#include "services/billing/callbacks.h"
#include "services/billing/invoicer.h"

#include <pthread.h>
#include <stdbool.h>

/* All borrowed until the endpoints are closed. */
struct endpoints_parts {
    struct writer *writer;
    struct reader *reader;
    struct invoicer *invoicer;
    struct callbacks *callbacks;
};

struct endpoints {
    struct endpoints_parts parts;
    /* Held for reading while a call is handed on, for writing while they close. */
    pthread_rwlock_t gate;
    bool closed;
};

void endpoints_init(struct endpoints *endpoints, const struct endpoints_parts *parts);
void endpoints_deinit(struct endpoints *endpoints);

/* From now on every call is refused 503 at once: a connection that the draining server still has
 * may ask once more while the writer ends. Calls handed on before are still answered. */
void endpoints_close(struct endpoints *endpoints);

/* rpc_handle_fn with a struct endpoints as context. */
void endpoints_handle_command(void *context, struct rpc_call *call, const void *item,
                              size_t length);
void endpoints_handle_query(void *context, struct rpc_call *call, const void *item, size_t length);
