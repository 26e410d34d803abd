#include "raw_client.h"
#include "test_server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_problem(const struct raw_answer *answer, unsigned status, const char *code)
{
    char member[64];

    (void)snprintf(member, sizeof(member), "\"code\":\"%s\"", code);
    assert_int_equal(answer->status, status);
    assert_non_null(strstr(answer->body, member));
    assert_memory_equal(raw_header(answer, "Content-Type"),
                        "Content-Type: application/problem+json\r", 39);
    assert_non_null(raw_header(answer, "X-Request-Id"));
}

/* What is refused is not read on either: a request smuggled behind it must not be answered. */
static void ambiguous_requests_are_refused_and_end_the_connection(void **state)
{
    /* Two of them go over a line. NOLINTBEGIN(bugprone-suspicious-missing-comma) */
    static const char *const requests[] = {
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
        "0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 05\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n",
        "GET /echo HTTP/1.1\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nauthorization: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\r\nIDEMPOTENCY-KEY: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nX-Timestamp: 1\r\nX-Timestamp: 1\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nX-Signature: v1=a\r\nx-signature: v1=b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n 5\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nA: b\r\n \r\n\r\n",
        "GET /echo HTTP/1.1\nHost: x\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nA: b\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nA: b\r\n\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\n:\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\n:\r\nContent-Length: 5\r\n\r\nhello",
    };
    /* NOLINTEND(bugprone-suspicious-missing-comma) */
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(requests); i++) {
        const int fd = raw_connect(server.port);

        raw_send(fd, requests[i]);
        (void)raw_try_send(fd, "GET /echo?smuggled HTTP/1.1\r\nHost: x\r\n\r\n", 40);
        raw_receive(fd, &answer);
        assert_problem(&answer, 400, "invalid_request");
        assert_true(raw_is_closed(fd));
        (void)close(fd);
    }
    test_server_stop(&server);
}

/* Texts that hold NUL, which libmicrohttpd takes for an end. */
static void nul_in_a_header_is_refused_and_ends_the_connection(void **state)
{
#define REQUEST(text)                                                                              \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }
    static const struct {
        const char *text;
        size_t length;
    } requests[] = {
        REQUEST("GET /echo HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"),
        REQUEST("GET /echo HTTP/1.1\r\nHost: x\r\nA: b\0\r\n\r\n"),
        REQUEST("GET /echo HTTP/1.1\r\nHost: x\r\nA: b\0\r\nB: c\r\n\r\n"),
        REQUEST("GET /echo HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n"),
        REQUEST("GET /echo HTTP/1.1\r\nHost: x\r\n\0A: b\r\n\r\n"),
        REQUEST("GET /echo HTTP/1.1\r\nHost: x\r\n\0\r\nContent-Length: 5\r\n\r\nhello"),
        REQUEST("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\0x\r\n\r\n"),
    };
#undef REQUEST
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(requests); i++) {
        const int fd = raw_connect(server.port);

        assert_true(raw_try_send(fd, requests[i].text, requests[i].length));
        (void)raw_try_send(fd, "GET /echo?smuggled HTTP/1.1\r\nHost: x\r\n\r\n", 40);
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, 400);
        assert_true(raw_is_closed(fd));
        (void)close(fd);
    }
    test_server_stop(&server);
}

/* The checks above must not mind how a header arrives or how much space a value has before it. */
static void large_and_odd_headers_in_small_pieces_are_read(void **state)
{
    static const char start[] =
        "\r\nPOST /echo HTTP/1.1\r\nHost:x\r\nEmpty:\r\nSpaced: \t \t b  c\t\r\n"
        "Cookie: a=b; c=d\r\nContent-Length: 5\r\n";
    struct test_server server;
    struct raw_answer answer;
    char line[64];
    int fd;

    (void)state;
    test_server_start(&server);
    fd = raw_connect(server.port);
    for (int round = 0; round < 2; round++) {
        raw_send(fd, start);
        for (int i = 0; i < 30; i++) {
            (void)snprintf(line, sizeof(line), "Header-%d: %s\r", i, "abcdefghijklmnopqrstuvw");
            raw_send(fd, line);
            raw_send(fd, "\n");
        }
        raw_send(fd, "\r");
        raw_send(fd, "\nhello");
        raw_receive(fd, &answer);
        assert_int_equal(answer.status, 200);
        assert_non_null(strstr(answer.body, "hello"));
    }
    (void)close(fd);
    test_server_stop(&server);
}

static void malformed_targets_are_refused(void **state)
{
    static const char *const targets[] = {"/a%00b", "/a%0ab",  "/a%7F",  "/a%",
                                          "/a%4",   "/a%zz",   "/a\x01", "a",
                                          "*",      "/?q=%00", "/?q=%2", "/a%2Fb"};
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
        char request[128];

        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", targets[i]);
        raw_exchange(server.port, request, &answer);
        assert_problem(&answer, 400, "invalid_request");
    }
    test_server_stop(&server);
}

static void a_long_target_or_header_is_refused(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    char filler[2200];
    char request[4096];

    (void)state;
    test_server_start(&server);
    memset(filler, 'a', sizeof(filler));
    (void)snprintf(request, sizeof(request), "GET /%.*s HTTP/1.1\r\nHost: x\r\n\r\n", 511, filler);
    raw_exchange(server.port, request, &answer);
    assert_int_equal(answer.status, 200);
    (void)snprintf(request, sizeof(request), "GET /%.*s HTTP/1.1\r\nHost: x\r\n\r\n", 512, filler);
    raw_exchange(server.port, request, &answer);
    assert_problem(&answer, 414, "uri_too_long");
    (void)snprintf(request, sizeof(request), "GET /%.*s HTTP/1.1\r\nHost: x\r\n\r\n", 2100, filler);
    raw_exchange(server.port, request, &answer);
    assert_problem(&answer, 414, "uri_too_long");
    (void)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: x\r\nA: %.*s\r\n\r\n", 1900,
                   filler);
    raw_exchange(server.port, request, &answer);
    assert_int_equal(answer.status, 200);
    (void)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: x\r\nA: %.*s\r\n\r\n", 2048,
                   filler);
    raw_exchange(server.port, request, &answer);
    assert_problem(&answer, 431, "headers_too_large");
    test_server_stop(&server);
}

/* More than libmicrohttpd itself has room for: its own answer, but the same statuses. */
static void an_enormous_header_is_refused_as_well(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    static char request[60000] = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
    int fd;

    (void)state;
    test_server_start(&server);
    memset(request + strlen(request), 'a', sizeof(request) - 64);
    request[sizeof(request) - 1] = '\0';
    fd = raw_connect(server.port);
    (void)raw_try_send(fd, request, sizeof(request) - 1);
    raw_receive(fd, &answer);
    assert_int_equal(answer.status, 431);
    (void)close(fd);
    test_server_stop(&server);
}

static void an_announced_long_body_is_refused_before_it_comes(void **state)
{
    struct test_server server;
    struct raw_answer answer;

    (void)state;
    test_server_start(&server);
    raw_exchange(server.port, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n",
                 &answer);
    assert_problem(&answer, 413, "body_too_large");
    /* Who is not let in is told that first. */
    raw_exchange(server.port, "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n",
                 &answer);
    assert_problem(&answer, 401, "unauthorized");
    raw_exchange(server.port, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n",
                 &answer);
    assert_problem(&answer, 413, "body_too_large");
    test_server_stop(&server);
}

static void a_body_is_taken_up_to_the_limit(void **state)
{
    struct test_server server;
    struct raw_answer answer;
    char request[5000];
    int head;

    (void)state;
    test_server_start(&server);
    head = snprintf(request, sizeof(request),
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\n");
    memset(request + head, 'b', 4096);
    request[head + 4096] = '\0';
    raw_exchange(server.port, request, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(answer.body_length > 4096);
    test_server_stop(&server);
}

static void an_endless_chunked_body_is_cut(void **state)
{
    static const char chunk[] = "400\r\n";
    struct test_server server;
    struct raw_answer answer;
    char data[1026];
    int fd;

    (void)state;
    test_server_start(&server);
    memset(data, 'c', sizeof(data));
    data[1024] = '\r';
    data[1025] = '\n';
    fd = raw_connect(server.port);
    raw_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 5; i++) {
        raw_send(fd, chunk);
        assert_true(raw_try_send(fd, data, sizeof(data)));
    }
    raw_receive(fd, &answer);
    assert_problem(&answer, 413, "body_too_large");
    assert_true(raw_is_closed(fd));
    (void)close(fd);
    test_server_await_finished(&server, 1);
    assert_int_equal(atomic_load(&server.last_status), 413);
    test_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ambiguous_requests_are_refused_and_end_the_connection),
        cmocka_unit_test(nul_in_a_header_is_refused_and_ends_the_connection),
        cmocka_unit_test(large_and_odd_headers_in_small_pieces_are_read),
        cmocka_unit_test(malformed_targets_are_refused),
        cmocka_unit_test(a_long_target_or_header_is_refused),
        cmocka_unit_test(an_enormous_header_is_refused_as_well),
        cmocka_unit_test(an_announced_long_body_is_refused_before_it_comes),
        cmocka_unit_test(a_body_is_taken_up_to_the_limit),
        cmocka_unit_test(an_endless_chunked_body_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
