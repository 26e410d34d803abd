#include "tests/unit/lib/rpc/rpc_harness.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t read_number(const void *item, size_t length)
{
    uint64_t number = 0;

    if (length == sizeof(number))
        memcpy(&number, item, sizeof(number));
    return number;
}

static void answer_number(struct rpc_call *call, uint64_t number)
{
    const uint64_t answer = ~number;

    rpc_call_answer(call, &answer, sizeof(answer));
}

void answer_at_once(void *context, struct rpc_call *call, const void *item, size_t length)
{
    struct service *service = context;

    ++service->items;
    answer_number(call, read_number(item, length));
}

void answer_batch(void *context, struct rpc_call *const *calls, const struct rpc_item *items,
                  size_t count)
{
    struct service *service = context;

    ++service->batches;
    service->items += (int)count;
    if ((int)count > service->largest_batch)
        service->largest_batch = (int)count;
    for (size_t i = 0; i < count; ++i) {
        const uint64_t number = read_number(items[i].data, items[i].length);
        uint32_t *last = &service->last_of[number >> 32];

        if ((uint32_t)number != *last + 1)
            ++service->out_of_order;
        *last = (uint32_t)number;
    }
    /* Backwards: the reply still has them in the order asked. */
    for (size_t i = count; i > 0; --i)
        answer_number(calls[i - 1], read_number(items[i - 1].data, items[i - 1].length));
}

void hold_call(void *context, struct rpc_call *call, const void *item, size_t length)
{
    struct service *service = context;

    (void)pthread_mutex_lock(&service->mutex);
    service->held_numbers[service->held_count] = read_number(item, length);
    service->held[service->held_count++] = call;
    (void)pthread_mutex_unlock(&service->mutex);
}

static size_t held_calls(struct service *service)
{
    size_t count;

    (void)pthread_mutex_lock(&service->mutex);
    count = service->held_count;
    (void)pthread_mutex_unlock(&service->mutex);
    return count;
}

void release_held(struct service *service)
{
    (void)pthread_mutex_lock(&service->mutex);
    for (; service->held_count > 0; --service->held_count)
        answer_number(service->held[service->held_count - 1],
                      service->held_numbers[service->held_count - 1]);
    (void)pthread_mutex_unlock(&service->mutex);
}

void service_start(struct service *service, struct rpc_method *method)
{
    const struct rpc_server_options options = {.bind_address = "127.0.0.1",
                                               .threads = 2,
                                               .token = "right",
                                               .batch_limit = BATCH_LIMIT,
                                               .body_bytes_limit = 1 << 20,
                                               .methods = method,
                                               .method_count = 1};
    struct error error = {""};

    (void)pthread_mutex_init(&service->mutex, NULL);
    method->context = service;
    if (rpc_server_new(&options, &service->server, &error) != 0)
        fail_msg("%s", error.text);
}

void service_stop(struct service *service)
{
    assert_int_equal(rpc_server_drain(service->server, PATIENCE_MS), 0);
    rpc_server_free(service->server);
    (void)pthread_mutex_destroy(&service->mutex);
}

void caller_start(struct caller *caller, uint16_t port, const char *token, int64_t queue_limit,
                  int64_t timeout_ms)
{
    const struct http_client_options http_options = {.queue_limit = 64,
                                                     .connections_per_host = 4,
                                                     .connect_timeout_ms = 2000,
                                                     .answer_bytes_limit = 1 << 20};
    struct rpc_client_options options = {.token = token,
                                         .queue_limit = queue_limit,
                                         .batch_limit = BATCH_LIMIT,
                                         .batch_bytes_limit = 1 << 16,
                                         .trips = 1,
                                         .timeout_ms = timeout_ms};
    struct error error = {""};
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/rpc/test", (unsigned)port);
    options.url = url;
    if (http_client_new(&http_options, &caller->http, &error) != 0)
        fail_msg("%s", error.text);
    options.http = caller->http;
    if (rpc_client_new(&options, &caller->client, &error) != 0)
        fail_msg("%s", error.text);
}

void caller_stop(struct caller *caller)
{
    http_client_free(caller->http);
    rpc_client_free(caller->client);
}

void note_outcome(void *context, int result, const void *answer, size_t length,
                  const struct error *error)
{
    struct outcome *outcome = context;
    const uint64_t expected = ~outcome->number;

    (void)error;
    outcome->result = result;
    outcome->is_pair = result == 0 && length == sizeof(expected) &&
                       memcmp(answer, &expected, sizeof(expected)) == 0;
    atomic_store(&outcome->is_there, true);
}

int call(struct caller *caller, struct outcome *outcome)
{
    return rpc_client_call(caller->client, &outcome->number, sizeof(outcome->number), note_outcome,
                           outcome, NULL);
}

void wait_until_set(atomic_bool *flag)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!atomic_load(flag)) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        clock_sleep_ms(1);
    }
}

void assert_answered(struct outcome *outcome)
{
    wait_until_set(&outcome->is_there);
    assert_int_equal(outcome->result, 0);
    assert_true(outcome->is_pair);
}

void assert_fails(struct caller *caller, int fault)
{
    struct outcome outcome = {.number = 1};

    assert_int_equal(call(caller, &outcome), 0);
    wait_until_set(&outcome.is_there);
    assert_int_equal(outcome.result, fault);
}

void wait_until_held(struct service *service, size_t count)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (held_calls(service) < count) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        clock_sleep_ms(1);
    }
}
