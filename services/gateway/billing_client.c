#include "services/gateway/billing_client.h"

#include "lib/base/clock.h"
#include "lib/http/client.h"
#include "lib/rpc/rpc_client.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CONNECT_TIMEOUT_MS = 2000,
    /* A whole trip of the largest questions: 256 times the cards of 1000 servers. */
    ANSWER_BYTES_LIMIT = 64 * 1024 * 1024,
    BATCH_BYTES_LIMIT = 1024 * 1024,
};

struct billing_client {
    struct http_client *http;
    struct rpc_client *commands, *queries, *deposits, *callbacks;
    int64_t timeout_ms;
};

/* One call on its way; freed by its answer. */
struct billing_call {
    billing_settled_fn settled;
    billing_told_fn told;
    void *context;
    int64_t deadline_ms;
};

struct lane {
    const char *path;
    int64_t batch_limit, trips;
};

static int make_lane(const struct gateway_config *config, struct http_client *http,
                     const struct lane *lane, struct rpc_client **ret_lane, struct error *error)
{
    char url[512];
    const struct rpc_client_options options = {
        .http = http,
        .url = url,
        .token = config->rpc_token,
        .queue_limit = config->billing_queue_limit,
        .batch_limit = lane->batch_limit,
        .batch_bytes_limit = BATCH_BYTES_LIMIT,
        .trips = lane->trips,
        .timeout_ms = config->billing_timeout_ms,
    };

    if (snprintf(url, sizeof(url), "%s%s", config->billing_url, lane->path) >= (int)sizeof(url))
        return error_set(error, FAULT_HARD, "configuration: BILLING_URL is too long");
    return rpc_client_new(&options, ret_lane, error);
}

static int make_lanes(const struct gateway_config *config, struct billing_client *client,
                      struct error *error)
{
    const struct lane commands = {"/rpc/commands", config->billing_batch_limit,
                                  config->billing_command_trips};
    const struct lane queries = {"/rpc/queries", config->billing_batch_limit,
                                 config->billing_query_trips};
    const struct lane alone = {"/rpc/commands", 1, config->billing_deposit_trips};
    int result = make_lane(config, client->http, &commands, &client->commands, error);

    if (result == 0)
        result = make_lane(config, client->http, &queries, &client->queries, error);
    if (result == 0)
        result = make_lane(config, client->http, &alone, &client->deposits, error);
    if (result == 0)
        result = make_lane(config, client->http, &alone, &client->callbacks, error);
    return result;
}

int billing_client_new(const struct gateway_config *config, struct billing_client **ret_client,
                       struct error *error)
{
    struct billing_client *client = calloc(1, sizeof(*client));
    const int64_t trips = config->billing_command_trips + config->billing_query_trips +
                          2 * config->billing_deposit_trips;
    const struct http_client_options options = {
        .queue_limit = trips,
        .connections_per_host = trips,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .answer_bytes_limit = ANSWER_BYTES_LIMIT,
    };
    int result;

    if (client == NULL)
        return error_set(error, FAULT_HARD, "billing client: no memory");
    client->timeout_ms = config->billing_timeout_ms;
    result = http_client_new(&options, &client->http, error);
    if (result == 0)
        result = make_lanes(config, client, error);
    if (result != 0) {
        billing_client_free(client);
        return result;
    }
    *ret_client = client;
    return 0;
}

void billing_client_free(struct billing_client *client)
{
    if (client == NULL)
        return;
    http_client_free(client->http);
    rpc_client_free(client->commands);
    rpc_client_free(client->queries);
    rpc_client_free(client->deposits);
    rpc_client_free(client->callbacks);
    free(client);
}

/* The client below knows only that no answer came; whether time was up is seen from the clock. */
static int outcome_of(const struct billing_call *call, int outcome)
{
    if (outcome == FAULT_UNCERTAIN && clock_monotonic_ms() >= call->deadline_ms)
        return BILLING_TIMED_OUT;
    return outcome;
}

static void command_answered(void *context, int outcome, const void *data, size_t length,
                             const struct error *error)
{
    CLEANUP(cleanup_free) struct billing_call *call = context;
    const struct error nonsense = {"billing: an answer that is not one"};
    Slipway__V1__Answer *answer;

    if (outcome != 0) {
        call->settled(call->context, outcome_of(call, outcome), NULL, error);
        return;
    }
    answer = slipway__v1__answer__unpack(NULL, length, data);
    if (answer == NULL)
        call->settled(call->context, FAULT_UNCERTAIN, NULL, &nonsense);
    else
        call->settled(call->context, 0, answer, NULL);
    slipway__v1__answer__free_unpacked(answer, NULL);
}

static void query_answered(void *context, int outcome, const void *data, size_t length,
                           const struct error *error)
{
    CLEANUP(cleanup_free) struct billing_call *call = context;
    const struct error nonsense = {"billing: a result that is not one"};
    Slipway__V1__QueryResult *result;

    if (outcome != 0) {
        call->told(call->context, outcome_of(call, outcome), NULL, error);
        return;
    }
    result = slipway__v1__query_result__unpack(NULL, length, data);
    if (result == NULL)
        call->told(call->context, FAULT_HARD, NULL, &nonsense);
    else
        call->told(call->context, 0, result, NULL);
    slipway__v1__query_result__free_unpacked(result, NULL);
}

static int send_message(struct rpc_client *lane, const ProtobufCMessage *message,
                        rpc_answered_fn answered, struct billing_call call, struct error *error)
{
    uint8_t small[1024];
    const size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = size <= sizeof(small) ? small : malloc(size);
    struct billing_call *open = malloc(sizeof(*open));
    int result = FAULT_RETRY;

    if (packed != NULL && open != NULL) {
        *open = call;
        (void)protobuf_c_message_pack(message, packed);
        result = rpc_client_call(lane, packed, size, answered, open, error);
    } else {
        (void)error_set(error, FAULT_RETRY, "billing client: no memory");
    }
    if (packed != small)
        free(packed);
    if (result != 0)
        free(open); /* else it is the answer's, and perhaps gone already */
    return result;
}

static struct rpc_client *lane_of(const struct billing_client *client,
                                  const Slipway__V1__Command *command)
{
    if (command->action_case == SLIPWAY__V1__COMMAND__ACTION_OPEN_DEPOSIT)
        return client->deposits;
    if (command->action_case == SLIPWAY__V1__COMMAND__ACTION_PROVIDER_CALLBACK)
        return client->callbacks;
    return client->commands;
}

int billing_client_submit(struct billing_client *client, const Slipway__V1__Command *command,
                          billing_settled_fn settled, void *context, struct error *error)
{
    return send_message(lane_of(client, command), &command->base, command_answered,
                        (struct billing_call){
                            .settled = settled,
                            .context = context,
                            .deadline_ms = clock_monotonic_ms() + client->timeout_ms,
                        },
                        error);
}

int billing_client_ask(struct billing_client *client, const Slipway__V1__Query *query,
                       billing_told_fn told, void *context, struct error *error)
{
    return send_message(client->queries, &query->base, query_answered,
                        (struct billing_call){
                            .told = told,
                            .context = context,
                            .deadline_ms = clock_monotonic_ms() + client->timeout_ms,
                        },
                        error);
}
