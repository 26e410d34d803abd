#include "raw_client.h"
#include "test_server.h"

#include "lib/base/clock.h"
#include "lib/http/client.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct result {
    int outcome;
    unsigned status;
    char body[8192];
    char error[384];
    atomic_bool is_done;
};

static struct http_client *new_client(void)
{
    const struct http_client_options options = {
        .queue_limit = 64,
        .connections_per_host = 4,
        .connect_timeout_ms = 1000,
        .answer_bytes_limit = 4096,
    };
    struct http_client *client = NULL;
    struct error error;

    assert_int_equal(http_client_new(&options, &client, &error), 0);
    return client;
}

static void done(void *context, int outcome, const struct http_client_answer *answer,
                 const struct error *error)
{
    struct result *result = context;

    result->outcome = outcome;
    if (outcome == 0) {
        result->status = answer->status;
        memcpy(result->body, answer->body, answer->body_length);
        result->body[answer->body_length] = '\0';
    } else {
        assert_null(answer);
        (void)snprintf(result->error, sizeof(result->error), "%s", error->text);
    }
    atomic_store(&result->is_done, true);
}

static void await(const struct result *result)
{
    for (int i = 0; i < 10000 && !atomic_load(&result->is_done); i++)
        clock_sleep_ms(1);
    assert_true(atomic_load(&result->is_done));
}

static void call(struct http_client *client, const char *method, uint16_t port, const char *path,
                 const char *body, struct result *ret_result)
{
    static const char *const headers[] = {"X-Seen: client", NULL};
    char url[128];
    const struct http_client_request request = {
        .method = method,
        .url = url,
        .headers = headers,
        .body = body,
        .body_length = body != NULL ? strlen(body) : 0,
        .timeout_ms = 500,
    };

    memset(ret_result, 0, sizeof(*ret_result));
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, path);
    assert_int_equal(http_client_send(client, &request, done, ret_result, NULL), 0);
}

static void call_and_await(struct http_client *client, const char *method, uint16_t port,
                           const char *path, const char *body, struct result *ret_result)
{
    call(client, method, port, path, body, ret_result);
    await(ret_result);
}

static void requests_of_every_kind_are_answered(void **state)
{
    static const struct {
        const char *method, *body;
    } kinds[] = {
        {"GET",    NULL   },
        {"POST",   "one"  },
        {"DELETE", NULL   },
        {"PUT",    "two"  },
        {"POST",   NULL   },
        {"GET",    NULL   },
        {"POST",   "three"}
    };
    struct test_server server;
    struct http_client *client = new_client();
    struct result result;

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        char expected[32];

        call_and_await(client, kinds[i].method, server.port, "/echo", kinds[i].body, &result);
        assert_int_equal(result.outcome, 0);
        assert_int_equal(result.status, 200);
        (void)snprintf(expected, sizeof(expected), "method=%s\n", kinds[i].method);
        assert_non_null(strstr(result.body, expected));
        assert_non_null(strstr(result.body, "seen=client\n"));
        if (kinds[i].body != NULL)
            assert_non_null(strstr(result.body, kinds[i].body));
    }
    call_and_await(client, "HEAD", server.port, "/echo", NULL, &result);
    assert_int_equal(result.status, 200);
    assert_string_equal(result.body, "");
    call_and_await(client, "GET", server.port, "/refused", NULL, &result);
    assert_int_equal(result.outcome, 0);
    assert_int_equal(result.status, 401);
    http_client_free(client);
    test_server_stop(&server);
}

static void a_crowd_is_answered_each_its_own(void **state)
{
    struct test_server server;
    struct http_client *client = new_client();
    static struct result results[48];

    (void)state;
    test_server_start(&server);
    for (size_t i = 0; i < ARRAY_LENGTH(results); i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "/instant?q=%zu", i);
        call(client, "POST", server.port, path, "x", &results[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(results); i++) {
        char expected[32];

        await(&results[i]);
        (void)snprintf(expected, sizeof(expected), "\nq=%zu\n", i);
        assert_non_null(strstr(results[i].body, expected));
    }
    http_client_free(client);
    test_server_stop(&server);
}

/* A port on which somebody listens, or nobody any more. */
static int listen_somewhere(uint16_t *ret_port)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(where);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&where, length), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &length), 0);
    *ret_port = ntohs(where.sin_port);
    return fd;
}

static void what_never_connected_may_be_tried_again(void **state)
{
    struct http_client *client = new_client();
    struct result result;
    uint16_t port;

    (void)state;
    (void)close(listen_somewhere(&port));
    call_and_await(client, "POST", port, "/", "x", &result);
    assert_int_equal(result.outcome, FAULT_RETRY);
    http_client_free(client);
}

static void what_was_sent_and_not_answered_is_uncertain(void **state)
{
    struct http_client *client = new_client();
    struct result result;
    uint16_t port;
    const int listening = listen_somewhere(&port);
    char request[64];
    int fd;

    (void)state;
    call_and_await(client, "POST", port, "/", "x", &result);
    assert_int_equal(result.outcome, FAULT_UNCERTAIN);
    call(client, "POST", port, "/", "x", &result);
    (void)close(accept(listening, NULL, NULL));
    fd = accept(listening, NULL, NULL);
    assert_true(recv(fd, request, sizeof(request), 0) > 0);
    (void)close(fd);
    await(&result);
    assert_int_equal(result.outcome, FAULT_UNCERTAIN);
    (void)close(listening);
    http_client_free(client);
}

/* Answers one request, keeping the connection. */
static int accept_and_answer(int listening)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const int fd = accept(listening, NULL, NULL);
    char request[512];

    assert_true(recv(fd, request, sizeof(request), 0) > 0);
    assert_int_equal(send(fd, answer, sizeof(answer) - 1, 0), sizeof(answer) - 1);
    return fd;
}

static void await_request_and_hang_up(int fd)
{
    char request[512];

    assert_true(recv(fd, request, sizeof(request), 0) > 0);
    (void)close(fd);
}

static void what_may_be_sent_only_once_is_not_sent_again(void **state)
{
    struct http_client *client = new_client();
    struct http_client_request request = {
        .method = "POST", .body = "x", .body_length = 1, .timeout_ms = 5000, .only_once = true};
    struct result result = {0};
    char url[64];
    uint16_t port;
    const int listening = listen_somewhere(&port);
    int kept, fresh;

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    request.url = url;
    call(client, "POST", port, "/", "x", &result);
    kept = accept_and_answer(listening);
    await(&result);
    memset(&result, 0, sizeof(result));
    assert_int_equal(http_client_send(client, &request, done, &result, NULL), 0);
    fresh = accept(listening, NULL, NULL);
    await_request_and_hang_up(fresh);
    await(&result);
    assert_int_equal(result.outcome, FAULT_UNCERTAIN);
    /* Another one may go over the kept connection, and again when that dies. */
    call(client, "POST", port, "/", "x", &result);
    await_request_and_hang_up(kept);
    (void)close(accept_and_answer(listening));
    await(&result);
    assert_int_equal(result.outcome, 0);
    (void)close(listening);
    http_client_free(client);
}

static void bad_urls_and_endless_answers_are_hard_faults(void **state)
{
    struct http_client *client = new_client();
    struct test_server server;
    struct result result = {0};
    char body[4001];
    struct http_client_request request = {
        .method = "GET", .url = "ftp://127.0.0.1/", .timeout_ms = 500};

    (void)state;
    test_server_start(&server);
    assert_int_equal(http_client_send(client, &request, done, &result, NULL), 0);
    await(&result);
    assert_int_equal(result.outcome, FAULT_HARD);
    memset(body, 'b', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    call_and_await(client, "POST", server.port, "/echo", body, &result);
    assert_int_equal(result.outcome, FAULT_HARD);
    assert_string_equal(result.error, "the answer is too large");
    http_client_free(client);
    test_server_stop(&server);
}

static bool no_loopback(void *context, const struct sockaddr *address)
{
    atomic_fetch_add((atomic_int *)context, 1);
    return address->sa_family != AF_INET;
}

static void a_refused_address_is_never_connected_to(void **state)
{
    atomic_int asked = 0;
    const struct http_client_options options = {.queue_limit = 4,
                                                .connections_per_host = 4,
                                                .connect_timeout_ms = 1000,
                                                .answer_bytes_limit = 4096,
                                                .may_connect = no_loopback,
                                                .may_connect_context = &asked};
    struct http_client *client = NULL;
    struct test_server server;
    struct result result;

    (void)state;
    test_server_start(&server);
    assert_int_equal(http_client_new(&options, &client, NULL), 0);
    call_and_await(client, "POST", server.port, "/echo", "x", &result);
    assert_int_equal(result.outcome, FAULT_HARD);
    assert_string_equal(result.error, "the address may not be connected to");
    assert_int_equal(atomic_load(&asked), 1);
    assert_int_equal(atomic_load(&server.finished_count), 0);
    http_client_free(client);
    test_server_stop(&server);
}

static void a_long_answer_of_a_stranger_is_cut(void **state)
{
    const struct http_client_options options = {.queue_limit = 4,
                                                .connections_per_host = 4,
                                                .connect_timeout_ms = 1000,
                                                .answer_bytes_limit = 10,
                                                .cuts_long_answers = true};
    struct http_client *client = NULL;
    struct test_server server;
    struct result result;

    (void)state;
    test_server_start(&server);
    assert_int_equal(http_client_new(&options, &client, NULL), 0);
    for (int i = 0; i < 2; i++) {
        call_and_await(client, "POST", server.port, "/echo", "x", &result);
        assert_int_equal(result.outcome, 0);
        assert_int_equal(result.status, 200);
        assert_int_equal(strlen(result.body), 10);
    }
    http_client_free(client);
    test_server_stop(&server);
}

static void the_queue_has_a_limit_and_the_end_leaves_nobody_waiting(void **state)
{
    struct http_client *client = new_client();
    static struct result results[64];
    struct http_client_request request = {.method = "GET", .timeout_ms = 5000};
    char url[64];
    uint16_t port;
    const int listening = listen_somewhere(&port);
    struct error error;

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    request.url = url;
    for (size_t i = 0; i < ARRAY_LENGTH(results); i++)
        assert_int_equal(http_client_send(client, &request, done, &results[i], &error), 0);
    assert_int_equal(http_client_send(client, &request, done, NULL, &error), FAULT_RETRY);
    http_client_free(client);
    for (size_t i = 0; i < ARRAY_LENGTH(results); i++) {
        assert_true(atomic_load(&results[i].is_done));
        assert_int_equal(results[i].outcome, FAULT_UNCERTAIN);
    }
    (void)close(listening);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_every_kind_are_answered),
        cmocka_unit_test(a_crowd_is_answered_each_its_own),
        cmocka_unit_test(what_never_connected_may_be_tried_again),
        cmocka_unit_test(what_was_sent_and_not_answered_is_uncertain),
        cmocka_unit_test(what_may_be_sent_only_once_is_not_sent_again),
        cmocka_unit_test(bad_urls_and_endless_answers_are_hard_faults),
        cmocka_unit_test(a_refused_address_is_never_connected_to),
        cmocka_unit_test(a_long_answer_of_a_stranger_is_cut),
        cmocka_unit_test(the_queue_has_a_limit_and_the_end_leaves_nobody_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
