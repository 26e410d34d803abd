#include "services/notifier/channel_webhook.h"

#include "lib/base/clock.h"
#include "services/notifier/address_rules.h"
#include "services/notifier/webhook_url.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Nothing of an answer's body is used; a little is read so that the connection may be kept. */
    ANSWER_BYTES_LIMIT = 4096,
    HEADER_SIZE = 256,
    ERROR_SIZE = 128,
};

struct webhook_client {
    struct webhook_options options;
    struct http_client *http;
};

/* One on its way; freed when it is told. */
struct errand {
    struct webhook_client *client;
    int64_t id, endpoint_id, first_us;
    int32_t attempts;
    webhook_sent_fn sent;
    void *context;
};

static bool may_connect(void *context, const struct sockaddr *address)
{
    const struct webhook_client *client = context;

    return address_is_public(address) ||
           (client->options.allows_loopback && address_is_loopback(address));
}

int webhook_client_new(const struct webhook_options *options, struct webhook_client **ret_client,
                       struct error *error)
{
    struct webhook_client *client = calloc(1, sizeof(*client));
    const struct http_client_options http = {
        .queue_limit = options->in_flight_limit,
        /* Each endpoint has its own bound, also where several are on one host. */
        .connections_per_host = options->in_flight_limit,
        .connect_timeout_ms = options->connect_timeout_ms,
        .answer_bytes_limit = ANSWER_BYTES_LIMIT,
        .may_connect = may_connect,
        .may_connect_context = client,
        .cuts_long_answers = true,
        .ca_file = options->ca_file,
    };
    int result;

    if (client == NULL)
        return error_set(error, FAULT_HARD, "no memory for webhooks");
    client->options = *options;
    result = http_client_new(&http, &client->http, error);
    if (result != 0) {
        free(client);
        return result;
    }
    *ret_client = client;
    return 0;
}

void webhook_client_free(struct webhook_client *client)
{
    if (client == NULL)
        return;
    http_client_free(client->http);
    free(client);
}

/* ---- what an answer means ---- */

static void judge(const struct errand *errand, int64_t retry_after_s,
                  struct delivery_outcome *outcome)
{
    const struct backoff_failure failure = {.attempts = (uint32_t)errand->attempts,
                                            .first_us = errand->first_us,
                                            .now_us = clock_now_us(NULL),
                                            .retry_after_s = retry_after_s,
                                            .chance = randombytes_random()};

    outcome->fate = backoff_next(&errand->client->options.retry, &failure, &outcome->next_us)
                        ? DELIVERY_GIVEN_UP
                        : DELIVERY_RETRIED;
}

static void judge_answer(const struct errand *errand, const struct http_client_answer *answer,
                         struct delivery_outcome *outcome)
{
    outcome->http_status = (int32_t)answer->status;
    if (answer->status / 100 == 2) {
        outcome->fate = DELIVERY_DELIVERED;
        return;
    }
    outcome->error =
        answer->status / 100 == 3 ? "redirects are not followed" : "the endpoint did not accept it";
    if (answer->status == 410)
        outcome->fate = DELIVERY_GONE;
    else
        judge(errand, answer->retry_after_s, outcome);
}

static void answered(void *context, int result, const struct http_client_answer *answer,
                     const struct error *error)
{
    CLEANUP(cleanup_free) struct errand *errand = context;
    struct delivery_outcome outcome = {
        .id = errand->id, .endpoint_id = errand->endpoint_id, .attempts = errand->attempts};
    char text[ERROR_SIZE];

    if (result == 0) {
        judge_answer(errand, answer, &outcome);
    } else {
        (void)snprintf(text, sizeof(text), "%.*s", ERROR_SIZE - 1, error->text);
        outcome.error = text;
        judge(errand, 0, &outcome);
    }
    errand->sent(errand->context, &outcome);
}

/* ---- the request ---- */

/* "webhook-signature: v1,… v1,…": by the secret, and by the one before while it still counts. */
static int sign(const struct webhook_client *client, const struct delivery *delivery,
                int64_t timestamp_s, struct buffer *ret_signatures, struct error *error)
{
    uint8_t secret[SECRET_BYTES];
    int result = 0;

    if (secret_open(delivery->sealed_secret, delivery->secret_length, client->options.secret_key,
                    secret))
        result = error_set(error, FAULT_HARD, "the endpoint's secret can't be opened");
    else
        signature_append(ret_signatures, secret, delivery->event_id, timestamp_s, delivery->body);
    if (result == 0 && delivery->previous_length > 0 &&
        !secret_open(delivery->sealed_previous, delivery->previous_length,
                     client->options.secret_key, secret))
        signature_append(ret_signatures, secret, delivery->event_id, timestamp_s, delivery->body);
    sodium_memzero(secret, sizeof(secret));
    return result;
}

static int post(struct webhook_client *client, const struct delivery *delivery,
                const char *signatures, int64_t timestamp_s, struct errand *errand,
                struct error *error)
{
    char id[HEADER_SIZE], timestamp[HEADER_SIZE], signature[HEADER_SIZE];
    const char *const headers[] = {"Content-Type: application/json",
                                   "User-Agent: Slipway-Webhooks/1",
                                   id,
                                   timestamp,
                                   signature,
                                   NULL};
    const struct http_client_request request = {.method = "POST",
                                                .url = delivery->url,
                                                .headers = headers,
                                                .body = delivery->body,
                                                .body_length = strlen(delivery->body),
                                                .timeout_ms = client->options.timeout_ms};

    (void)snprintf(id, sizeof(id), "webhook-id: %s", delivery->event_id);
    (void)snprintf(timestamp, sizeof(timestamp), "webhook-timestamp: %" PRId64, timestamp_s);
    (void)snprintf(signature, sizeof(signature), "webhook-signature: %s", signatures);
    return http_client_send(client->http, &request, answered, errand, error);
}

int webhook_send(struct webhook_client *client, const struct delivery *delivery,
                 webhook_sent_fn sent, void *context, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer signatures = {.limit = HEADER_SIZE};
    CLEANUP(cleanup_free) struct errand *errand = malloc(sizeof(*errand));
    const int64_t timestamp_s = clock_now_us(NULL) / 1000000;
    int result;

    if (errand == NULL)
        return error_set(error, FAULT_RETRY, "no memory for a webhook");
    *errand = (struct errand){.client = client,
                              .id = delivery->id,
                              .endpoint_id = delivery->endpoint_id,
                              .first_us = delivery->first_us,
                              .attempts = delivery->attempts,
                              .sent = sent,
                              .context = context};
    /* The settings may have become stricter since the endpoint was made. */
    if (webhook_url_check(delivery->url, client->options.allows_loopback) != 0)
        return error_set(error, FAULT_HARD, "the endpoint's URL is not allowed");
    result = sign(client, delivery, timestamp_s, &signatures, error);
    if (result == 0 && signatures.overflown)
        result = error_set(error, FAULT_RETRY, "no memory for a signature");
    if (result == 0)
        result = post(client, delivery, signatures.data, timestamp_s, errand, error);
    if (result == 0)
        (void)TAKE(errand);
    return result;
}
