#include "tests/support/standin_provider.h"

#include "lib/base/clock.h"
#include "lib/http/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { INVOICES_MAX = 256, WAITING_MAX = 64, FIRST_ID = 1001 };

struct invoice {
    char payload[48];
    char amount[24];
    char status[16];
};

struct standin_provider {
    struct http_server *server;
    char url[64];
    pthread_mutex_t mutex;
    enum standin_mode mode;
    struct invoice invoices[INVOICES_MAX];
    size_t invoice_count;
    int64_t looks;
    struct http_exchange *waiting[WAITING_MAX];
    size_t waiting_count;
};

static json_t *show(const struct standin_provider *standin, size_t index)
{
    const struct invoice *invoice = &standin->invoices[index];
    char end[CLOCK_TEXT_SIZE];

    return json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "invoice_id",
                     (json_int_t)index + FIRST_ID, "status", invoice->status, "currency_type",
                     "fiat", "fiat", "USD", "amount", invoice->amount, "payload", invoice->payload,
                     "bot_invoice_url", "https://pay.example/x", "expiration_date",
                     clock_format(clock_now_us(NULL) + INT64_C(3600) * 1000000, end));
}

static size_t add(struct standin_provider *standin, const char *payload, const char *amount)
{
    struct invoice *invoice = &standin->invoices[standin->invoice_count];

    assert_true(standin->invoice_count < INVOICES_MAX);
    (void)snprintf(invoice->payload, sizeof(invoice->payload), "%s", payload);
    (void)snprintf(invoice->amount, sizeof(invoice->amount), "%s", amount);
    (void)snprintf(invoice->status, sizeof(invoice->status), "active");
    return standin->invoice_count++;
}

static json_t *create(struct standin_provider *standin, struct http_exchange *exchange)
{
    size_t length;
    const char *text = http_exchange_body(exchange, &length);
    json_t *body = json_loadb(text, length, 0, NULL);
    json_t *shown;

    assert_non_null(body);
    shown = show(standin, add(standin, json_string_value(json_object_get(body, "payload")),
                              json_string_value(json_object_get(body, "amount"))));
    json_decref(body);
    return shown;
}

static json_t *list(struct standin_provider *standin, const struct http_exchange *exchange)
{
    const char *wanted = http_exchange_query(exchange, "invoice_ids");
    json_t *items = json_array();

    standin->looks += wanted != NULL;
    for (size_t i = 0; i < standin->invoice_count; ++i)
        if (wanted == NULL || strtoll(wanted, NULL, 10) == (long long)i + FIRST_ID)
            (void)json_array_append_new(items, show(standin, i));
    return json_pack("{s:o}", "items", items);
}

static void reply(struct http_exchange *exchange, unsigned status, json_t *answer)
{
    struct buffer body = {0};
    char *text = json_dumps(answer, JSON_COMPACT);

    assert_non_null(text);
    buffer_append_text(&body, text);
    free(text);
    json_decref(answer);
    http_exchange_reply(exchange, status, "application/json", &body);
}

/* Under the mutex; NULL: it is kept waiting. */
static json_t *work(struct standin_provider *standin, struct http_exchange *exchange,
                    unsigned *ret_status)
{
    json_t *result;

    if (standin->mode == STANDIN_REFUSES)
        return json_pack("{s:b,s:{s:i,s:s}}", "ok", 0, "error", "code", 400, "name",
                         "AMOUNT_TOO_SMALL");
    if (standin->mode != STANDIN_WORKS)
        *ret_status = 500;
    if (standin->mode == STANDIN_FAILS)
        return json_object();
    result = strcmp(http_exchange_path(exchange), "/api/createInvoice") == 0
                 ? create(standin, exchange)
                 : list(standin, exchange);
    if (standin->mode == STANDIN_LOSES) {
        assert_true(standin->waiting_count < WAITING_MAX);
        standin->waiting[standin->waiting_count++] = exchange;
        json_decref(result);
        return NULL;
    }
    return json_pack("{s:b,s:o}", "ok", 1, "result", result);
}

static void handle(void *context, struct http_exchange *exchange)
{
    struct standin_provider *standin = context;
    unsigned status = 200;
    json_t *answer;

    (void)pthread_mutex_lock(&standin->mutex);
    answer = work(standin, exchange, &status);
    (void)pthread_mutex_unlock(&standin->mutex);
    if (answer != NULL)
        reply(exchange, status, answer);
}

struct standin_provider *standin_provider_new(void)
{
    struct standin_provider *standin = calloc(1, sizeof(*standin));
    const struct http_server_options options = {
        .bind_address = "127.0.0.1",
        .threads = 1,
        .connections_limit = 256,
        .connections_per_address_limit = 256,
        .header_bytes_limit = 16384,
        .uri_bytes_limit = 4096,
        .body_bytes_limit = 65536,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 10000,
        .idle_timeout_ms = 60000,
        .handle = handle,
        .context = standin,
    };
    struct error error;

    assert_non_null(standin);
    (void)pthread_mutex_init(&standin->mutex, NULL);
    if (http_server_new(&options, &standin->server, &error) != 0)
        fail_msg("%s", error.text);
    (void)snprintf(standin->url, sizeof(standin->url), "http://127.0.0.1:%u",
                   http_server_port(standin->server));
    return standin;
}

void standin_provider_free(struct standin_provider *standin)
{
    for (size_t i = 0; i < standin->waiting_count; ++i)
        reply(standin->waiting[i], 500, json_object());
    (void)http_server_drain(standin->server, 5000);
    http_server_free(standin->server);
    (void)pthread_mutex_destroy(&standin->mutex);
    free(standin);
}

const char *standin_provider_url(const struct standin_provider *standin)
{
    return standin->url;
}

void standin_provider_set_mode(struct standin_provider *standin, enum standin_mode mode)
{
    (void)pthread_mutex_lock(&standin->mutex);
    standin->mode = mode;
    (void)pthread_mutex_unlock(&standin->mutex);
}

int64_t standin_provider_add(struct standin_provider *standin, int64_t deposit_id,
                             const char *amount)
{
    char payload[48];
    size_t index;

    (void)snprintf(payload, sizeof(payload), "slipway-%" PRId64, deposit_id);
    (void)pthread_mutex_lock(&standin->mutex);
    index = add(standin, payload, amount);
    (void)pthread_mutex_unlock(&standin->mutex);
    return (int64_t)index + FIRST_ID;
}

static bool is_of(const struct invoice *invoice, int64_t deposit_id)
{
    char payload[48];

    (void)snprintf(payload, sizeof(payload), "slipway-%" PRId64, deposit_id);
    return strcmp(invoice->payload, payload) == 0;
}

void standin_provider_set_status(struct standin_provider *standin, int64_t deposit_id,
                                 const char *status)
{
    (void)pthread_mutex_lock(&standin->mutex);
    for (size_t i = 0; i < standin->invoice_count; ++i)
        if (is_of(&standin->invoices[i], deposit_id))
            (void)snprintf(standin->invoices[i].status, sizeof(standin->invoices[i].status), "%s",
                           status);
    (void)pthread_mutex_unlock(&standin->mutex);
}

int64_t standin_provider_invoices(struct standin_provider *standin, int64_t deposit_id)
{
    int64_t count = 0;

    (void)pthread_mutex_lock(&standin->mutex);
    for (size_t i = 0; i < standin->invoice_count; ++i)
        count += is_of(&standin->invoices[i], deposit_id);
    (void)pthread_mutex_unlock(&standin->mutex);
    return count;
}

int64_t standin_provider_looks(struct standin_provider *standin)
{
    int64_t looks;

    (void)pthread_mutex_lock(&standin->mutex);
    looks = standin->looks;
    (void)pthread_mutex_unlock(&standin->mutex);
    return looks;
}
