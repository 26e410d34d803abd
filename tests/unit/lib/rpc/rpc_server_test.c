#include "tests/unit/lib/rpc/rpc_harness.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void answers_from_another_thread_find_their_calls(void **state)
{
    struct rpc_method method = {.path = "/rpc/test", .handle = hold_call};
    struct outcome outcomes[5] = {
        {.number = 10}, {.number = 11}, {.number = 12}, {.number = 13}, {.number = 14}};
    struct service service = {.server = NULL};
    struct caller caller;

    (void)state;
    service_start(&service, &method);
    caller_start(&caller, rpc_server_port(service.server), "right", 16, 10000);
    for (size_t i = 0; i < ARRAY_LENGTH(outcomes); ++i)
        assert_int_equal(call(&caller, &outcomes[i]), 0);
    wait_until_held(&service, 1);
    release_held(&service);
    assert_answered(&outcomes[0]);
    /* What waited behind the first trip is one batch. */
    wait_until_held(&service, 4);
    release_held(&service);
    for (size_t i = 1; i < ARRAY_LENGTH(outcomes); ++i)
        assert_answered(&outcomes[i]);
    caller_stop(&caller);
    service_stop(&service);
}

static void wrong_token_is_refused(void **state)
{
    struct rpc_method method = {.path = "/rpc/test", .handle = answer_at_once};
    static const char *const tokens[] = {"wrong", "righ", "right!", ""};
    struct service service = {.server = NULL};

    (void)state;
    service_start(&service, &method);
    for (size_t i = 0; i < ARRAY_LENGTH(tokens); ++i) {
        struct caller caller;

        caller_start(&caller, rpc_server_port(service.server), tokens[i], 16, 10000);
        assert_fails(&caller, FAULT_HARD);
        caller_stop(&caller);
    }
    service_stop(&service);
    assert_int_equal(service.items, 0);
}

struct raw_answer {
    int outcome;
    unsigned status;
    size_t length;
    atomic_bool is_there;
};

static void note_raw(void *context, int outcome, const struct http_client_answer *answer,
                     const struct error *error)
{
    struct raw_answer *raw = context;

    (void)error;
    raw->outcome = outcome;
    raw->status = answer != NULL ? answer->status : 0;
    raw->length = answer != NULL ? answer->body_length : 0;
    atomic_store(&raw->is_there, true);
}

static struct raw_answer send_raw(struct caller *caller, uint16_t port, const char *method,
                                  const char *path, const char *body, size_t length)
{
    static const char *const headers[] = {"Authorization: Bearer right", NULL};
    struct raw_answer raw = {.outcome = 1};
    char url[96];
    const struct http_client_request request = {.method = method,
                                                .url = url,
                                                .headers = headers,
                                                .body = body,
                                                .body_length = length,
                                                .timeout_ms = 10000};

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", (unsigned)port, path);
    assert_int_equal(http_client_send(caller->http, &request, note_raw, &raw, NULL), 0);
    wait_until_set(&raw.is_there);
    return raw;
}

static void nonsense_is_refused_and_handles_nothing(void **state)
{
    struct rpc_method method = {.path = "/rpc/test", .handle = answer_at_once};
    struct service service = {.server = NULL};
    char too_many[(BATCH_LIMIT + 1) * 2];
    struct caller caller;
    uint16_t port;

    (void)state;
    for (size_t i = 0; i < sizeof(too_many); i += 2) {
        too_many[i] = 0x0a;
        too_many[i + 1] = 0;
    }
    service_start(&service, &method);
    port = rpc_server_port(service.server);
    caller_start(&caller, port, "right", 16, 10000);
    assert_int_equal(send_raw(&caller, port, "POST", "/rpc/test", "\x0a\x7f", 2).status, 400);
    assert_int_equal(
        send_raw(&caller, port, "POST", "/rpc/test", too_many, sizeof(too_many)).status, 413);
    assert_int_equal(send_raw(&caller, port, "POST", "/rpc/none", "", 0).status, 404);
    assert_int_equal(send_raw(&caller, port, "GET", "/rpc/test", NULL, 0).status, 405);
    assert_int_equal(send_raw(&caller, port, "POST", "/rpc/test", "", 0).status, 200);
    caller_stop(&caller);
    service_stop(&service);
    assert_int_equal(service.items, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_from_another_thread_find_their_calls),
        cmocka_unit_test(wrong_token_is_refused),
        cmocka_unit_test(nonsense_is_refused_and_handles_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
