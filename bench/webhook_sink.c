#include "bench/webhook_sink.h"

#include "lib/base/clock.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_LIMIT = 1024 };

struct webhook_sink {
    struct MHD_Daemon *daemon;
    struct MHD_Response *accepted;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int64_t count, last_us;
};

static void note(struct webhook_sink *sink)
{
    (void)pthread_mutex_lock(&sink->mutex);
    ++sink->count;
    sink->last_us = clock_monotonic_us();
    (void)pthread_cond_signal(&sink->changed);
    (void)pthread_mutex_unlock(&sink->mutex);
}

/* Called with the header, with each part of the body, and at its end. */
static enum MHD_Result take(void *context, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *data,
                            size_t *data_size, void **request)
{
    static char begun;
    struct webhook_sink *sink = context;

    (void)url;
    (void)method;
    (void)version;
    (void)data;
    if (*request == NULL) {
        *request = &begun;
        return MHD_YES;
    }
    if (*data_size > 0) {
        *data_size = 0;
        return MHD_YES;
    }
    note(sink);
    return MHD_queue_response(connection, MHD_HTTP_NO_CONTENT, sink->accepted);
}

int webhook_sink_new(uint16_t port, struct webhook_sink **ret_sink, struct error *error)
{
    struct webhook_sink *sink = calloc(1, sizeof(*sink));
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};

    if (sink == NULL)
        return error_set(error, FAULT_HARD, "no memory for a sink");
    (void)pthread_mutex_init(&sink->mutex, NULL);
    (void)pthread_cond_init(&sink->changed, NULL);
    sink->accepted = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    sink->daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, port, NULL, NULL, take, sink,
                                    MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT,
                                    (unsigned)CONNECTIONS_LIMIT, MHD_OPTION_END);
    if (sink->accepted == NULL || sink->daemon == NULL) {
        webhook_sink_free(sink);
        return error_set(error, FAULT_HARD, "the sink can't listen on port %u", port);
    }
    *ret_sink = sink;
    return 0;
}

void webhook_sink_free(struct webhook_sink *sink)
{
    if (sink == NULL)
        return;
    if (sink->daemon != NULL)
        MHD_stop_daemon(sink->daemon);
    if (sink->accepted != NULL)
        MHD_destroy_response(sink->accepted);
    (void)pthread_mutex_destroy(&sink->mutex);
    (void)pthread_cond_destroy(&sink->changed);
    free(sink);
}

int64_t webhook_sink_count(struct webhook_sink *sink)
{
    int64_t count;

    (void)pthread_mutex_lock(&sink->mutex);
    count = sink->count;
    (void)pthread_mutex_unlock(&sink->mutex);
    return count;
}

int64_t webhook_sink_await(struct webhook_sink *sink, int64_t count, int64_t timeout_ms)
{
    const int64_t until_us = clock_now_us(NULL) + timeout_ms * 1000;
    const struct timespec until = {.tv_sec = until_us / 1000000,
                                   .tv_nsec = until_us % 1000000 * 1000};
    int64_t last_us = 0;

    (void)pthread_mutex_lock(&sink->mutex);
    while (sink->count < count)
        if (pthread_cond_timedwait(&sink->changed, &sink->mutex, &until) != 0)
            break;
    if (sink->count >= count)
        last_us = sink->last_us;
    (void)pthread_mutex_unlock(&sink->mutex);
    return last_us;
}
