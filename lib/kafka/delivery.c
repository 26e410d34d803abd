#include "lib/kafka/consumer_private.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TOPIC_SIZE = 256, NUMBER_SIZE = 24 };

/* Under the mutex: may this one begin? Else it is dropped, to be read again by whoever comes next.
 */
static bool may_begin(const struct kafka_delivery *delivery)
{
    return !delivery->partition->revoked && !delivery->consumer->closing;
}

static struct kafka_delivery *next_ready(struct kafka_consumer *consumer)
{
    struct kafka_delivery *delivery;

    for (;;) {
        delivery = turns_take(&consumer->turns);
        if (delivery == NULL) {
            if (consumer->workers_end)
                return NULL;
            (void)pthread_cond_wait(&consumer->ready_changed, &consumer->mutex);
        } else if (may_begin(delivery)) {
            ++delivery->partition->begun;
            ++consumer->begun;
            return delivery;
        } else {
            struct party *party = delivery->party;

            lanes_release(delivery);
            turns_end(&consumer->turns, party);
        }
    }
}

void *deliveries_work(void *context)
{
    struct kafka_consumer *consumer = context;
    struct kafka_delivery *delivery;

    (void)pthread_mutex_lock(&consumer->mutex);
    while ((delivery = next_ready(consumer)) != NULL) {
        struct party *party = delivery->party;

        (void)pthread_mutex_unlock(&consumer->mutex);
        consumer->options.handle(consumer->options.context, delivery);
        (void)pthread_mutex_lock(&consumer->mutex);
        turns_end(&consumer->turns, party);
    }
    (void)pthread_mutex_unlock(&consumer->mutex);
    return NULL;
}

const struct kafka_record *kafka_delivery_record(const struct kafka_delivery *delivery)
{
    return &delivery->record;
}

const void *kafka_delivery_header(const struct kafka_delivery *delivery, const char *name,
                                  size_t *ret_length)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;

    if (rd_kafka_message_headers(delivery->message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, ret_length) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    return value;
}

/* Under the mutex, on every way out of a handler. */
static void end_handler(struct kafka_delivery *delivery)
{
    --delivery->partition->begun;
    --delivery->consumer->begun;
    (void)pthread_cond_broadcast(&delivery->consumer->begun_changed);
}

static void complete(struct kafka_delivery *delivery)
{
    struct kafka_consumer *consumer = delivery->consumer;

    (void)pthread_mutex_lock(&consumer->mutex);
    offsets_finish(&delivery->partition->offsets, delivery->record.offset);
    ++consumer->finished;
    end_handler(delivery);
    lanes_release(delivery);
    (void)pthread_cond_signal(&consumer->ready_changed);
    (void)pthread_mutex_unlock(&consumer->mutex);
}

static void try_later(struct kafka_delivery *delivery, bool steps_back)
{
    struct kafka_consumer *consumer = delivery->consumer;

    (void)pthread_mutex_lock(&consumer->mutex);
    ++consumer->retried;
    if (!steps_back)
        ++delivery->record.attempt;
    delivery->due_ms = clock_monotonic_ms() + backoff_next_ms(&delivery->backoff);
    end_handler(delivery);
    /* A dropped one is released by the worker that finds it. */
    if (!may_begin(delivery))
        turns_put(&consumer->turns, delivery);
    else if (!steps_back || !lanes_step_back(delivery))
        delivery_list_push(&consumer->waiting, delivery);
    (void)pthread_cond_signal(&consumer->ready_changed);
    (void)pthread_mutex_unlock(&consumer->mutex);
}

static void buried(void *context, int outcome, const struct error *error)
{
    struct kafka_delivery *delivery = context;

    if (outcome == 0) {
        complete(delivery);
        return;
    }
    log_event(LOG_ERROR, NULL, "dead letter not written", LOG_TEXT("error", error->text),
              LOG_TEXT("topic", delivery->record.topic),
              LOG_NUMBER("offset", delivery->record.offset));
    try_later(delivery, false);
}

/* Our headers and, behind them, as many of the record's own as a message holds. */
static size_t add_own_headers(const struct kafka_delivery *delivery, struct kafka_header *headers,
                              size_t count)
{
    rd_kafka_headers_t *own = NULL;

    if (rd_kafka_message_headers(delivery->message, &own) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return count;
    for (size_t i = 0; count < KAFKA_HEADERS_MAX; ++i, ++count) {
        struct kafka_header *header = &headers[count];

        if (rd_kafka_header_get_all(own, i, &header->name, &header->value, &header->length) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
    }
    return count;
}

static struct kafka_header text_header(const char *name, const char *text)
{
    return (struct kafka_header){name, text, strlen(text)};
}

/* To "<topic>.dead", as it was, with the reason; done only when that is acknowledged. */
static void bury(struct kafka_delivery *delivery, const char *reason)
{
    const struct kafka_record *record = &delivery->record;
    char topic[TOPIC_SIZE], partition[NUMBER_SIZE], offset[NUMBER_SIZE];
    struct kafka_header headers[KAFKA_HEADERS_MAX] = {
        text_header("dead-reason", reason),
        {"dead-partition", partition, 0},
        {"dead-offset",    offset,    0},
    };
    struct kafka_message message = {
        .topic = topic,
        .key = record->key,
        .key_length = record->key_length,
        .value = record->value,
        .value_length = record->value_length,
        .headers = headers,
    };
    struct error error = {"the producer is full"};

    headers[1].length =
        (size_t)snprintf(partition, sizeof(partition), "%" PRId32, record->partition);
    headers[2].length = (size_t)snprintf(offset, sizeof(offset), "%" PRId64, record->offset);
    message.header_count = add_own_headers(delivery, headers, 3);
    (void)snprintf(topic, sizeof(topic), "%s.dead", record->topic);
    log_event(LOG_ERROR, NULL, "message given up", LOG_TEXT("topic", record->topic),
              LOG_NUMBER("partition", record->partition), LOG_NUMBER("offset", record->offset),
              LOG_TEXT("error", reason));
    if (kafka_producer_send(delivery->consumer->options.dead_letters, &message, buried, delivery,
                            &error) != 0)
        buried(delivery, FAULT_RETRY, &error);
}

/* True: the consumer was freed meanwhile, and not even its producer is there any more. */
static bool release_abandoned(struct kafka_delivery *delivery)
{
    struct kafka_consumer *consumer = delivery->consumer;
    bool abandoned;

    (void)pthread_mutex_lock(&consumer->mutex);
    abandoned = consumer->abandoned;
    if (abandoned) {
        end_handler(delivery);
        lanes_release(delivery);
    }
    (void)pthread_mutex_unlock(&consumer->mutex);
    return abandoned;
}

static bool is_spent(const struct kafka_delivery *delivery)
{
    const uint32_t limit = delivery->consumer->options.attempts_limit;

    return limit != 0 && delivery->record.attempt >= limit;
}

void kafka_delivery_finish(struct kafka_delivery *delivery, int outcome, const struct error *error)
{
    if (release_abandoned(delivery))
        return;
    if (outcome == 0) {
        complete(delivery);
    } else if (outcome != FAULT_HARD && !is_spent(delivery)) {
        try_later(delivery, false);
    } else {
        (void)pthread_mutex_lock(&delivery->consumer->mutex);
        ++delivery->consumer->dead;
        (void)pthread_mutex_unlock(&delivery->consumer->mutex);
        bury(delivery, error != NULL ? error->text : "given up");
    }
}

void kafka_delivery_defer(struct kafka_delivery *delivery)
{
    if (!release_abandoned(delivery))
        try_later(delivery, true);
}
