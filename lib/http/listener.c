#include "lib/http/listener.h"

#include "lib/base/clock.h"
#include "lib/http/raw_reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The length of what it is; 0: it is neither IPv4 nor IPv6. */
static socklen_t parse_address(const char *text, uint16_t port, union address *ret_address)
{
    union address address = {.v6 = {0}};

    if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(port);
        *ret_address = address;
        return sizeof(address.v4);
    }
    if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(port);
        *ret_address = address;
        return sizeof(address.v6);
    }
    return 0;
}

static uint16_t bound_port(int fd)
{
    union address bound = {.v6 = {0}};
    socklen_t length = sizeof(bound);

    (void)getsockname(fd, &bound.any, &length);
    /* The port stands in the same place in both. */
    return ntohs(bound.v4.sin_port);
}

int listener_init(struct listener *listener, const char *address, uint16_t port,
                  struct error *error)
{
    const int yes = 1;
    union address where = {.v6 = {0}};
    const socklen_t length = parse_address(address, port, &where);

    *listener = (struct listener){.fd = -1, .wake_fd = -1};
    if (length == 0)
        return error_set(error, FAULT_HARD, "not a numeric address: %s", address);
    listener->fd = socket(where.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        return error_set(error, FAULT_HARD, "socket: %s", strerrordesc_np(errno));
    (void)setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(listener->fd, &where.any, length) != 0 || listen(listener->fd, BACKLOG) != 0)
        return error_set(error, FAULT_HARD, "listen on %s port %u: %s", address, port,
                         strerrordesc_np(errno));
    listener->port = bound_port(listener->fd);
    listener->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listener->wake_fd < 0)
        return error_set(error, FAULT_HARD, "eventfd: %s", strerrordesc_np(errno));
    return 0;
}

/* False: nobody waits, or there is no descriptor for whoever does. */
static bool accept_one(struct listener *listener)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    const int fd =
        accept4(listener->fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return errno == ECONNABORTED || errno == EINTR;
    if (deadlines_count(listener->deadlines) >= listener->connections_limit) {
        raw_reply_problem(fd, PROBLEM_UNAVAILABLE, NULL);
        (void)close(fd);
    } else {
        /* Closes the socket itself when it refuses, as for too many from one address. */
        (void)MHD_add_connection(listener->daemon, fd, (struct sockaddr *)&peer, length);
    }
    return true;
}

static void close_door(struct listener *listener)
{
    while (accept_one(listener))
        continue;
    (void)close(listener->fd);
    listener->fd = -1;
}

static void *run(void *context)
{
    struct listener *listener = context;
    const int64_t tick_ms = deadlines_tick_ms(listener->deadlines);
    int64_t next_scan_ms = clock_monotonic_ms() + tick_ms;

    while (!atomic_load(&listener->stopping)) {
        struct pollfd events[] = {
            {.fd = listener->wake_fd, .events = POLLIN},
            {.fd = listener->fd,      .events = POLLIN}
        };
        const int64_t left_ms = next_scan_ms - clock_monotonic_ms();
        uint64_t wakes;

        (void)poll(events, ARRAY_LENGTH(events), left_ms > 0 ? (int)left_ms : 0);
        (void)!read(listener->wake_fd, &wakes, sizeof(wakes));
        if (listener->fd >= 0 && atomic_load(&listener->closing))
            close_door(listener);
        /* Out of descriptors the socket stays readable: don't spin, come back soon. */
        else if ((events[1].revents & POLLIN) != 0 && !accept_one(listener) && errno != EAGAIN)
            clock_sleep_ms(1);
        if (clock_monotonic_ms() >= next_scan_ms) {
            deadlines_scan(listener->deadlines);
            next_scan_ms = clock_monotonic_ms() + tick_ms;
        }
    }
    return NULL;
}

int listener_start(struct listener *listener, struct MHD_Daemon *daemon,
                   struct deadlines *deadlines, size_t connections_limit, struct error *error)
{
    int failure;

    listener->daemon = daemon;
    listener->deadlines = deadlines;
    listener->connections_limit = connections_limit;
    failure = pthread_create(&listener->thread, NULL, run, listener);
    if (failure != 0)
        return error_set(error, FAULT_HARD, "thread: %s", strerrordesc_np(failure));
    listener->is_running = true;
    return 0;
}

static void wake(struct listener *listener)
{
    const uint64_t one = 1;

    (void)!write(listener->wake_fd, &one, sizeof(one));
}

void listener_close(struct listener *listener)
{
    atomic_store(&listener->closing, true);
    wake(listener);
}

void listener_deinit(struct listener *listener)
{
    if (listener->is_running) {
        atomic_store(&listener->stopping, true);
        wake(listener);
        (void)pthread_join(listener->thread, NULL);
        listener->is_running = false;
    }
    if (listener->fd >= 0)
        (void)close(listener->fd);
    if (listener->wake_fd >= 0)
        (void)close(listener->wake_fd);
    listener->fd = -1;
    listener->wake_fd = -1;
}
