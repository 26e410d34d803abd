#include "test_server.h"

#include "lib/base/clock.h"

#include <pthread.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LATER_MS = 30 };

void test_run_detached(void *(*work)(void *context), void *context)
{
    pthread_attr_t detached;
    pthread_t thread;

    assert_int_equal(pthread_attr_init(&detached), 0);
    assert_int_equal(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED), 0);
    assert_int_equal(pthread_create(&thread, &detached, work, context), 0);
    (void)pthread_attr_destroy(&detached);
}

static void add_query(void *context, const char *name, const char *value)
{
    buffer_append_format(context, "?%s=%s\n", name, value);
}

static void echo(struct http_exchange *exchange)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    const char *seen = http_exchange_header(exchange, "x-seen");
    const char *query = http_exchange_query(exchange, "q");
    size_t length;
    const char *sent = http_exchange_body(exchange, &length);

    buffer_append_format(&body, "method=%s\npath=%s\ntarget=%s\npeer=%s\nhas_body=%d\n",
                         http_exchange_method(exchange), http_exchange_path(exchange),
                         http_exchange_target(exchange), http_exchange_peer(exchange),
                         http_exchange_has_body(exchange));
    buffer_append_format(&body, "seen=%s\nq=%s\ntraceparent=%s\n", seen != NULL ? seen : "(none)",
                         query != NULL ? query : "(none)",
                         http_exchange_trace(exchange)->traceparent);
    http_exchange_each_query(exchange, add_query, &body);
    buffer_append(&body, sent, length);
    http_exchange_reply(exchange, 200, "text/plain", &body);
}

static void *echo_later(void *context)
{
    clock_sleep_ms(LATER_MS);
    echo(context);
    return NULL;
}

static void *echo_at_once(void *context)
{
    echo(context);
    return NULL;
}

static void refuse(struct http_exchange *exchange)
{
    CLEANUP(problem_deinit) struct problem problem = {.retry_after_s = 7};

    (void)problem_set(&problem, PROBLEM_UNAUTHORIZED, "The key is not known.");
    http_exchange_set_header(exchange, "WWW-Authenticate", "Bearer");
    http_exchange_reply_problem(exchange, &problem);
}

static void *refuse_later(void *context)
{
    clock_sleep_ms(LATER_MS);
    refuse(context);
    return NULL;
}

static void *proceed_later(void *context)
{
    clock_sleep_ms(LATER_MS);
    http_exchange_proceed(context);
    return NULL;
}

static void tell_secret(struct http_exchange *exchange)
{
    struct buffer body = {.is_secret = true};

    buffer_append_text(&body, "the secret");
    http_exchange_reply(exchange, 200, "text/plain", &body);
}

static void forget(void *data)
{
    atomic_fetch_sub((atomic_int *)data, 1);
}

static void begin(void *context, struct http_exchange *exchange)
{
    struct test_server *server = context;
    const char *path = http_exchange_path(exchange);

    atomic_fetch_add(&server->live_data, 1);
    http_exchange_set_data(exchange, &server->live_data, forget);
    if (strcmp(path, "/refused") == 0)
        refuse(exchange);
    else if (strcmp(path, "/refused-later") == 0)
        test_run_detached(refuse_later, exchange);
    else if (strcmp(path, "/later") == 0)
        test_run_detached(proceed_later, exchange);
    else
        http_exchange_proceed(exchange);
}

static void handle(void *context, struct http_exchange *exchange)
{
    const struct test_server *server = context;
    const char *path = http_exchange_path(exchange);

    assert_ptr_equal(http_exchange_data(exchange), &server->live_data);
    if (strcmp(path, "/later") == 0) {
        test_run_detached(echo_later, exchange);
    } else if (strcmp(path, "/instant") == 0) {
        test_run_detached(echo_at_once, exchange);
    } else if (strcmp(path, "/empty") == 0) {
        http_exchange_reply(exchange, 204, NULL, NULL);
    } else if (strcmp(path, "/secret") == 0) {
        tell_secret(exchange);
    } else if (strcmp(path, "/header") == 0) {
        http_exchange_set_header(exchange, "X-One", "replaced");
        http_exchange_set_header(exchange, "x-one", "1");
        http_exchange_set_header(exchange, "X-Two", "2");
        http_exchange_reply(exchange, 200, NULL, NULL);
    } else {
        echo(exchange);
    }
}

static void finished(void *context, const struct http_exchange *exchange, unsigned status,
                     size_t bytes, int64_t duration_us)
{
    struct test_server *server = context;

    assert_true(duration_us >= 0 && duration_us <= http_exchange_age_us(exchange));
    atomic_store(&server->last_status, status);
    atomic_store(&server->last_bytes, bytes);
    atomic_fetch_add(&server->finished_count, 1);
}

void test_server_start_with(struct test_server *server, http_phase_fn handler)
{
    const struct http_server_options options = {
        .bind_address = "127.0.0.1",
        .threads = 2,
        .connections_limit = 16,
        .connections_per_address_limit = 16,
        .header_bytes_limit = 2048,
        .uri_bytes_limit = 512,
        .body_bytes_limit = 4096,
        .header_timeout_ms = 300,
        .body_timeout_ms = 300,
        .idle_timeout_ms = 5000,
        .begin = begin,
        .handle = handler,
        .finished = finished,
        .context = server,
    };
    struct error error;

    memset(server, 0, sizeof(*server));
    assert_int_equal(http_server_new(&options, &server->http, &error), 0);
    server->port = http_server_port(server->http);
}

void test_server_start(struct test_server *server)
{
    test_server_start_with(server, handle);
}

void test_server_stop(struct test_server *server)
{
    assert_int_equal(http_server_drain(server->http, 5000), 0);
    http_server_free(server->http);
    assert_int_equal(atomic_load(&server->live_data), 0);
}

void test_server_await_finished(struct test_server *server, int count)
{
    for (int i = 0; i < 5000 && atomic_load(&server->finished_count) < count; i++)
        clock_sleep_ms(1);
    assert_int_equal(atomic_load(&server->finished_count), count);
}
