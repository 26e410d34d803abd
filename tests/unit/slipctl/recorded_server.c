#include "recorded_server.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BASE_PATH "/hosting/api/v1"

static void copy_header(const struct http_exchange *exchange, const char *name,
                        char ret_text[static RECORDED_TEXT_SIZE])
{
    const char *value = http_exchange_header(exchange, name);

    (void)snprintf(ret_text, RECORDED_TEXT_SIZE, "%s", value != NULL ? value : "");
}

static void copy_head(const struct http_exchange *exchange, struct recorded_head *ret_head)
{
    copy_header(exchange, "Authorization", ret_head->authorization);
    copy_header(exchange, "Idempotency-Key", ret_head->idempotency_key);
    copy_header(exchange, "Prefer", ret_head->prefer);
    copy_header(exchange, "Accept", ret_head->accept);
    copy_header(exchange, "X-Timestamp", ret_head->timestamp);
    copy_header(exchange, "X-Signature", ret_head->signature);
    copy_header(exchange, "Content-Type", ret_head->content_type);
}

static bool is_expected(const struct http_exchange *exchange, const struct recorded *next)
{
    const char *target = http_exchange_target(exchange);
    char request[1024];
    size_t length;
    const char *body = http_exchange_body(exchange, &length);
    const char *wanted = next->body != NULL ? next->body : "";

    if (strncmp(target, BASE_PATH, strlen(BASE_PATH)) != 0)
        return false;
    (void)snprintf(request, sizeof(request), "%s %s", http_exchange_method(exchange),
                   target + strlen(BASE_PATH));
    return strcmp(request, next->request) == 0 && length == strlen(wanted) &&
           memcmp(body, wanted, length) == 0;
}

static void complain(struct recorded_server *server, const struct http_exchange *exchange)
{
    size_t length;
    const char *body = http_exchange_body(exchange, &length);

    if (server->complaint[0] == '\0')
        (void)snprintf(server->complaint, sizeof(server->complaint),
                       "request %zu was %s %.300s with the body %.*s", server->served,
                       http_exchange_method(exchange), http_exchange_target(exchange),
                       (int)(length < 400 ? length : 400), body);
}

/* The answer to give; NULL: the request was not expected. */
static const struct recorded *take_next(struct recorded_server *server,
                                        const struct http_exchange *exchange)
{
    const struct recorded *next = NULL;

    (void)pthread_mutex_lock(&server->lock);
    if (server->served < server->count && is_expected(exchange, &server->script[server->served])) {
        next = &server->script[server->served];
        copy_head(exchange, &server->heads[server->served++]);
    } else {
        complain(server, exchange);
    }
    (void)pthread_mutex_unlock(&server->lock);
    return next;
}

static void handle(void *context, struct http_exchange *exchange)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    const struct recorded *next = take_next(context, exchange);
    char name[64];

    if (next == NULL) {
        http_exchange_reply(exchange, 500, NULL, NULL);
        return;
    }
    if (next->header != NULL) {
        const char *colon = strchr(next->header, ':');

        (void)snprintf(name, sizeof(name), "%.*s", (int)(colon - next->header), next->header);
        http_exchange_set_header(exchange, name, colon + 2);
    }
    buffer_append_text(&body, next->answer != NULL ? next->answer : "");
    http_exchange_reply(exchange, next->status,
                        next->type != NULL    ? next->type
                        : next->status >= 400 ? "application/problem+json"
                                              : "application/json",
                        &body);
}

void recorded_server_start(struct recorded_server *server, const struct recorded *script,
                           size_t count)
{
    const struct http_server_options options = {
        .bind_address = "127.0.0.1",
        .threads = 1,
        .connections_limit = 16,
        .connections_per_address_limit = 16,
        .header_bytes_limit = 8192,
        .uri_bytes_limit = 4096,
        .body_bytes_limit = 65536,
        .header_timeout_ms = 5000,
        .body_timeout_ms = 5000,
        .idle_timeout_ms = 5000,
        .handle = handle,
        .context = server,
    };
    struct error error;

    assert_in_range(count, 0, RECORDED_MAX);
    memset(server, 0, sizeof(*server));
    server->script = script;
    server->count = count;
    (void)pthread_mutex_init(&server->lock, NULL);
    assert_int_equal(http_server_new(&options, &server->http, &error), 0);
    server->port = http_server_port(server->http);
}

void recorded_server_stop(struct recorded_server *server)
{
    assert_int_equal(http_server_drain(server->http, 5000), 0);
    http_server_free(server->http);
    (void)pthread_mutex_destroy(&server->lock);
    assert_string_equal(server->complaint, "");
    assert_int_equal(server->served, server->count);
}
