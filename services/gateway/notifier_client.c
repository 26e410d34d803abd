#include "services/gateway/notifier_client.h"

#include "lib/http/client.h"
#include "lib/rpc/rpc_client.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_TIMEOUT_MS = 2000,
    TRIPS = 2,
    BATCH_LIMIT = 64,
    BATCH_BYTES_LIMIT = 1024 * 1024,
    ANSWER_BYTES_LIMIT = 64 * 1024 * 1024,
};

struct notifier_client {
    struct http_client *http;
    struct rpc_client *calls;
};

/* One call on its way; freed by its answer. */
struct open_call {
    notifier_told_fn told;
    void *context;
};

int notifier_client_new(const struct gateway_config *config, struct notifier_client **ret_client,
                        struct error *error)
{
    struct notifier_client *client = calloc(1, sizeof(*client));
    char url[512];
    const struct http_client_options http = {.queue_limit = TRIPS,
                                             .connections_per_host = TRIPS,
                                             .connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                             .answer_bytes_limit = ANSWER_BYTES_LIMIT};
    struct rpc_client_options rpc = {.url = url,
                                     .token = config->rpc_token,
                                     .queue_limit = config->notifier_queue_limit,
                                     .batch_limit = BATCH_LIMIT,
                                     .batch_bytes_limit = BATCH_BYTES_LIMIT,
                                     .trips = TRIPS,
                                     .timeout_ms = config->notifier_timeout_ms};
    int result = 0;

    if (client == NULL)
        return error_set(error, FAULT_HARD, "notifier client: no memory");
    if (snprintf(url, sizeof(url), "%s/rpc/calls", config->notifier_url) >= (int)sizeof(url))
        result = error_set(error, FAULT_HARD, "configuration: NOTIFIER_URL is too long");
    if (result == 0)
        result = http_client_new(&http, &client->http, error);
    rpc.http = client->http;
    if (result == 0)
        result = rpc_client_new(&rpc, &client->calls, error);
    if (result != 0) {
        notifier_client_free(client);
        return result;
    }
    *ret_client = client;
    return 0;
}

void notifier_client_free(struct notifier_client *client)
{
    if (client == NULL)
        return;
    http_client_free(client->http);
    rpc_client_free(client->calls);
    free(client);
}

static void answered(void *context, int outcome, const void *data, size_t length,
                     const struct error *error)
{
    CLEANUP(cleanup_free) struct open_call *call = context;
    const struct error nonsense = {"notifier: a reply that is not one"};
    Slipway__V1__NotifierReply *reply;

    if (outcome != 0) {
        call->told(call->context, outcome, NULL, error);
        return;
    }
    reply = slipway__v1__notifier_reply__unpack(NULL, length, data);
    if (reply == NULL)
        call->told(call->context, FAULT_UNCERTAIN, NULL, &nonsense);
    else
        call->told(call->context, 0, reply, NULL);
    /* A secret may be in it. */
    if (reply != NULL && reply->answer_case == SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_ENDPOINT)
        sodium_memzero(reply->endpoint->secret, strlen(reply->endpoint->secret));
    slipway__v1__notifier_reply__free_unpacked(reply, NULL);
}

int notifier_client_call(struct notifier_client *client, const Slipway__V1__NotifierCall *call,
                         notifier_told_fn told, void *context, struct error *error)
{
    const size_t size = slipway__v1__notifier_call__get_packed_size(call);
    CLEANUP(cleanup_free) uint8_t *packed = malloc(size + 1);
    CLEANUP(cleanup_free) struct open_call *open = malloc(sizeof(*open));
    int result;

    if (packed == NULL || open == NULL)
        return error_set(error, FAULT_RETRY, "notifier client: no memory");
    *open = (struct open_call){told, context};
    (void)slipway__v1__notifier_call__pack(call, packed);
    result = rpc_client_call(client->calls, packed, size, answered, open, error);
    if (result == 0)
        (void)TAKE(open);
    return result;
}
