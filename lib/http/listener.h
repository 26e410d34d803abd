/* A server's front door: accepts connections, hands them to libmicrohttpd, and runs the watch over
 * slow clients between them.
 *
 * libmicrohttpd could listen by itself, but its way to stop listening (MHD_quiesce_daemon of
 * 0.9.75) aborts the process when a worker thread turns away from the socket at the same moment. */
#pragma once

#include "lib/base/error.h"
#include "lib/http/deadlines.h"

#include <microhttpd.h>

struct listener {
    int fd;
    /* An eventfd that ends the thread's sleep. */
    int wake_fd;
    uint16_t port;
    size_t connections_limit;
    struct MHD_Daemon *daemon;
    struct deadlines *deadlines;
    pthread_t thread;
    bool is_running;
    atomic_bool closing, stopping;
};

/* Binds and listens; connections wait until listener_start(). */
MUST_CHECK int listener_init(struct listener *listener, const char *address, uint16_t port,
                             struct error *error);
/* `daemon` and `deadlines` are borrowed until listener_deinit(). */
MUST_CHECK int listener_start(struct listener *listener, struct MHD_Daemon *daemon,
                              struct deadlines *deadlines, size_t connections_limit,
                              struct error *error);
/* Takes what already waits, then closes the door; the watch goes on. */
void listener_close(struct listener *listener);
/* Ends the thread; also after a failed listener_init() or start. */
void listener_deinit(struct listener *listener);
