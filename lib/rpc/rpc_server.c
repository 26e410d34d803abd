#include "lib/rpc/rpc_server.h"

#include "lib/rpc/envelope.h"

#include <assert.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Callers are our own services behind a token: bounds against accidents, not against crowds. */
enum {
    CONNECTIONS_LIMIT = 1024,
    HEADER_BYTES_LIMIT = 16 * 1024,
    URI_BYTES_LIMIT = 1024,
    HEADER_TIMEOUT_MS = 10 * 1000,
    BODY_TIMEOUT_MS = 30 * 1000,
    IDLE_TIMEOUT_MS = 5 * 60 * 1000,
};

struct rpc_server {
    struct http_server *http;
    /* What the Authorization header must be; "" for none. */
    char *authorization;
    size_t batch_limit;
    const struct rpc_method *methods;
    size_t method_count;
};

struct batch;

struct rpc_call {
    struct batch *batch;
    void *answer;
    size_t length;
};

/* One exchange. Lives until the last call is answered and the handler has returned. */
struct batch {
    struct http_exchange *exchange;
    atomic_size_t open;
    /* An answer got lost for want of memory. */
    atomic_bool broken;
    size_t count;
    struct rpc_call **pointers;
    struct rpc_item *items;
    struct rpc_call calls[];
};

static void refuse(struct http_exchange *exchange, enum problem_code code, const char *detail)
{
    struct problem problem = {.code = PROBLEM_NONE};

    (void)problem_set(&problem, code, "%s", detail);
    http_exchange_reply_problem(exchange, &problem);
    problem_deinit(&problem);
}

static const struct rpc_method *find_method(const struct rpc_server *server,
                                            const struct http_exchange *exchange)
{
    const char *path = http_exchange_path(exchange);

    for (size_t i = 0; i < server->method_count; ++i) {
        if (strcmp(server->methods[i].path, path) == 0)
            return &server->methods[i];
    }
    return NULL;
}

static bool is_authorized(const struct rpc_server *server, const struct http_exchange *exchange)
{
    const char *sent = http_exchange_header(exchange, "Authorization");
    const size_t length = strlen(server->authorization);

    if (length == 0)
        return true;
    return sent != NULL && strlen(sent) == length &&
           sodium_memcmp(sent, server->authorization, length) == 0;
}

static void begin(void *context, struct http_exchange *exchange)
{
    const struct rpc_server *server = context;

    if (!is_authorized(server, exchange)) {
        refuse(exchange, PROBLEM_UNAUTHORIZED, "The token is missing or wrong.");
    } else if (find_method(server, exchange) == NULL) {
        refuse(exchange, PROBLEM_NOT_FOUND, "There is no such method.");
    } else if (strcmp(http_exchange_method(exchange), "POST") != 0) {
        http_exchange_set_header(exchange, "Allow", "POST");
        refuse(exchange, PROBLEM_METHOD_NOT_ALLOWED, "Methods are called by POST.");
    } else {
        http_exchange_proceed(exchange);
    }
}

static void batch_free(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; ++i)
        free(batch->calls[i].answer);
    free(batch->pointers);
    free(batch->items);
    free(batch);
}

static struct batch *batch_new(struct http_exchange *exchange, struct envelope envelope,
                               size_t count)
{
    struct batch *batch = calloc(1, sizeof(*batch) + count * sizeof(batch->calls[0]));
    struct envelope_item item;

    if (batch == NULL)
        return NULL;
    batch->exchange = exchange;
    batch->count = count;
    batch->pointers = calloc(count, sizeof(void *));
    batch->items = calloc(count, sizeof(*batch->items));
    if (batch->pointers == NULL || batch->items == NULL) {
        batch_free(batch);
        return NULL;
    }
    for (size_t i = 0; i < count && envelope_next(&envelope, &item) == 0; ++i) {
        batch->items[i] = (struct rpc_item){item.data, item.length};
        batch->calls[i].batch = batch;
        batch->pointers[i] = &batch->calls[i];
    }
    /* One more than there are calls: the handler's own hold on the arrays. */
    atomic_init(&batch->open, count + 1);
    return batch;
}

static void batch_reply(struct batch *batch)
{
    struct buffer body = {.limit = SIZE_MAX / 4};

    for (size_t i = 0; i < batch->count; ++i)
        envelope_append(&body, batch->calls[i].answer, batch->calls[i].length);
    if (atomic_load(&batch->broken) || body.overflown)
        refuse(batch->exchange, PROBLEM_INTERNAL, "An answer was lost.");
    else
        http_exchange_reply(batch->exchange, 200, "application/x-protobuf", &body);
    buffer_deinit(&body);
}

static void batch_release(struct batch *batch)
{
    if (atomic_fetch_sub(&batch->open, 1) > 1)
        return;
    batch_reply(batch);
    batch_free(batch);
}

static void dispatch(const struct rpc_method *method, struct batch *batch)
{
    if (method->handle_batch != NULL) {
        method->handle_batch(method->context, batch->pointers, batch->items, batch->count);
        return;
    }
    for (size_t i = 0; i < batch->count; ++i)
        method->handle(method->context, batch->pointers[i], batch->items[i].data,
                       batch->items[i].length);
}

static void handle(void *context, struct http_exchange *exchange)
{
    const struct rpc_server *server = context;
    const struct rpc_method *method = find_method(server, exchange);
    size_t length = 0, count = 0;
    const char *body = http_exchange_body(exchange, &length);
    const struct envelope envelope = {(const unsigned char *)body, length};
    struct batch *batch;

    if (envelope_count(envelope, &count) != 0) {
        refuse(exchange, PROBLEM_INVALID_REQUEST, "The body is not a batch.");
        return;
    }
    if (count > server->batch_limit) {
        refuse(exchange, PROBLEM_BODY_TOO_LARGE, "The batch has too many items.");
        return;
    }
    batch = batch_new(exchange, envelope, count);
    if (batch == NULL) {
        refuse(exchange, PROBLEM_UNAVAILABLE, "No memory for the batch.");
        return;
    }
    if (count > 0)
        dispatch(method, batch);
    batch_release(batch);
}

void rpc_call_answer(struct rpc_call *call, const void *answer, size_t length)
{
    struct batch *batch = call->batch;

    assert(call->answer == NULL);
    call->answer = malloc(length > 0 ? length : 1);
    if (call->answer == NULL) {
        atomic_store(&batch->broken, true);
    } else if (length > 0) {
        memcpy(call->answer, answer, length);
        call->length = length;
    }
    batch_release(batch);
}

static int start(struct rpc_server *server, const struct rpc_server_options *options,
                 struct error *error)
{
    const struct http_server_options http_options = {
        .bind_address = options->bind_address,
        .port = options->port,
        .threads = options->threads,
        .connections_limit = CONNECTIONS_LIMIT,
        .connections_per_address_limit = CONNECTIONS_LIMIT,
        .header_bytes_limit = HEADER_BYTES_LIMIT,
        .uri_bytes_limit = URI_BYTES_LIMIT,
        .body_bytes_limit = options->body_bytes_limit,
        .header_timeout_ms = HEADER_TIMEOUT_MS,
        .body_timeout_ms = BODY_TIMEOUT_MS,
        .idle_timeout_ms = IDLE_TIMEOUT_MS,
        .begin = begin,
        .handle = handle,
        .context = server,
    };

    return http_server_new(&http_options, &server->http, error);
}

int rpc_server_new(const struct rpc_server_options *options, struct rpc_server **ret_server,
                   struct error *error)
{
    struct rpc_server *server = calloc(1, sizeof(*server));
    const char *scheme = options->token[0] != '\0' ? "Bearer " : "";
    int result;

    if (server == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    server->batch_limit = (size_t)options->batch_limit;
    server->methods = options->methods;
    server->method_count = options->method_count;
    if (asprintf(&server->authorization, "%s%s", scheme, options->token) < 0) {
        free(server);
        return error_set(error, FAULT_HARD, "no memory");
    }
    result = start(server, options, error);
    if (result != 0) {
        rpc_server_free(server);
        return result;
    }
    *ret_server = server;
    return 0;
}

size_t rpc_server_drain(struct rpc_server *server, int64_t timeout_ms)
{
    return http_server_drain(server->http, timeout_ms);
}

void rpc_server_free(struct rpc_server *server)
{
    if (server == NULL)
        return;
    http_server_free(server->http);
    sodium_memzero(server->authorization, strlen(server->authorization));
    free(server->authorization);
    free(server);
}

uint16_t rpc_server_port(const struct rpc_server *server)
{
    return http_server_port(server->http);
}
