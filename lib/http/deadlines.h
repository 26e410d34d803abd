/* Watches the connections of a server for clients that are too slow, which libmicrohttpd by itself
 * lets hold a connection as long as a byte trickles in now and then. */
#pragma once

#include "lib/base/trace.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_stream;

enum connection_phase {
    /* Between two requests. */
    CONNECTION_IDLE,
    /* From the connect, or the first byte of a further request, until the headers are in. */
    CONNECTION_HEADER,
    CONNECTION_BODY,
    /* The request is in; from here on the server is the slow one. */
    CONNECTION_WORKING,
    /* Refused by a raw reply; whoever comes upon it next closes it. Never left again. */
    CONNECTION_CUT,
};

struct connection {
    struct connection *previous, *next;
    int fd;
    /* Phase and since when, in one word so that the watch and the server's thread can't both win:
     * milliseconds << 3 | phase. */
    _Atomic uint64_t mark;
    /* The watch's own: which idle spell it looked at, and the bytes received by then. */
    uint64_t idle_mark, idle_received;
    /* Of the request whose body is awaited; written before CONNECTION_BODY is entered. */
    char request_id[REQUEST_ID_SIZE];
    char peer[INET6_ADDRSTRLEN];
    /* The reply that is streaming; under the watch's lock. */
    struct http_stream *stream;
};

struct deadlines {
    pthread_mutex_t lock;
    struct connection *first;
    size_t count;
    int64_t header_timeout_ms, body_timeout_ms;
};

void deadlines_init(struct deadlines *deadlines, int64_t header_timeout_ms,
                    int64_t body_timeout_ms);
void deadlines_deinit(struct deadlines *deadlines);

/* `connection` is borrowed until it is removed, which must come before its socket is closed. */
void deadlines_add(struct deadlines *deadlines, struct connection *connection);
void deadlines_remove(struct deadlines *deadlines, struct connection *connection);
size_t deadlines_count(struct deadlines *deadlines);

/* How often to call deadlines_scan(). */
int64_t deadlines_tick_ms(const struct deadlines *deadlines);
/* Cuts the late connections; tells streams whose client went away. */
void deadlines_scan(struct deadlines *deadlines);

/* `stream` NULL: none any more. */
void deadlines_set_stream(struct deadlines *deadlines, struct connection *connection,
                          struct http_stream *stream);
/* Tells all streams that their client is gone, whether or not it is. */
void deadlines_end_streams(struct deadlines *deadlines);

/* By the connection's server thread. False: it was cut meanwhile. */
MUST_CHECK bool connection_enter(struct connection *connection, enum connection_phase phase);
enum connection_phase connection_phase(const struct connection *connection);
