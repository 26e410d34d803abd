#include "tests/unit/lib/rpc/rpc_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CALLS_EACH = 2000 };

struct crowd {
    pthread_t thread;
    struct caller *caller;
    struct outcome outcomes[CALLS_EACH];
    int refused;
};

static void *call_many(void *context)
{
    struct crowd *crowd = context;

    for (size_t i = 0; i < CALLS_EACH; ++i)
        crowd->refused += call(crowd->caller, &crowd->outcomes[i]) != 0 ? 1 : 0;
    return NULL;
}

static void crowd_shares_trips_and_each_gets_its_own_answer(void **state)
{
    struct rpc_method method = {.path = "/rpc/test", .handle_batch = answer_batch};
    CLEANUP(cleanup_free) struct crowd *crowds = calloc(CALLERS, sizeof(*crowds));
    struct service service = {.server = NULL};
    struct caller caller;

    (void)state;
    assert_non_null(crowds);
    service_start(&service, &method);
    caller_start(&caller, rpc_server_port(service.server), "right", (int64_t)CALLERS * CALLS_EACH,
                 10000);
    for (uint64_t c = 0; c < CALLERS; ++c) {
        crowds[c].caller = &caller;
        for (uint64_t i = 0; i < CALLS_EACH; ++i)
            crowds[c].outcomes[i].number = c << 32 | (i + 1);
        assert_int_equal(pthread_create(&crowds[c].thread, NULL, call_many, &crowds[c]), 0);
    }
    for (size_t c = 0; c < CALLERS; ++c) {
        (void)pthread_join(crowds[c].thread, NULL);
        assert_int_equal(crowds[c].refused, 0);
        for (size_t i = 0; i < CALLS_EACH; ++i)
            assert_answered(&crowds[c].outcomes[i]);
    }
    caller_stop(&caller);
    service_stop(&service);
    assert_int_equal(service.items, CALLERS * CALLS_EACH);
    assert_int_equal(service.out_of_order, 0);
    assert_true(service.batches < CALLERS * CALLS_EACH / 2);
    assert_true(service.largest_batch <= BATCH_LIMIT);
}

static void waiting_calls_are_bounded(void **state)
{
    struct rpc_method method = {.path = "/rpc/test", .handle = hold_call};
    struct outcome outcomes[4] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct service service = {.server = NULL};
    struct caller caller;

    (void)state;
    service_start(&service, &method);
    caller_start(&caller, rpc_server_port(service.server), "right", 2, 10000);
    for (size_t i = 0; i < 3; ++i)
        assert_int_equal(call(&caller, &outcomes[i]), 0);
    assert_int_equal(call(&caller, &outcomes[3]), FAULT_RETRY);
    wait_until_held(&service, 1);
    release_held(&service);
    wait_until_held(&service, 2);
    release_held(&service);
    for (size_t i = 0; i < 3; ++i)
        assert_answered(&outcomes[i]);
    assert_false(atomic_load(&outcomes[3].is_there));
    caller_stop(&caller);
    service_stop(&service);
}

static void peer_that_is_down_has_processed_nothing(void **state)
{
    struct caller caller;

    (void)state;
    caller_start(&caller, 1, "right", 16, 2000);
    assert_fails(&caller, FAULT_RETRY);
    caller_stop(&caller);
}

static void peer_that_stays_silent_may_have_processed_it(void **state)
{
    struct rpc_method method = {.path = "/rpc/test", .handle = hold_call};
    struct service service = {.server = NULL};
    struct caller caller;

    (void)state;
    service_start(&service, &method);
    caller_start(&caller, rpc_server_port(service.server), "right", 16, 300);
    assert_fails(&caller, FAULT_UNCERTAIN);
    wait_until_held(&service, 1);
    release_held(&service);
    caller_stop(&caller);
    service_stop(&service);
}

static void calls_that_wait_end_with_the_client(void **state)
{
    struct rpc_method method = {.path = "/rpc/test", .handle = hold_call};
    struct outcome outcomes[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct service service = {.server = NULL};
    struct caller caller;

    (void)state;
    service_start(&service, &method);
    caller_start(&caller, rpc_server_port(service.server), "right", 16, 10000);
    for (size_t i = 0; i < ARRAY_LENGTH(outcomes); ++i)
        assert_int_equal(call(&caller, &outcomes[i]), 0);
    wait_until_held(&service, 1);
    caller_stop(&caller);
    for (size_t i = 0; i < ARRAY_LENGTH(outcomes); ++i) {
        assert_true(atomic_load(&outcomes[i].is_there));
        assert_true(outcomes[i].result < 0);
    }
    assert_int_equal(outcomes[0].result, FAULT_UNCERTAIN);
    release_held(&service);
    service_stop(&service);
}

static void answer_nothing(void *context, struct http_exchange *exchange)
{
    struct buffer body = {.limit = 0};

    (void)context;
    http_exchange_reply(exchange, 200, "application/x-protobuf", &body);
}

static void answer_that_does_not_fit_fails_every_call(void **state)
{
    const struct http_server_options options = {.bind_address = "127.0.0.1",
                                                .threads = 1,
                                                .connections_limit = 8,
                                                .connections_per_address_limit = 8,
                                                .header_bytes_limit = 8192,
                                                .uri_bytes_limit = 1024,
                                                .body_bytes_limit = 65536,
                                                .header_timeout_ms = 5000,
                                                .body_timeout_ms = 5000,
                                                .idle_timeout_ms = 5000,
                                                .handle = answer_nothing};
    struct http_server *server = NULL;
    struct caller caller;

    (void)state;
    assert_int_equal(http_server_new(&options, &server, NULL), 0);
    caller_start(&caller, http_server_port(server), "right", 16, 10000);
    assert_fails(&caller, FAULT_HARD);
    caller_stop(&caller);
    assert_int_equal(http_server_drain(server, PATIENCE_MS), 0);
    http_server_free(server);
}

static void call_larger_than_a_batch_is_refused_at_once(void **state)
{
    CLEANUP(cleanup_free) char *large = calloc(1, 1 << 16);
    struct outcome outcome = {.number = 1};
    struct caller caller;

    (void)state;
    assert_non_null(large);
    caller_start(&caller, 1, "right", 16, 1000);
    assert_int_equal(rpc_client_call(caller.client, large, 1 << 16, note_outcome, &outcome, NULL),
                     FAULT_HARD);
    caller_stop(&caller);
    assert_false(atomic_load(&outcome.is_there));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crowd_shares_trips_and_each_gets_its_own_answer),
        cmocka_unit_test(waiting_calls_are_bounded),
        cmocka_unit_test(peer_that_is_down_has_processed_nothing),
        cmocka_unit_test(peer_that_stays_silent_may_have_processed_it),
        cmocka_unit_test(calls_that_wait_end_with_the_client),
        cmocka_unit_test(answer_that_does_not_fit_fails_every_call),
        cmocka_unit_test(call_larger_than_a_batch_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
