/* The peer of reads: libmicrohttpd as bare as it gets, with as many threads as the gateway.
 *
 * slipway-hello <port> [threads]
 *
 * Answers every request with the same 12 bytes until a signal ends it.
 */
#include "lib/base/encoding.h"

#include <microhttpd.h>
#include <stdio.h>
#include <unistd.h>

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    static char text[] = "Hello, all.\n";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof(text) - 1, text, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_NO;

    (void)context, (void)url, (void)method, (void)version;
    (void)upload, (void)upload_size, (void)state;
    if (response != NULL) {
        result = MHD_queue_response(connection, MHD_HTTP_OK, response);
        MHD_destroy_response(response);
    }
    return result;
}

int main(int argc, char **argv)
{
    int64_t port, threads = 2;
    struct MHD_Daemon *daemon;

    if (argc < 2 || decimal_parse_i64(argv[1], &port) || port < 1 || port > UINT16_MAX ||
        (argc > 2 && decimal_parse_i64(argv[2], &threads)) || threads < 1 || threads > 256) {
        (void)fprintf(stderr, "usage: slipway-hello <port> [threads]\n");
        return 2;
    }
    daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)port, NULL, NULL, answer,
                              NULL, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)threads, MHD_OPTION_END);
    if (daemon == NULL)
        return 1;
    (void)pause();
    MHD_stop_daemon(daemon);
    return 0;
}
