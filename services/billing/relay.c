#include "services/billing/relay.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/crash_point.h"
#include "proto/outbox.pb-c.h"
#include "services/billing/topics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* A row of the outbox on its way. */
struct row {
    struct relay *relay;
    struct row *previous, *next;
    int64_t outbox_id, committed_us;
    /* Messages handed to the producer whose outcome is open, and one while the row is being handed
     * on. */
    size_t open;
    /* Something of it was not acknowledged: the sweeper sends it again. */
    bool failed;
};

struct relay {
    struct kafka_producer *producer, *event_producer;
    int64_t in_flight_limit;
    _Atomic int64_t id;
    pthread_mutex_t mutex;
    /* Doubly linked, newest first. */
    struct row *in_flight;
    int64_t in_flight_count;
    /* Acknowledged whole, to be deleted; singly linked by `next`. */
    struct row *acknowledged;
    struct metric *messages, *failures, *deferred, *seconds;
};

static int64_t read_in_flight(void *context)
{
    struct relay *relay = context;
    int64_t count;

    (void)pthread_mutex_lock(&relay->mutex);
    count = relay->in_flight_count;
    (void)pthread_mutex_unlock(&relay->mutex);
    return count;
}

int relay_new(const struct relay_options *options, struct relay **ret_relay, struct error *error)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (relay == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    relay->producer = options->producer;
    relay->event_producer = options->event_producer;
    relay->in_flight_limit = options->in_flight_limit;
    (void)pthread_mutex_init(&relay->mutex, NULL);
    relay->messages =
        metrics_counter(options->metrics, "slipway_billing_relay_messages_total",
                        "Messages of the outbox by what became of them.", "outcome=\"done\"");
    relay->failures =
        metrics_counter(options->metrics, "slipway_billing_relay_messages_total",
                        "Messages of the outbox by what became of them.", "outcome=\"failed\"");
    relay->deferred = metrics_counter(options->metrics, "slipway_billing_relay_deferred_total",
                                      "Rows left to the sweeper.", "");
    relay->seconds =
        metrics_histogram(options->metrics, "slipway_billing_relay_seconds",
                          "From a commit to Kafka's acknowledgement of each of its commands.", "");
    metrics_gauge_read(options->metrics, "slipway_billing_relay_in_flight_rows",
                       "Rows of the outbox sent and not acknowledged.", "", read_in_flight, relay);
    *ret_relay = relay;
    return 0;
}

static void free_rows(struct row *row)
{
    while (row != NULL) {
        struct row *next = row->next;

        free(row);
        row = next;
    }
}

void relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    free_rows(relay->in_flight);
    free_rows(relay->acknowledged);
    (void)pthread_mutex_destroy(&relay->mutex);
    free(relay);
}

int64_t relay_id(const struct relay *relay)
{
    return atomic_load(&relay->id);
}

void relay_set_id(struct relay *relay, int64_t id)
{
    atomic_store(&relay->id, id);
}

static bool holds_locked(const struct relay *relay, int64_t outbox_id)
{
    const struct row *row = relay->in_flight;

    while (row != NULL && row->outbox_id != outbox_id)
        row = row->next;
    return row != NULL;
}

/* NULL: full, or on its way already. */
static struct row *begin_row(struct relay *relay, int64_t outbox_id)
{
    struct row *row = calloc(1, sizeof(*row));

    if (row == NULL)
        return NULL;
    *row = (struct row){
        .relay = relay, .outbox_id = outbox_id, .committed_us = clock_monotonic_us(), .open = 1};
    (void)pthread_mutex_lock(&relay->mutex);
    if (relay->in_flight_count >= relay->in_flight_limit) {
        free(TAKE(row));
    } else {
        row->next = relay->in_flight;
        if (row->next != NULL)
            row->next->previous = row;
        relay->in_flight = row;
        ++relay->in_flight_count;
    }
    (void)pthread_mutex_unlock(&relay->mutex);
    return row;
}

static void unlink_row(struct relay *relay, struct row *row)
{
    if (row->previous != NULL)
        row->previous->next = row->next;
    else
        relay->in_flight = row->next;
    if (row->next != NULL)
        row->next->previous = row->previous;
    --relay->in_flight_count;
}

/* One open thing of the row less. */
static void finish_one(struct row *row, bool failed)
{
    struct relay *relay = row->relay;
    struct row *dropped = NULL;

    (void)pthread_mutex_lock(&relay->mutex);
    row->failed = row->failed || failed;
    if (--row->open == 0) {
        unlink_row(relay, row);
        if (row->failed) {
            dropped = row;
        } else {
            row->next = relay->acknowledged;
            relay->acknowledged = row;
        }
    }
    (void)pthread_mutex_unlock(&relay->mutex);
    free(dropped);
    crash_point("billing_after_produce");
}

static void delivered(void *context, int outcome, const struct error *error)
{
    struct row *row = context;

    (void)error;
    metric_add(outcome == 0 ? row->relay->messages : row->relay->failures, 1);
    finish_one(row, outcome != 0);
}

static void command_delivered(void *context, int outcome, const struct error *error)
{
    const struct row *row = context;

    if (outcome == 0)
        metric_observe_us(row->relay->seconds, clock_monotonic_us() - row->committed_us);
    delivered(context, outcome, error);
}

static size_t read_headers(const Slipway__V1__OutboxMessage *message,
                           struct kafka_header ret_headers[static KAFKA_HEADERS_MAX])
{
    size_t count = 0;

    for (; count < message->n_headers && count < KAFKA_HEADERS_MAX; ++count)
        ret_headers[count] = (struct kafka_header){
            .name = message->headers[count]->name,
            .value = message->headers[count]->value.data,
            .length = message->headers[count]->value.len,
        };
    return count;
}

/* Each topic has one producer, so that what is told of a user keeps its order. Events are sent in
 * larger batches, so their time says nothing. */
static int hand_on(const struct kafka_message *message, struct row *row)
{
    const bool is_event = strcmp(message->topic, TOPIC_EVENTS) == 0;

    return kafka_producer_send(is_event ? row->relay->event_producer : row->relay->producer,
                               message, is_event ? delivered : command_delivered, row, NULL);
}

static bool send_message(struct relay *relay, struct row *row,
                         const Slipway__V1__OutboxMessage *message)
{
    struct kafka_header headers[KAFKA_HEADERS_MAX];
    const struct kafka_message sent = {
        .topic = message->topic,
        .key = message->key.data,
        .key_length = message->key.len,
        .value = message->value.data,
        .value_length = message->value.len,
        .headers = headers,
        .header_count = read_headers(message, headers),
    };

    (void)pthread_mutex_lock(&relay->mutex);
    ++row->open;
    (void)pthread_mutex_unlock(&relay->mutex);
    if (hand_on(&sent, row) == 0)
        return true;
    finish_one(row, true);
    return false;
}

static void *take(void *arena, size_t size)
{
    return arena_take(arena, size);
}

static void keep(void *arena, void *taken)
{
    (void)arena;
    (void)taken;
}

void relay_publish(struct relay *relay, int64_t outbox_id, const void *messages, size_t length)
{
    CLEANUP(arena_deinit) struct arena arena = {0};
    /* An event has dozens of small pieces; malloc() would cost more than all the rest of it. */
    ProtobufCAllocator allocator = {take, keep, &arena};
    Slipway__V1__OutboxMessages *unpacked;
    struct row *row = begin_row(relay, outbox_id);
    bool sent = row != NULL;

    if (row == NULL) {
        metric_add(relay->deferred, 1);
        return;
    }
    unpacked = slipway__v1__outbox_messages__unpack(&allocator, length, messages);
    sent = unpacked != NULL;
    for (size_t i = 0; sent && i < unpacked->n_messages; ++i)
        sent = send_message(relay, row, unpacked->messages[i]);
    if (!sent)
        metric_add(relay->deferred, 1);
    finish_one(row, !sent);
}

size_t relay_take_acknowledged(struct relay *relay, int64_t *ret_ids, size_t limit)
{
    size_t taken = 0;

    (void)pthread_mutex_lock(&relay->mutex);
    while (taken < limit && relay->acknowledged != NULL) {
        struct row *row = relay->acknowledged;

        relay->acknowledged = row->next;
        ret_ids[taken++] = row->outbox_id;
        free(row);
    }
    (void)pthread_mutex_unlock(&relay->mutex);
    return taken;
}

bool relay_holds(struct relay *relay, int64_t outbox_id)
{
    bool holds;

    (void)pthread_mutex_lock(&relay->mutex);
    holds = holds_locked(relay, outbox_id);
    for (const struct row *row = relay->acknowledged; !holds && row != NULL; row = row->next)
        holds = row->outbox_id == outbox_id;
    (void)pthread_mutex_unlock(&relay->mutex);
    return holds;
}
