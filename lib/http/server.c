#include "lib/http/server_private.h"

#include "lib/base/clock.h"
#include "lib/http/exchange_phases.h"

enum {
    /* Beside the request libmicrohttpd keeps its own records and the reply's header there. */
    MEMORY_BESIDE_HEADERS = 8192,
    DRAIN_POLL_MS = 1,
    STREAMS_END_MS = 1000,
};

/* The limit for one of our threads must allow for all connections being its own; what counts is the
 * listener's. */
static unsigned daemon_connections(const struct http_server_options *options)
{
    return (unsigned)((options->connections_limit + 1) * options->threads);
}

/* Whole seconds, at least one, which is libmicrohttpd's unit. */
static unsigned idle_timeout_s(const struct http_server_options *options)
{
    return (unsigned)((options->idle_timeout_ms + 999) / 1000);
}

static struct MHD_Daemon *start_daemon(struct http_server *server)
{
    const struct http_server_options *options = &server->options;
    const size_t memory = (size_t)(options->header_bytes_limit + options->header_bytes_limit / 2) +
                          MEMORY_BESIDE_HEADERS;
    const unsigned pool = options->threads > 1 ? (unsigned)options->threads : 0;

    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0,
        NULL, NULL, phases_on_access, server, MHD_OPTION_THREAD_POOL_SIZE, pool,
        MHD_OPTION_CONNECTION_LIMIT, daemon_connections(options),
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)options->connections_per_address_limit,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_CONNECTION_TIMEOUT,
        idle_timeout_s(options), MHD_OPTION_URI_LOG_CALLBACK, phases_on_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, phases_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        phases_on_connection, server, MHD_OPTION_END);
}

static int start(struct http_server *server, struct error *error)
{
    const struct http_server_options *options = &server->options;
    const int fault =
        listener_init(&server->listener, options->bind_address, (uint16_t)options->port, error);

    if (fault != 0)
        return fault;
    server->daemon = start_daemon(server);
    if (server->daemon == NULL)
        return error_set(error, FAULT_HARD, "libmicrohttpd did not start");
    return listener_start(&server->listener, server->daemon, &server->deadlines,
                          (size_t)options->connections_limit, error);
}

int http_server_new(const struct http_server_options *options, struct http_server **ret_server,
                    struct error *error)
{
    struct http_server *server = calloc(1, sizeof(*server));
    int fault;

    if (server == NULL)
        return error_set(error, FAULT_HARD, "no memory for an HTTP server");
    server->options = *options;
    deadlines_init(&server->deadlines, options->header_timeout_ms, options->body_timeout_ms);
    fault = start(server, error);
    /* Borrowed for the call only. */
    server->options.bind_address = NULL;
    if (fault != 0) {
        http_server_free(server);
        return fault;
    }
    *ret_server = server;
    return 0;
}

static size_t wait_for_exchanges(struct http_server *server, int64_t timeout_ms)
{
    const int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;

    while (atomic_load(&server->open_exchanges) > 0 && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(DRAIN_POLL_MS);
    return atomic_load(&server->open_exchanges);
}

size_t http_server_drain(struct http_server *server, int64_t timeout_ms)
{
    atomic_store(&server->draining, true);
    listener_close(&server->listener);
    return wait_for_exchanges(server, timeout_ms);
}

void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    /* First, since its thread gives connections to the daemon. */
    listener_deinit(&server->listener);
    if (server->daemon != NULL) {
        deadlines_end_streams(&server->deadlines);
        (void)wait_for_exchanges(server, STREAMS_END_MS);
        while (atomic_load(&server->resuming) > 0)
            clock_sleep_ms(DRAIN_POLL_MS);
        MHD_stop_daemon(server->daemon);
    }
    deadlines_deinit(&server->deadlines);
    free(server);
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->listener.port;
}

size_t http_server_open_exchanges(const struct http_server *server)
{
    return atomic_load(&server->open_exchanges);
}
