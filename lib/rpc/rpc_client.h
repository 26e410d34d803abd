/* Protobuf over HTTP/1.1, the calling end, with coalescing: what is waiting goes out as one batch
 * as soon as a trip is free. No timer, so a lone call waits for nobody and a crowd shares the trip.
 *
 * A batch on the wire is `message { repeated Item = 1 }` (CommandBatch, QueryBatch); the answer has
 * the same shape and order. This layer sees items as bytes: a repeated message field and a repeated
 * bytes field are the same on the wire (protobuf.dev, Encoding).
 */
#pragma once

#include "lib/base/error.h"
#include "lib/http/client.h"

#include <stdint.h>

struct rpc_client;

struct rpc_client_options {
    /* Borrowed for the client's life. */
    struct http_client *http;
    /* "http://127.0.0.1:7101/rpc/commands". Copied. */
    const char *url;
    /* "Authorization: Bearer …" of the service; "" for none. */
    const char *token;
    /* Items waiting; past it FAULT_RETRY. */
    int64_t queue_limit;
    /* Items a batch, bytes a batch. */
    int64_t batch_limit, batch_bytes_limit;
    /* Trips in flight at once, ≥ 1. */
    int64_t trips;
    int64_t timeout_ms;
};

/* outcome 0: `answer` is the item's packed answer message, borrowed for the call. FAULT_RETRY:
 * surely not processed. FAULT_UNCERTAIN: perhaps processed. FAULT_HARD: the peer refused or
 * answered nonsense. Runs on the HTTP client's thread; must not block. */
typedef void (*rpc_answered_fn)(void *context, int outcome, const void *answer, size_t length,
                                const struct error *error);

MUST_CHECK int rpc_client_new(const struct rpc_client_options *options,
                              struct rpc_client **ret_client, struct error *error);
/* Calls still open must have been answered: free the http_client first. Accepts NULL. */
void rpc_client_free(struct rpc_client *client);

/* `item` (a packed message) is copied. 0: `answered` will be called exactly once. Thread-safe. */
MUST_CHECK int rpc_client_call(struct rpc_client *client, const void *item, size_t length,
                               rpc_answered_fn answered, void *context, struct error *error);
