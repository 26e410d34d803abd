#include "lib/http/exchange_phases.h"

#include "lib/http/exchange.h"
#include "lib/http/raw_reply.h"
#include "lib/http/request_checks.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

void *phases_on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    struct connection *connection =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct http_exchange *exchange = NULL;

    if (connection != NULL)
        exchange = exchange_new(context, mhd, connection, target);
    /* A fresh connection is there since its connect; an idle one begins to be late now. Whether it
     * was cut shows when the headers are in. */
    if (exchange != NULL && connection_phase(connection) == CONNECTION_IDLE)
        (void)!connection_enter(connection, CONNECTION_HEADER);
    return exchange;
}

/* Runs a callback. False: it has not replied, and the connection is suspended until it has. */
static bool run_phase(struct http_exchange *exchange, http_phase_fn phase)
{
    int turn = TURN_RUNNING;

    atomic_store(&exchange->turn, TURN_RUNNING);
    phase(exchange->server->options.context, exchange);
    if (atomic_load(&exchange->turn) == TURN_ENDED)
        return true;
    (void)MHD_suspend_connection(exchange->mhd);
    if (!atomic_compare_exchange_strong(&exchange->turn, &turn, TURN_SUSPENDED))
        MHD_resume_connection(exchange->mhd);
    return false;
}

/* libmicrohttpd closes a connection that is answered before the last call, so a reply to a request
 * without a body waits for that. */
static enum MHD_Result reply_in_begin(struct http_exchange *exchange)
{
    if (exchange->has_body)
        return exchange_queue_reply(exchange);
    exchange->step = STEP_REPLY;
    return MHD_YES;
}

static enum MHD_Result refuse_in_begin(struct http_exchange *exchange, enum problem_code code,
                                       const char *detail)
{
    struct problem problem = {0};

    (void)problem_set(&problem, code, "%s", detail);
    exchange_set_problem(exchange, &problem);
    return reply_in_begin(exchange);
}

static enum MHD_Result read_body(struct http_exchange *exchange)
{
    const uint64_t limit = (uint64_t)exchange->server->options.body_bytes_limit;

    if (exchange->announced_length != UINT64_MAX && exchange->announced_length > limit)
        return refuse_in_begin(exchange, PROBLEM_BODY_TOO_LARGE,
                               "The body is longer than the server takes.");
    exchange->step = STEP_BODY;
    if (!exchange->has_body)
        return MHD_YES;
    memcpy(exchange->connection->request_id, exchange->trace.request_id, REQUEST_ID_SIZE);
    return connection_enter(exchange->connection, CONNECTION_BODY) ? MHD_YES : MHD_NO;
}

static enum MHD_Result after_begin(struct http_exchange *exchange)
{
    /* The body is awaited by the client's leave, so the watch must not take it for late yet. */
    return exchange->outcome == OUTCOME_PROCEED ? read_body(exchange) : reply_in_begin(exchange);
}

static size_t header_size(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info != NULL ? info->header_size : 0;
}

static enum MHD_Result begin(struct http_exchange *exchange, const char *version)
{
    const struct http_server_options *options = &exchange->server->options;
    const struct request_headers headers =
        request_check_headers(exchange->mhd, exchange->method, version);

    exchange->has_body = headers.has_body;
    exchange->announced_length = headers.announced_length;
    exchange->step = STEP_BEGIN;
    if (exchange->target_problem == PROBLEM_URI_TOO_LONG)
        return refuse_in_begin(exchange, PROBLEM_URI_TOO_LONG,
                               "The URI is longer than the server takes.");
    if (header_size(exchange->mhd) > (size_t)options->header_bytes_limit)
        return refuse_in_begin(exchange, PROBLEM_HEADERS_TOO_LARGE,
                               "The header is longer than the server takes.");
    if (headers.refusal != NULL)
        return refuse_in_begin(exchange, PROBLEM_INVALID_REQUEST, headers.refusal);
    if (exchange->target_problem != PROBLEM_NONE)
        return refuse_in_begin(exchange, exchange->target_problem, "The URI is malformed.");
    if (options->begin == NULL)
        return read_body(exchange);
    return run_phase(exchange, options->begin) ? after_begin(exchange) : MHD_YES;
}

/* The headers are in. */
static enum MHD_Result start(struct http_exchange *exchange, const char *method,
                             const char *version)
{
    exchange->method = method;
    exchange->is_open = true;
    atomic_fetch_add(&exchange->server->open_exchanges, 1);
    trace_begin(http_exchange_header(exchange, "traceparent"),
                http_exchange_header(exchange, "X-Request-Id"), &exchange->trace);
    return connection_enter(exchange->connection, CONNECTION_WORKING) ? begin(exchange, version)
                                                                      : MHD_NO;
}

/* Before the body's end libmicrohttpd takes no reply, and its end may be far. */
static enum MHD_Result refuse_long_body(struct http_exchange *exchange)
{
    if (connection_enter(exchange->connection, CONNECTION_CUT)) {
        exchange->reply.status = problem_status(PROBLEM_BODY_TOO_LARGE);
        raw_reply_problem(exchange->connection->fd, PROBLEM_BODY_TOO_LARGE,
                          exchange->trace.request_id);
    }
    return MHD_NO;
}

static enum MHD_Result take_body(struct http_exchange *exchange, const char *upload, size_t *size)
{
    buffer_append(&exchange->body, upload, *size);
    *size = 0;
    return exchange->body.overflown ? refuse_long_body(exchange) : MHD_YES;
}

static enum MHD_Result handle(struct http_exchange *exchange)
{
    if (exchange->has_body && !connection_enter(exchange->connection, CONNECTION_WORKING))
        return MHD_NO;
    exchange->step = STEP_HANDLE;
    return run_phase(exchange, exchange->server->options.handle) ? exchange_queue_reply(exchange)
                                                                 : MHD_YES;
}

enum MHD_Result phases_on_access(void *context, struct MHD_Connection *mhd, const char *path,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_size, void **slot)
{
    struct http_exchange *exchange = *slot;

    (void)context;
    (void)mhd;
    (void)path;
    if (exchange == NULL)
        return MHD_NO;
    switch (exchange->step) {
    case STEP_NEW: return start(exchange, method, version);
    case STEP_BEGIN: return after_begin(exchange);
    case STEP_BODY:
        return *upload_size > 0 ? take_body(exchange, upload, upload_size) : handle(exchange);
    case STEP_HANDLE:
    case STEP_REPLY: return exchange_queue_reply(exchange);
    }
    return MHD_NO;
}

/* The exchange is over: replied, cut, or given up by the client (then there is nothing to tell). */
static void tell_finished(const struct http_exchange *exchange)
{
    const struct http_server_options *options = &exchange->server->options;
    const bool is_late =
        exchange->reply.status == 0 && connection_phase(exchange->connection) == CONNECTION_CUT;
    const unsigned status =
        is_late ? problem_status(PROBLEM_REQUEST_TIMEOUT) : exchange->reply.status;

    if (options->finished != NULL && status != 0)
        options->finished(options->context, exchange, status, exchange->reply_bytes,
                          http_exchange_age_us(exchange));
}

void phases_on_completed(void *context, struct MHD_Connection *mhd, void **slot,
                         enum MHD_RequestTerminationCode reason)
{
    struct http_exchange *exchange = *slot;
    struct http_server *server = context;
    struct connection *connection;
    bool was_open;

    (void)mhd;
    (void)reason;
    if (exchange == NULL)
        return;
    *slot = NULL;
    connection = exchange->connection;
    was_open = exchange->is_open;
    if (exchange->stream != NULL)
        deadlines_set_stream(&server->deadlines, connection, NULL);
    if (was_open)
        tell_finished(exchange);
    exchange_free(exchange);
    (void)!connection_enter(connection, CONNECTION_IDLE);
    if (was_open)
        atomic_fetch_sub(&server->open_exchanges, 1);
}

static void name_peer(struct MHD_Connection *mhd, struct connection *connection)
{
    const struct sockaddr *address =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    const void *bytes = address->sa_family == AF_INET6
                            ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                            : (const void *)&((const struct sockaddr_in *)address)->sin_addr;

    if (inet_ntop(address->sa_family, bytes, connection->peer, sizeof(connection->peer)) == NULL)
        connection->peer[0] = '\0';
}

static void open_connection(struct http_server *server, struct MHD_Connection *mhd, void **slot)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    /* The requests on a connection without one are refused in phases_on_access(). */
    if (connection == NULL)
        return;
    connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    name_peer(mhd, connection);
    deadlines_add(&server->deadlines, connection);
    *slot = connection;
}

void phases_on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = context;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        open_connection(server, mhd, slot);
    } else if (*slot != NULL) {
        deadlines_remove(&server->deadlines, *slot);
        free(*slot);
        *slot = NULL;
    }
}
