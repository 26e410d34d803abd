#include "raw_client.h"
#include "test_server.h"

#include "lib/base/clock.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_timed_out(int fd)
{
    struct raw_answer answer;

    raw_receive(fd, &answer);
    assert_int_equal(answer.status, 408);
    assert_non_null(strstr(answer.body, "\"code\":\"request_timeout\""));
    assert_non_null(raw_header(&answer, "X-Request-Id"));
    assert_memory_equal(raw_header(&answer, "Connection"), "Connection: close", 17);
    assert_true(raw_is_closed(fd));
    (void)close(fd);
}

/* A byte every 20 ms until the server has enough of it. Returns how long that took. */
static int64_t trickle(int fd)
{
    const int64_t start_ms = clock_monotonic_ms();

    while (clock_monotonic_ms() - start_ms < 3000 && raw_try_send(fd, "a", 1))
        clock_sleep_ms(20);
    return clock_monotonic_ms() - start_ms;
}

static void a_header_that_stops_is_cut(void **state)
{
    struct test_server server;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "GET /echo HTT");
    assert_timed_out(fd);
    test_server_stop(&server);
}

static void a_header_that_trickles_is_cut(void **state)
{
    struct test_server server;
    int64_t took_ms;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "GET /echo HTTP/1.1\r\nHost: x\r\nA: ");
    took_ms = trickle(fd);
    assert_in_range(took_ms, 250, 1500);
    (void)close(fd);
    test_server_stop(&server);
}

static void a_body_that_stops_is_cut_with_its_request_id(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: slow-one\r\n"
                 "Content-Length: 5\r\n\r\nhe");
    raw_receive(fd, &answer);
    assert_int_equal(answer.status, 408);
    assert_memory_equal(raw_header(&answer, "X-Request-Id"), "X-Request-Id: slow-one\r", 23);
    assert_non_null(strstr(answer.body, "\"request_id\":\"slow-one\""));
    (void)close(fd);
    test_server_await_finished(&server, 1);
    assert_int_equal(atomic_load(&server.last_status), 408);
    test_server_stop(&server);
}

static void a_body_that_trickles_is_cut(void **state)
{
    struct test_server server;
    int64_t took_ms;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n");
    took_ms = trickle(fd);
    assert_in_range(took_ms, 250, 1500);
    (void)close(fd);
    test_server_stop(&server);
}

static void an_idle_connection_is_left_alone(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    for (int i = 0; i < 2; i++) {
        raw_send(fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, 200);
        clock_sleep_ms(700);
    }
    (void)close(fd);
    test_server_stop(&server);
}

static void a_further_request_has_its_own_deadline(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    raw_receive(fd, &answer);
    assert_int_equal(answer.status, 200);
    clock_sleep_ms(400);
    raw_send(fd, "GET /ec");
    assert_timed_out(fd);
    test_server_stop(&server);
}

static void *proceed_slowly(void *context)
{
    clock_sleep_ms(700);
    http_exchange_proceed(context);
    return NULL;
}

static void begin_slowly(void *context, struct http_exchange *exchange)
{
    (void)context;
    test_run_detached(proceed_slowly, exchange);
}

static void reply_empty(void *context, struct http_exchange *exchange)
{
    (void)context;
    http_exchange_reply(exchange, 204, NULL, NULL);
}

static void the_time_the_server_takes_is_not_the_clients(void **state)
{
    const struct http_server_options options = {
        .bind_address = "127.0.0.1",
        .threads = 1,
        .connections_limit = 4,
        .connections_per_address_limit = 4,
        .header_bytes_limit = 2048,
        .uri_bytes_limit = 512,
        .body_bytes_limit = 4096,
        .header_timeout_ms = 200,
        .body_timeout_ms = 200,
        .idle_timeout_ms = 5000,
        .begin = begin_slowly,
        .handle = reply_empty,
    };
    struct http_server *server = NULL;
    struct raw_answer answer;
    struct error error;

    (void)state;
    assert_int_equal(http_server_new(&options, &server, &error), 0);
    raw_exchange(http_server_port(server),
                 "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", &answer);
    assert_int_equal(answer.status, 204);
    assert_int_equal(http_server_drain(server, 5000), 0);
    http_server_free(server);
}

/* 127.0.0.2 is as good a client as 127.0.0.1. */
static int connect_from(const char *address, uint16_t port)
{
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct sockaddr_in own = {.sin_family = AF_INET};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, address, &own.sin_addr), 1);
    assert_int_equal(bind(fd, (const struct sockaddr *)&own, sizeof(own)), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&where, sizeof(where)), 0);
    return fd;
}

static bool is_answered(int fd)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[512];

    return raw_try_send(fd, request, sizeof(request) - 1) &&
           recv(fd, answer, sizeof(answer), 0) > 0;
}

static void one_address_can_not_take_every_connection(void **state)
{
    const struct http_server_options options = {
        .bind_address = "127.0.0.1",
        .threads = 2,
        .connections_limit = 16,
        .connections_per_address_limit = 3,
        .header_bytes_limit = 2048,
        .uri_bytes_limit = 512,
        .body_bytes_limit = 4096,
        .header_timeout_ms = 5000,
        .body_timeout_ms = 5000,
        .idle_timeout_ms = 5000,
        .handle = reply_empty,
    };
    struct http_server *server = NULL;
    struct error error;
    int fds[5];

    (void)state;
    assert_int_equal(http_server_new(&options, &server, &error), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
        fds[i] = connect_from(i < 4 ? "127.0.0.1" : "127.0.0.2", http_server_port(server));
        assert_true(is_answered(fds[i]) == (i != 3));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++)
        (void)close(fds[i]);
    assert_int_equal(http_server_drain(server, 5000), 0);
    http_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_that_stops_is_cut),
        cmocka_unit_test(a_header_that_trickles_is_cut),
        cmocka_unit_test(a_body_that_stops_is_cut_with_its_request_id),
        cmocka_unit_test(a_body_that_trickles_is_cut),
        cmocka_unit_test(an_idle_connection_is_left_alone),
        cmocka_unit_test(a_further_request_has_its_own_deadline),
        cmocka_unit_test(the_time_the_server_takes_is_not_the_clients),
        cmocka_unit_test(one_address_can_not_take_every_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
