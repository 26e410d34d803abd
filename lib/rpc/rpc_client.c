#include "lib/rpc/rpc_client.h"

#include "lib/base/buffer.h"
#include "lib/rpc/envelope.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct waiter {
    rpc_answered_fn answered;
    void *context;
};

/* A batch from its first item to its last answer. Items are written into the body as they come. */
struct trip {
    struct trip *next;
    struct rpc_client *client;
    struct buffer body;
    size_t count;
    struct waiter waiters[];
};

struct rpc_client {
    struct http_client *http;
    char *url;
    char *authorization;
    size_t queue_limit, batch_limit, batch_bytes_limit, trips;
    int64_t timeout_ms;
    pthread_mutex_t mutex;
    /* Filled but for the last; empty whenever a trip is free. */
    struct trip *first_waiting, *last_waiting;
    size_t items_waiting, in_flight;
    /* Kept for their memory; as many as were ever needed at once, which the limits bound. */
    struct trip *spare;
};

static void trip_free(struct trip *trip)
{
    buffer_deinit(&trip->body);
    free(trip);
}

static int make_authorization(const char *token, char **ret_header)
{
    if (token[0] == '\0')
        return 0;
    return asprintf(ret_header, "Authorization: Bearer %s", token) >= 0 ? 0 : (int)FAULT_HARD;
}

int rpc_client_new(const struct rpc_client_options *options, struct rpc_client **ret_client,
                   struct error *error)
{
    struct rpc_client *client = calloc(1, sizeof(*client));

    if (client == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    client->http = options->http;
    client->queue_limit = (size_t)options->queue_limit;
    client->batch_limit = (size_t)options->batch_limit;
    client->batch_bytes_limit = (size_t)options->batch_bytes_limit;
    client->trips = (size_t)options->trips;
    client->timeout_ms = options->timeout_ms;
    (void)pthread_mutex_init(&client->mutex, NULL);
    client->url = strdup(options->url);
    if (client->url == NULL || make_authorization(options->token, &client->authorization) != 0) {
        rpc_client_free(client);
        return error_set(error, FAULT_HARD, "no memory");
    }
    *ret_client = client;
    return 0;
}

void rpc_client_free(struct rpc_client *client)
{
    if (client == NULL)
        return;
    assert(client->in_flight == 0 && client->first_waiting == NULL);
    while (client->spare != NULL) {
        struct trip *trip = client->spare;

        client->spare = trip->next;
        trip_free(trip);
    }
    (void)pthread_mutex_destroy(&client->mutex);
    if (client->authorization != NULL)
        sodium_memzero(client->authorization, strlen(client->authorization));
    free(client->authorization);
    free(client->url);
    free(client);
}

/* ---- under the mutex ---- */

static struct trip *take_spare(struct rpc_client *client)
{
    struct trip *trip = client->spare;

    if (trip != NULL) {
        client->spare = trip->next;
        trip->next = NULL;
        return trip;
    }
    trip = calloc(1, sizeof(*trip) + client->batch_limit * sizeof(trip->waiters[0]));
    if (trip == NULL)
        return NULL;
    trip->client = client;
    trip->body.limit = client->batch_bytes_limit;
    return trip;
}

static void put_spare(struct rpc_client *client, struct trip *trip)
{
    buffer_reset(&trip->body);
    trip->count = 0;
    trip->next = client->spare;
    client->spare = trip;
}

/* The trip that the next item of `size` goes with. NULL: no memory. */
static struct trip *find_open_trip(struct rpc_client *client, size_t size)
{
    struct trip *trip = client->last_waiting;

    if (trip != NULL && trip->count < client->batch_limit &&
        trip->body.length + size <= client->batch_bytes_limit)
        return trip;
    trip = take_spare(client);
    if (trip == NULL)
        return NULL;
    if (client->last_waiting != NULL)
        client->last_waiting->next = trip;
    else
        client->first_waiting = trip;
    client->last_waiting = trip;
    return trip;
}

/* The oldest batch, now in flight, or NULL when none waits or no trip is free. */
static struct trip *take_ready(struct rpc_client *client)
{
    struct trip *trip = client->first_waiting;

    if (trip == NULL || client->in_flight == client->trips)
        return NULL;
    client->first_waiting = trip->next;
    if (trip->next == NULL)
        client->last_waiting = NULL;
    trip->next = NULL;
    client->items_waiting -= trip->count;
    ++client->in_flight;
    return trip;
}

static int enqueue(struct rpc_client *client, const void *item, size_t length,
                   const struct waiter *waiter, struct error *error)
{
    struct trip *trip;

    if (client->items_waiting == client->queue_limit)
        return error_set(error, FAULT_RETRY, "too many calls are waiting");
    trip = find_open_trip(client, envelope_item_size(length));
    if (trip == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    envelope_append(&trip->body, item, length);
    trip->waiters[trip->count++] = *waiter;
    ++client->items_waiting;
    return 0;
}

/* ---- without the mutex ---- */

static void fail_all(const struct trip *trip, int outcome, const struct error *error)
{
    for (size_t i = 0; i < trip->count; ++i)
        trip->waiters[i].answered(trip->waiters[i].context, outcome, NULL, 0, error);
}

/* What a status says about the batch. 0: 200. */
static int judge_status(unsigned status, struct error *error)
{
    enum fault fault = FAULT_HARD;

    if (status == 200)
        return 0;
    if (status == 408 || status == 429 || status == 503)
        fault = FAULT_RETRY;
    else if (status >= 500)
        fault = FAULT_UNCERTAIN;
    return error_set(error, fault, "the peer answered with status %u", status);
}

static void answer_all(const struct trip *trip, const struct http_client_answer *answer)
{
    struct envelope envelope = {(const unsigned char *)answer->body, answer->body_length};
    struct envelope_item item;
    struct error error = {""};
    size_t count = 0;
    int outcome = judge_status(answer->status, &error);

    if (outcome == 0 && (envelope_count(envelope, &count) != 0 || count != trip->count))
        outcome = error_set(&error, FAULT_HARD, "the peer's answer does not fit the question");
    if (outcome != 0) {
        fail_all(trip, outcome, &error);
        return;
    }
    for (size_t i = 0; i < trip->count && envelope_next(&envelope, &item) == 0; ++i)
        trip->waiters[i].answered(trip->waiters[i].context, 0, item.data, item.length, NULL);
}

static void finish_trip(void *context, int outcome, const struct http_client_answer *answer,
                        const struct error *error);

static int start_trip(struct trip *trip, struct error *error)
{
    const struct rpc_client *client = trip->client;
    const char *const headers[] = {"Content-Type: application/x-protobuf", client->authorization,
                                   NULL};
    const struct http_client_request request = {.method = "POST",
                                                .url = client->url,
                                                .headers = headers,
                                                .body = trip->body.data,
                                                .body_length = trip->body.length,
                                                .timeout_ms = client->timeout_ms};

    return http_client_send(client->http, &request, finish_trip, trip, error);
}

/* Gives the trip of a finished batch to the one that has waited longest. */
static struct trip *replace_trip(struct rpc_client *client)
{
    struct trip *next;

    (void)pthread_mutex_lock(&client->mutex);
    --client->in_flight;
    next = take_ready(client);
    (void)pthread_mutex_unlock(&client->mutex);
    return next;
}

static void retire_trip(struct trip *trip)
{
    struct rpc_client *client = trip->client;

    (void)pthread_mutex_lock(&client->mutex);
    put_spare(client, trip);
    (void)pthread_mutex_unlock(&client->mutex);
}

/* Until one is under way; those that can't start fail here. */
static void start_next(struct rpc_client *client)
{
    struct trip *trip = replace_trip(client);

    while (trip != NULL) {
        struct error error = {""};
        const int result = start_trip(trip, &error);

        if (result == 0)
            return;
        fail_all(trip, result, &error);
        retire_trip(trip);
        trip = replace_trip(client);
    }
}

static void finish_trip(void *context, int outcome, const struct http_client_answer *answer,
                        const struct error *error)
{
    struct trip *trip = context;

    /* First, so that the peer has work while the answers are given out. */
    start_next(trip->client);
    if (outcome == 0)
        answer_all(trip, answer);
    else
        fail_all(trip, outcome, error);
    retire_trip(trip);
}

int rpc_client_call(struct rpc_client *client, const void *item, size_t length,
                    rpc_answered_fn answered, void *context, struct error *error)
{
    const struct waiter waiter = {answered, context};
    struct trip *trip = NULL;
    int result;

    if (envelope_item_size(length) > client->batch_bytes_limit)
        return error_set(error, FAULT_HARD, "the call is larger than a batch may be");
    (void)pthread_mutex_lock(&client->mutex);
    result = enqueue(client, item, length, &waiter, error);
    if (result == 0)
        trip = take_ready(client);
    (void)pthread_mutex_unlock(&client->mutex);
    if (trip == NULL)
        return result;
    /* A trip was free, so nothing waited before: the batch is this one call. */
    result = start_trip(trip, error);
    if (result != 0) {
        retire_trip(trip);
        start_next(client);
    }
    return result;
}
