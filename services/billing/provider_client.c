#include "services/billing/provider_client.h"

#include "lib/base/clock.h"
#include "lib/http/client.h"

#include <pthread.h>
#include <stdio.h>

enum {
    CONNECTIONS_PER_HOST = 16,
    CONNECT_TIMEOUT_MS = 5000,
    /* A hundred invoices, when one is looked for by our reference. */
    ANSWER_BYTES_LIMIT = 1024 * 1024,
    OUTCOMES = 7,
};

static const char *const question_names[] = {
    [PROVIDER_CREATE] = "create", [PROVIDER_FIND] = "find"};
static const char *const outcome_names[OUTCOMES] = {"done", "refused",   "not_found", "busy",
                                                    "down", "uncertain", "broken"};

struct provider_series {
    struct metric *duration;
    struct metric *calls[OUTCOMES];
};

struct provider_client {
    struct provider_client_options options;
    /* NULL: closed. */
    struct http_client *http;
    /* Held for reading while a request is handed on, for writing while it closes. */
    pthread_rwlock_t gate;
    struct provider_series series[PROVIDER_BOOK_MAX][ARRAY_LENGTH(question_names)];
};

struct call {
    struct provider_client *client;
    const struct provider_entry *entry;
    enum provider_question question;
    struct deposit_order order;
    char reference[PROVIDER_REFERENCE_SIZE];
    int64_t began_us;
    provider_told_fn told;
    void *context;
};

static void register_series(struct provider_client *client, size_t index)
{
    const char *name = client->options.book->entries[index].provider->name;
    char labels[128];

    for (size_t question = 0; question < ARRAY_LENGTH(question_names); ++question) {
        struct provider_series *series = &client->series[index][question];

        (void)snprintf(labels, sizeof(labels), "provider=\"%s\",call=\"%s\"", name,
                       question_names[question]);
        series->duration = metrics_histogram(client->options.metrics,
                                             "slipway_billing_provider_call_duration_seconds",
                                             "How long a payment provider took.", labels);
        for (size_t i = 0; i < OUTCOMES; ++i) {
            (void)snprintf(labels, sizeof(labels), "provider=\"%s\",call=\"%s\",outcome=\"%s\"",
                           name, question_names[question], outcome_names[i]);
            series->calls[i] =
                metrics_counter(client->options.metrics, "slipway_billing_provider_calls_total",
                                "Requests to payment providers.", labels);
        }
    }
}

int provider_client_new(const struct provider_client_options *options,
                        struct provider_client **ret_client, struct error *error)
{
    struct provider_client *client = calloc(1, sizeof(*client));
    const struct http_client_options http = {
        .queue_limit = options->limit,
        .connections_per_host = CONNECTIONS_PER_HOST,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .answer_bytes_limit = ANSWER_BYTES_LIMIT,
    };
    int result;

    if (client == NULL)
        return error_set(error, FAULT_HARD, "no memory for a client of providers");
    client->options = *options;
    (void)pthread_rwlock_init(&client->gate, NULL);
    for (size_t i = 0; i < options->book->count; ++i)
        register_series(client, i);
    result = http_client_new(&http, &client->http, error);
    if (result < 0) {
        provider_client_free(client);
        return result;
    }
    *ret_client = client;
    return 0;
}

void provider_client_close(struct provider_client *client)
{
    struct http_client *http;

    (void)pthread_rwlock_wrlock(&client->gate);
    http = TAKE(client->http);
    (void)pthread_rwlock_unlock(&client->gate);
    http_client_free(http);
}

void provider_client_free(struct provider_client *client)
{
    if (client == NULL)
        return;
    provider_client_close(client);
    (void)pthread_rwlock_destroy(&client->gate);
    free(client);
}

static size_t outcome_index(int outcome)
{
    static const size_t refusals[] = {
        [0] = 0, [PROVIDER_REFUSED] = 1, [PROVIDER_NOT_FOUND] = 2, [PROVIDER_BUSY] = 3};

    if (outcome >= 0 && (size_t)outcome < ARRAY_LENGTH(refusals))
        return refusals[outcome];
    return outcome == FAULT_RETRY ? 4 : outcome == FAULT_UNCERTAIN ? 5 : 6;
}

static void finish(struct call *call, int outcome, const struct provider_invoice *invoice,
                   const struct error *error)
{
    const size_t index = (size_t)(call->entry - call->client->options.book->entries);
    struct provider_series *series = &call->client->series[index][call->question];

    metric_add(series->calls[outcome_index(outcome)], 1);
    metric_observe_us(series->duration, clock_monotonic_us() - call->began_us);
    call->told(call->context, outcome, invoice, error);
}

static struct provider_order order_of(const struct call *call)
{
    return (struct provider_order){
        .reference = call->reference,
        .amount_cents = call->order.invoice_cents,
        .asset = call->order.asset,
        .lifetime_s = call->entry->lifetime_s,
    };
}

/* What was answered with an error or with nonsense may have been done all the same. */
static int read_answer(const struct call *call, const struct http_client_answer *answer,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    const struct provider_settings *settings = &call->entry->settings;
    const struct provider *provider = call->entry->provider;
    const struct provider_order order = order_of(call);
    int result;

    if (call->question == PROVIDER_FIND)
        return provider->read_find(settings, &order, call->order.external_id, answer->status,
                                   answer->body, answer->body_length, ret_invoice, error);
    result = provider->read_create(settings, &order, answer->status, answer->body,
                                   answer->body_length, ret_invoice, error);
    return result < 0 ? FAULT_HARD : result;
}

static void answered(void *context, int outcome, const struct http_client_answer *answer,
                     const struct error *error)
{
    CLEANUP(cleanup_free) struct call *call = context;
    struct provider_invoice invoice = {0};
    struct error words = {.text = ""};

    if (outcome == 0)
        outcome = read_answer(call, answer, &invoice, &words);
    else
        words = *error;
    finish(call, outcome, &invoice, &words);
}

static int write_request(const struct call *call, struct provider_request *ret_request,
                         struct error *error)
{
    const struct provider_settings *settings = &call->entry->settings;
    const struct provider *provider = call->entry->provider;
    const struct provider_order order = order_of(call);

    if (call->question == PROVIDER_FIND)
        return provider->write_find(settings, &order, call->order.external_id, ret_request, error);
    return provider->write_create(settings, &order, ret_request, error);
}

static int send_request(struct call *call, const struct provider_request *request,
                        int64_t timeout_ms, struct error *error)
{
    const char *headers[PROVIDER_HEADERS_MAX + 1] = {NULL};
    const struct http_client_request http = {
        .method = request->method,
        .url = request->url.data,
        .headers = headers,
        .body = request->body.length > 0 ? request->body.data : NULL,
        .body_length = request->body.length,
        .timeout_ms = timeout_ms,
        .only_once = call->question == PROVIDER_CREATE,
    };
    struct provider_client *client = call->client;
    int result;

    for (size_t i = 0; i < request->header_count; ++i)
        headers[i] = request->headers[i].data;
    (void)pthread_rwlock_rdlock(&client->gate);
    if (client->http != NULL)
        result = http_client_send(client->http, &http, answered, call, error);
    else
        result = error_set(error, FAULT_RETRY, "billing is stopping");
    (void)pthread_rwlock_unlock(&client->gate);
    return result;
}

int provider_client_ask(struct provider_client *client, enum provider_question question,
                        const struct deposit_order *order, int64_t timeout_ms,
                        provider_told_fn told, void *context, struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};
    const struct provider_entry *entry =
        provider_book_find(client->options.book, order->provider->name);
    CLEANUP(cleanup_free) struct call *call = calloc(1, sizeof(*call));
    int result;

    if (call == NULL)
        return error_set(error, FAULT_RETRY, "no memory for a request to a provider");
    if (entry == NULL || !provider_entry_is_available(entry))
        return error_set(error, FAULT_RETRY, "the provider is not configured any more");
    *call = (struct call){.client = client,
                          .entry = entry,
                          .question = question,
                          .order = *order,
                          .began_us = clock_monotonic_us(),
                          .told = told,
                          .context = context};
    (void)deposit_reference(order->id, call->reference);
    result = write_request(call, &request, error);
    if (result == 0)
        result = send_request(call, &request, timeout_ms, error);
    if (result == 0)
        (void)TAKE(call); /* the answer's now, and perhaps gone already */
    return result;
}
