#include "lib/http/exchange.h"

#include "lib/base/clock.h"
#include "lib/http/query.h"

#include <assert.h>
#include <string.h>

/* Splits and decodes the target in place behind the exchange. */
static void read_target(struct http_exchange *exchange, const char *target, size_t length)
{
    size_t path_length;

    memcpy(exchange->target, target, length + 1);
    path_length = (size_t)(strchrnul(exchange->target, '?') - exchange->target);
    if (exchange->target[0] != '/' ||
        query_decode_path(exchange->target, path_length, exchange->path) ||
        (exchange->target[path_length] == '?' &&
         query_decode(exchange->target + path_length + 1, exchange->query_pairs,
                      &exchange->query_count))) {
        exchange->path[0] = '\0';
        exchange->target_problem = PROBLEM_INVALID_REQUEST;
    }
}

struct http_exchange *exchange_new(struct http_server *server, struct MHD_Connection *mhd,
                                   struct connection *connection, const char *target)
{
    const bool is_long = target != NULL && strlen(target) > (size_t)server->options.uri_bytes_limit;
    const char *kept = target == NULL || is_long ? "" : target;
    const size_t length = strlen(kept);
    struct http_exchange *exchange =
        calloc(1, sizeof(*exchange) + 2 * (length + 1) + QUERY_PAIRS_SIZE(length));

    if (exchange == NULL)
        return NULL;
    exchange->server = server;
    exchange->mhd = mhd;
    exchange->connection = connection;
    exchange->started_us = clock_monotonic_us();
    exchange->method = "";
    exchange->target = (char *)(exchange + 1);
    exchange->path = exchange->target + length + 1;
    exchange->query_pairs = exchange->path + length + 1;
    exchange->body.limit = (size_t)server->options.body_bytes_limit;
    read_target(exchange, kept, length);
    if (is_long)
        exchange->target_problem = PROBLEM_URI_TOO_LONG;
    return exchange;
}

void exchange_free(struct http_exchange *exchange)
{
    if (exchange->destroy_data != NULL)
        exchange->destroy_data(exchange->data);
    buffer_deinit(&exchange->body);
    reply_deinit(&exchange->reply);
    free(exchange);
}

void exchange_resume(struct http_server *server, struct MHD_Connection *mhd)
{
    atomic_fetch_add(&server->resuming, 1);
    MHD_resume_connection(mhd);
    atomic_fetch_sub(&server->resuming, 1);
}

void exchange_hand_over(struct http_exchange *exchange, enum exchange_outcome outcome)
{
    struct http_server *server = exchange->server;
    struct MHD_Connection *mhd = exchange->mhd;
    int before;

    exchange->outcome = outcome;
    before = atomic_exchange(&exchange->turn, TURN_ENDED);
    assert(before != TURN_ENDED);
    if (before == TURN_SUSPENDED)
        exchange_resume(server, mhd);
}

void http_exchange_proceed(struct http_exchange *exchange)
{
    exchange_hand_over(exchange, OUTCOME_PROCEED);
}

/* ---- the request ---- */

const char *http_exchange_method(const struct http_exchange *exchange)
{
    return exchange->method;
}

const char *http_exchange_path(const struct http_exchange *exchange)
{
    return exchange->path;
}

const char *http_exchange_target(const struct http_exchange *exchange)
{
    return exchange->target;
}

const char *http_exchange_header(const struct http_exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, name);
}

struct header_visit {
    const char *name;
    void (*visit)(void *context, const char *value);
    void *context;
};

static enum MHD_Result visit_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    const struct header_visit *visit = context;

    (void)kind;
    if (strcasecmp(name, visit->name) == 0)
        visit->visit(visit->context, value != NULL ? value : "");
    return MHD_YES;
}

void http_exchange_each_header(const struct http_exchange *exchange, const char *name,
                               void (*visit)(void *context, const char *value), void *context)
{
    struct header_visit all = {name, visit, context};

    (void)MHD_get_connection_values(exchange->mhd, MHD_HEADER_KIND, visit_header, &all);
}

void http_exchange_each_query(const struct http_exchange *exchange,
                              void (*visit)(void *context, const char *name, const char *value),
                              void *context)
{
    const char *name = exchange->query_pairs;

    for (size_t i = 0; i < exchange->query_count; i++) {
        const char *value = name + strlen(name) + 1;

        visit(context, name, value);
        name = value + strlen(value) + 1;
    }
}

const char *http_exchange_query(const struct http_exchange *exchange, const char *name)
{
    const char *at = exchange->query_pairs;

    for (size_t i = 0; i < exchange->query_count; i++) {
        const char *value = at + strlen(at) + 1;

        if (strcmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

const char *http_exchange_body(const struct http_exchange *exchange, size_t *ret_length)
{
    *ret_length = exchange->body.length;
    return exchange->body.data != NULL ? exchange->body.data : "";
}

bool http_exchange_has_body(const struct http_exchange *exchange)
{
    return exchange->has_body;
}

const char *http_exchange_peer(const struct http_exchange *exchange)
{
    return exchange->connection->peer;
}

const struct trace *http_exchange_trace(const struct http_exchange *exchange)
{
    return &exchange->trace;
}

int64_t http_exchange_age_us(const struct http_exchange *exchange)
{
    return clock_monotonic_us() - exchange->started_us;
}

void http_exchange_set_data(struct http_exchange *exchange, void *data, void (*destroy)(void *))
{
    exchange->data = data;
    exchange->destroy_data = destroy;
}

void *http_exchange_data(const struct http_exchange *exchange)
{
    return exchange->data;
}
