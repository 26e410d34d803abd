#include "raw_client.h"
#include "test_server.h"

#include "lib/base/clock.h"

#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The streams of the tests, which the server's handler can reach by its context only. */
struct streaming {
    /* First, since its address is what the handler is given. */
    struct test_server server;
    struct http_stream *_Atomic stream;
    atomic_int closed_count;
    /* The handler's thread may be the one that is to end the stream. */
    bool is_idle;
};

static void *send_three_lines(void *context)
{
    struct http_stream *stream = context;

    for (int i = 0; i < 3; i++) {
        clock_sleep_ms(10);
        assert_true(http_stream_send(stream, "data\n", 5));
    }
    http_stream_end(stream);
    return NULL;
}

static void closed(void *context)
{
    struct streaming *streaming = context;

    atomic_fetch_add(&streaming->closed_count, 1);
}

static void handle_stream(void *context, struct http_exchange *exchange)
{
    struct streaming *streaming = context;
    const bool is_idle = streaming->is_idle;
    struct http_stream *stream =
        http_exchange_stream(exchange, "text/event-stream", closed, streaming);

    if (is_idle)
        atomic_store(&streaming->stream, stream);
    else
        test_run_detached(send_three_lines, stream);
}

static void start(struct streaming *streaming, bool is_idle)
{
    memset(streaming, 0, sizeof(*streaming));
    streaming->is_idle = is_idle;
    test_server_start_with(&streaming->server, handle_stream);
}

static struct http_stream *await_stream(struct streaming *streaming)
{
    for (int i = 0; i < 5000 && atomic_load(&streaming->stream) == NULL; i++)
        clock_sleep_ms(1);
    assert_non_null(atomic_load(&streaming->stream));
    return atomic_load(&streaming->stream);
}

static void await_closed(struct streaming *streaming)
{
    for (int i = 0; i < 5000 && atomic_load(&streaming->closed_count) == 0; i++)
        clock_sleep_ms(1);
    assert_int_equal(atomic_load(&streaming->closed_count), 1);
}

static void what_is_sent_comes_in_order_and_ends(void **state)
{
    struct streaming streaming;
    struct raw_answer answer;
    int fd;

    (void)state;
    start(&streaming, false);
    fd = raw_connect(streaming.server.port);
    for (int i = 0; i < 20; i++) {
        raw_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, "data\ndata\ndata\n");
        assert_non_null(raw_header(&answer, "Content-Type"));
        assert_non_null(raw_header(&answer, "X-Request-Id"));
    }
    (void)close(fd);
    test_server_await_finished(&streaming.server, 20);
    assert_int_equal(atomic_load(&streaming.server.last_bytes), 15);
    assert_int_equal(atomic_load(&streaming.closed_count), 0);
    test_server_stop(&streaming.server);
}

static void a_client_that_hangs_up_is_noticed_while_nothing_is_sent(void **state)
{
    struct streaming streaming;
    struct http_stream *stream;
    int fd;

    (void)state;
    start(&streaming, true);
    fd = raw_connect(streaming.server.port);
    raw_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    stream = await_stream(&streaming);
    (void)close(fd);
    await_closed(&streaming);
    assert_false(http_stream_send(stream, "data\n", 5));
    http_stream_end(stream);
    test_server_stop(&streaming.server);
}

static void a_client_that_does_not_read_is_not_fed_without_end(void **state)
{
    struct streaming streaming;
    struct http_stream *stream;
    static char block[16 * 1024];
    int sent = 0;
    int fd;

    (void)state;
    start(&streaming, true);
    fd = raw_connect(streaming.server.port);
    raw_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    stream = await_stream(&streaming);
    while (sent < 10000 && http_stream_send(stream, block, sizeof(block)))
        sent++;
    assert_in_range(sent, 16, 9999);
    http_stream_end(stream);
    (void)close(fd);
    test_server_stop(&streaming.server);
}

static void a_server_that_ends_closes_its_streams(void **state)
{
    struct streaming streaming;
    struct http_stream *stream;
    int fd;

    (void)state;
    start(&streaming, true);
    fd = raw_connect(streaming.server.port);
    raw_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    stream = await_stream(&streaming);
    assert_int_equal(http_server_drain(streaming.server.http, 0), 1);
    http_server_free(streaming.server.http);
    assert_int_equal(atomic_load(&streaming.closed_count), 1);
    http_stream_end(stream);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_comes_in_order_and_ends),
        cmocka_unit_test(a_client_that_hangs_up_is_noticed_while_nothing_is_sent),
        cmocka_unit_test(a_client_that_does_not_read_is_not_fed_without_end),
        cmocka_unit_test(a_server_that_ends_closes_its_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
