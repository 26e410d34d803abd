/* The RPC methods of billing: each command to the writer, each question to the readers. */
#pragma once

#include "lib/rpc/rpc_server.h"
#include "services/billing/reader.h"
#include "services/billing/writer.h"

#include <pthread.h>
#include <stdbool.h>

struct endpoints {
    /* All borrowed until the endpoints are closed. */
    struct writer *writer;
    struct reader *reader;
    /* Held for reading while a call is handed on, for writing while they close. */
    pthread_rwlock_t gate;
    bool closed;
};

void endpoints_init(struct endpoints *endpoints, struct writer *writer, struct reader *reader);
void endpoints_deinit(struct endpoints *endpoints);

/* From now on every call is refused 503 at once: a connection that the draining server still has
 * may ask once more while the writer ends. Calls handed on before are still answered. */
void endpoints_close(struct endpoints *endpoints);

/* rpc_handle_fn with a struct endpoints as context. */
void endpoints_handle_command(void *context, struct rpc_call *call, const void *item,
                              size_t length);
void endpoints_handle_query(void *context, struct rpc_call *call, const void *item, size_t length);
