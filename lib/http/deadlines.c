#include "lib/http/deadlines.h"

#include "lib/base/clock.h"
#include "lib/http/raw_reply.h"
#include "lib/http/stream.h"

#include <linux/tcp.h>
#include <poll.h>
#include <sys/socket.h>

enum {
    PHASE_BITS = 3,
    SHORTEST_TICK_MS = 5,
    LONGEST_TICK_MS = 1000,
};

static uint64_t mark_of(enum connection_phase phase)
{
    return (uint64_t)clock_monotonic_ms() << PHASE_BITS | phase;
}

static enum connection_phase phase_of(uint64_t mark)
{
    return (enum connection_phase)(mark & ((1U << PHASE_BITS) - 1));
}

void deadlines_init(struct deadlines *deadlines, int64_t header_timeout_ms, int64_t body_timeout_ms)
{
    *deadlines = (struct deadlines){
        .header_timeout_ms = header_timeout_ms,
        .body_timeout_ms = body_timeout_ms,
    };
    (void)pthread_mutex_init(&deadlines->lock, NULL);
}

void deadlines_deinit(struct deadlines *deadlines)
{
    (void)pthread_mutex_destroy(&deadlines->lock);
}

void deadlines_add(struct deadlines *deadlines, struct connection *connection)
{
    atomic_init(&connection->mark, mark_of(CONNECTION_HEADER));
    (void)pthread_mutex_lock(&deadlines->lock);
    connection->next = deadlines->first;
    if (deadlines->first != NULL)
        deadlines->first->previous = connection;
    deadlines->first = connection;
    deadlines->count++;
    (void)pthread_mutex_unlock(&deadlines->lock);
}

void deadlines_remove(struct deadlines *deadlines, struct connection *connection)
{
    (void)pthread_mutex_lock(&deadlines->lock);
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        deadlines->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    deadlines->count--;
    (void)pthread_mutex_unlock(&deadlines->lock);
}

size_t deadlines_count(struct deadlines *deadlines)
{
    size_t count;

    (void)pthread_mutex_lock(&deadlines->lock);
    count = deadlines->count;
    (void)pthread_mutex_unlock(&deadlines->lock);
    return count;
}

int64_t deadlines_tick_ms(const struct deadlines *deadlines)
{
    const int64_t shortest = deadlines->header_timeout_ms < deadlines->body_timeout_ms
                                 ? deadlines->header_timeout_ms
                                 : deadlines->body_timeout_ms;
    const int64_t tick_ms = shortest / 8;

    if (tick_ms < SHORTEST_TICK_MS)
        return SHORTEST_TICK_MS;
    return tick_ms < LONGEST_TICK_MS ? tick_ms : LONGEST_TICK_MS;
}

static uint64_t bytes_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    (void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    return info.tcpi_bytes_received;
}

/* An idle connection is left to libmicrohttpd's own timeout until a byte of a further request is
 * seen: from then on its header is awaited. */
static void watch_idle(struct connection *connection, uint64_t mark)
{
    const uint64_t received = bytes_received(connection->fd);

    if (connection->idle_mark != mark) {
        connection->idle_mark = mark;
        connection->idle_received = received;
    } else if (received > connection->idle_received) {
        (void)atomic_compare_exchange_strong(&connection->mark, &mark, mark_of(CONNECTION_HEADER));
    }
}

static void cut_when_late(struct connection *connection, uint64_t mark, int64_t timeout_ms)
{
    const bool in_body = phase_of(mark) == CONNECTION_BODY;
    const int64_t since_ms = (int64_t)(mark >> PHASE_BITS);

    if (clock_monotonic_ms() - since_ms < timeout_ms)
        return;
    if (!atomic_compare_exchange_strong(&connection->mark, &mark, mark_of(CONNECTION_CUT)))
        return;
    raw_reply_problem(connection->fd, PROBLEM_REQUEST_TIMEOUT,
                      in_body ? connection->request_id : NULL);
    (void)shutdown(connection->fd, SHUT_RDWR);
}

static void watch_stream(const struct connection *connection)
{
    struct pollfd events = {.fd = connection->fd, .events = POLLRDHUP};

    if (connection->stream != NULL && poll(&events, 1, 0) == 1)
        stream_client_left(connection->stream);
}

void deadlines_scan(struct deadlines *deadlines)
{
    (void)pthread_mutex_lock(&deadlines->lock);
    for (struct connection *at = deadlines->first; at != NULL; at = at->next) {
        const uint64_t mark = atomic_load(&at->mark);

        switch (phase_of(mark)) {
        case CONNECTION_IDLE: watch_idle(at, mark); break;
        case CONNECTION_HEADER: cut_when_late(at, mark, deadlines->header_timeout_ms); break;
        case CONNECTION_BODY: cut_when_late(at, mark, deadlines->body_timeout_ms); break;
        case CONNECTION_WORKING: watch_stream(at); break;
        case CONNECTION_CUT: break;
        }
    }
    (void)pthread_mutex_unlock(&deadlines->lock);
}

void deadlines_set_stream(struct deadlines *deadlines, struct connection *connection,
                          struct http_stream *stream)
{
    (void)pthread_mutex_lock(&deadlines->lock);
    connection->stream = stream;
    (void)pthread_mutex_unlock(&deadlines->lock);
}

void deadlines_end_streams(struct deadlines *deadlines)
{
    (void)pthread_mutex_lock(&deadlines->lock);
    for (struct connection *at = deadlines->first; at != NULL; at = at->next) {
        if (at->stream != NULL)
            stream_client_left(at->stream);
    }
    (void)pthread_mutex_unlock(&deadlines->lock);
}

bool connection_enter(struct connection *connection, enum connection_phase phase)
{
    uint64_t mark = atomic_load(&connection->mark);

    do {
        if (phase_of(mark) == CONNECTION_CUT)
            return false;
    } while (!atomic_compare_exchange_weak(&connection->mark, &mark, mark_of(phase)));
    return true;
}

enum connection_phase connection_phase(const struct connection *connection)
{
    return phase_of(atomic_load(&connection->mark));
}
