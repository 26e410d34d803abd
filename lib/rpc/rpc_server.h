/* Protobuf over HTTP/1.1, the answering end: turns one POST into its items and their answers into
 * one reply, in the order asked, as soon as the last one is there. */
#pragma once

#include "lib/base/error.h"
#include "lib/http/server.h"

#include <stdint.h>

struct rpc_server;
struct rpc_call;

struct rpc_item {
    const void *data;
    size_t length;
};

/* On a server thread; must not block. Leads to exactly one rpc_call_answer(), now or later, from
 * any thread. `item` is borrowed until the call is answered. */
typedef void (*rpc_handle_fn)(void *context, struct rpc_call *call, const void *item,
                              size_t length);

struct rpc_method {
    /* "/rpc/commands" */
    const char *path;
    rpc_handle_fn handle;
    /* When set it is called instead, once a batch, with all its calls: for owners that settle many
     * at once. `calls` and `items` are borrowed for the call, the items until their calls are
     * answered. */
    void (*handle_batch)(void *context, struct rpc_call *const *calls, const struct rpc_item *items,
                         size_t count);
    void *context;
};

struct rpc_server_options {
    const char *bind_address;
    int64_t port;
    int64_t threads;
    /* Callers must send it as "Authorization: Bearer …"; "" for none. */
    const char *token;
    int64_t batch_limit;
    int64_t body_bytes_limit;
    /* Borrowed for the server's life. */
    const struct rpc_method *methods;
    size_t method_count;
};

MUST_CHECK int rpc_server_new(const struct rpc_server_options *options,
                              struct rpc_server **ret_server, struct error *error);
/* As http_server_drain(). */
size_t rpc_server_drain(struct rpc_server *server, int64_t timeout_ms);
void rpc_server_free(struct rpc_server *server);
uint16_t rpc_server_port(const struct rpc_server *server);

/* `answer` (a packed message) is copied. Exactly once; the call is gone afterwards. */
void rpc_call_answer(struct rpc_call *call, const void *answer, size_t length);
