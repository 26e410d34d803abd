#include "raw_client.h"
#include "test_server.h"

#include "lib/base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_request_is_understood_and_answered(void **state)
{
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    raw_exchange(server.port,
                 "GET /echo/a%20b?q=1%2B1&r=&q=2 HTTP/1.1\r\nHost: x\r\nX-Seen: yes\r\n\r\n",
                 &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "method=GET\npath=/echo/a b\n"
                                        "target=/echo/a%20b?q=1%2B1&r=&q=2\npeer=127.0.0.1\n"
                                        "has_body=0\nseen=yes\nq=1+1\n"));
    assert_non_null(strstr(answer.body, "\n?q=1+1\n?r=\n?q=2\n"));
    test_server_await_finished(&server, 1);
    assert_int_equal(atomic_load(&server.last_status), 200);
    assert_int_equal(atomic_load(&server.last_bytes), answer.body_length);
    test_server_stop(&server);
}

static void one_connection_carries_many_requests(void **state)
{
    static const char *const paths[] = {"/echo",          "/refused", "/later", "/instant",
                                        "/refused-later", "/empty",   "/header"};
    static const unsigned statuses[] = {200, 401, 200, 200, 401, 204, 200};
    struct test_server server;
    struct raw_answer answer;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    for (size_t i = 0; i < 5 * ARRAY_LENGTH(paths); i++) {
        char request[128];

        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n",
                       paths[i % ARRAY_LENGTH(paths)]);
        raw_send(fd, request);
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, statuses[i % ARRAY_LENGTH(paths)]);
    }
    (void)close(fd);
    test_server_stop(&server);
}

static void bodies_arrive_whole(void **state)
{
    static const char *const paths[] = {"/echo", "/later", "/instant"};
    struct test_server server;
    struct raw_answer answer;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        char head[160];

        (void)snprintf(head, sizeof(head),
                       "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello", paths[i]);
        raw_send(fd, head);
        clock_sleep_ms(20);
        raw_send(fd, " world");
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body + answer.body_length - 11, "hello world");
        (void)snprintf(head, sizeof(head),
                       "POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
                       paths[i]);
        raw_send(fd, head);
        raw_receive(fd, &answer);
        assert_string_equal(answer.body + answer.body_length - 11, "hello world");
    }
    (void)close(fd);
    test_server_stop(&server);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "GET /later?q=first HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /echo?q=second HTTP/1.1\r\nHost: x\r\n\r\n");
    raw_receive(fd, &answer);
    assert_non_null(strstr(answer.body, "q=first"));
    raw_receive(fd, &answer);
    assert_non_null(strstr(answer.body, "q=second"));
    (void)close(fd);
    test_server_stop(&server);
}

static void a_refusal_before_the_body_closes_the_connection(void **state)
{
    static const char *const paths[] = {"/refused", "/refused-later"};
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        const int fd = raw_connect(server.port);
        char request[160];

        (void)snprintf(request, sizeof(request),
                       "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", paths[i]);
        raw_send(fd, request);
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, 401);
        assert_non_null(strstr(answer.body, "\"code\":\"unauthorized\""));
        assert_memory_equal(raw_header(&answer, "Retry-After"), "Retry-After: 7", 14);
        assert_non_null(raw_header(&answer, "WWW-Authenticate"));
        assert_memory_equal(raw_header(&answer, "Connection"), "Connection: close", 17);
        assert_true(raw_is_closed(fd));
        (void)close(fd);
    }
    test_server_stop(&server);
}

static void a_body_is_asked_for_only_when_it_is_wanted(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "POST /later HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                 "Content-Length: 5\r\n\r\n");
    raw_receive(fd, &answer);
    assert_int_equal(answer.status, 100);
    raw_send(fd, "hello");
    raw_receive(fd, &answer);
    assert_int_equal(answer.status, 200);
    raw_send(fd, "POST /refused-later HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                 "Content-Length: 5\r\n\r\n");
    raw_receive(fd, &answer);
    assert_int_equal(answer.status, 401);
    (void)close(fd);
    test_server_stop(&server);
}

static void head_is_answered_without_a_body(void **state)
{
    struct test_server server;
    struct raw_answer answer = {0};
    char text[4096];
    ssize_t length;
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    raw_send(fd, "HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    length = read(fd, text, sizeof(text) - 1);
    assert_true(length > 4);
    text[length] = '\0';
    assert_memory_equal(text, "HTTP/1.1 200", 12);
    assert_string_equal(text + length - 4, "\r\n\r\n");
    assert_true(raw_is_closed(fd));
    (void)close(fd);
    (void)answer;
    test_server_stop(&server);
}

static void every_answer_carries_the_request_id(void **state)
{
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    raw_exchange(server.port,
                 "GET /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine-1\r\ntraceparent: "
                 "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n",
                 &answer);
    assert_memory_equal(raw_header(&answer, "X-Request-Id"), "X-Request-Id: mine-1\r", 21);
    assert_non_null(strstr(answer.body, "traceparent=00-0af7651916cd43dd8448eb211c80319c-"));
    raw_exchange(server.port, "GET /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: not sane\r\n\r\n",
                 &answer);
    assert_non_null(raw_header(&answer, "X-Request-Id"));
    assert_null(strstr(answer.text, "X-Request-Id: not sane"));
    test_server_stop(&server);
}

static void no_answer_may_be_taken_for_another_type(void **state)
{
    static const char *const paths[] = {"/echo", "/empty", "/refused", "/secret"};
    struct test_server server;
    struct raw_answer answer;
    char request[64];

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
        raw_exchange(server.port, request, &answer);
        assert_memory_equal(raw_header(&answer, "X-Content-Type-Options"),
                            "X-Content-Type-Options: nosniff\r", 32);
    }
    test_server_stop(&server);
}

static void secret_body_arrives_whole(void **state)
{
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    raw_exchange(server.port, "GET /secret HTTP/1.1\r\nHost: x\r\n\r\n", &answer);
    assert_string_equal(answer.body, "the secret");
    test_server_await_finished(&server, 1);
    assert_int_equal(atomic_load(&server.last_bytes), 10);
    test_server_stop(&server);
}

static void a_header_set_twice_is_sent_once(void **state)
{
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    raw_exchange(server.port, "GET /header HTTP/1.1\r\nHost: x\r\n\r\n", &answer);
    assert_null(strstr(answer.text, "replaced"));
    assert_memory_equal(raw_header(&answer, "X-One"), "x-one: 1\r", 9);
    assert_memory_equal(raw_header(&answer, "X-Two"), "X-Two: 2\r", 9);
    assert_null(raw_header(&answer, "Content-Type"));
    test_server_stop(&server);
}

struct crowd {
    uint16_t port;
    const char *path;
    int requests;
};

static void *run_crowd(void *context)
{
    const struct crowd *crowd = context;
    const int fd = raw_connect(crowd->port);
    struct raw_answer answer;
    char request[128];

    (void)snprintf(request, sizeof(request),
                   "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", crowd->path);
    for (int i = 0; i < crowd->requests; i++) {
        raw_send(fd, request);
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body + answer.body_length - 4, "body");
    }
    (void)close(fd);
    return NULL;
}

/* The reply races with the handler's return in every possible way. */
static void replies_from_other_threads_race_safely(void **state)
{
    struct test_server server;
    struct crowd crowd = {.path = "/instant", .requests = 300};
    pthread_t threads[4];

    (void)state;
    test_server_start(&server);
    crowd.port = server.port;
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_crowd, &crowd), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    test_server_await_finished(&server, 4 * crowd.requests);
    test_server_stop(&server);
}

static void draining_answers_what_is_open_and_takes_nothing_new(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    int open_fd;
    int idle_fd;

    (void)state;
    test_server_start(&server);
    idle_fd = raw_connect(server.port);
    raw_send(idle_fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    raw_receive(idle_fd, &answer);
    assert_null(raw_header(&answer, "Connection"));
    open_fd = raw_connect(server.port);
    raw_send(open_fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    while (http_server_open_exchanges(server.http) == 0)
        clock_sleep_ms(1);
    assert_int_equal(http_server_drain(server.http, 0), 1);
    assert_int_equal(http_server_drain(server.http, 5000), 0);
    raw_receive(open_fd, &answer);
    assert_int_equal(answer.status, 200);
    raw_send(idle_fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    raw_receive(idle_fd, &answer);
    assert_memory_equal(raw_header(&answer, "Connection"), "Connection: close", 17);
    (void)close(open_fd);
    (void)close(idle_fd);
    test_server_stop(&server);
}

static void past_the_limit_connections_are_told_to_come_back(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    int fds[16];
    int late_fd;

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
        fds[i] = raw_connect(server.port);
        raw_send(fds[i], "GET /empty HTTP/1.1\r\nHost: x\r\n\r\n");
        raw_receive(fds[i], &answer);
        assert_int_equal(answer.status, 204);
    }
    late_fd = raw_connect(server.port);
    raw_receive(late_fd, &answer);
    assert_int_equal(answer.status, 503);
    assert_non_null(raw_header(&answer, "Retry-After"));
    (void)close(late_fd);
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++)
        (void)close(fds[i]);
    test_server_stop(&server);
}

static void a_taken_address_is_a_fault(void **state)
{
    struct test_server server;
    struct http_server_options options = {.bind_address = "127.0.0.1", .threads = 1};
    struct http_server *second = NULL;
    struct error error;

    (void)state;
    test_server_start(&server);
    options.port = server.port;
    assert_int_equal(http_server_new(&options, &second, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "in use"));
    options.bind_address = "localhost";
    assert_int_equal(http_server_new(&options, &second, &error), FAULT_HARD);
    assert_null(second);
    test_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_understood_and_answered),
        cmocka_unit_test(one_connection_carries_many_requests),
        cmocka_unit_test(bodies_arrive_whole),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_refusal_before_the_body_closes_the_connection),
        cmocka_unit_test(a_body_is_asked_for_only_when_it_is_wanted),
        cmocka_unit_test(head_is_answered_without_a_body),
        cmocka_unit_test(every_answer_carries_the_request_id),
        cmocka_unit_test(no_answer_may_be_taken_for_another_type),
        cmocka_unit_test(secret_body_arrives_whole),
        cmocka_unit_test(a_header_set_twice_is_sent_once),
        cmocka_unit_test(replies_from_other_threads_race_safely),
        cmocka_unit_test(draining_answers_what_is_open_and_takes_nothing_new),
        cmocka_unit_test(past_the_limit_connections_are_told_to_come_back),
        cmocka_unit_test(a_taken_address_is_a_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
