#include "lib/kafka/consumer_private.h"

#include "lib/base/clock.h"

#include <assert.h>
#include <string.h>

void delivery_list_push(struct delivery_list *list, struct kafka_delivery *delivery)
{
    delivery->next = NULL;
    if (list->last == NULL)
        list->first = delivery;
    else
        list->last->next = delivery;
    list->last = delivery;
}

struct kafka_delivery *delivery_list_pop(struct delivery_list *list)
{
    struct kafka_delivery *delivery = list->first;

    if (delivery == NULL)
        return NULL;
    list->first = delivery->next;
    if (list->first == NULL)
        list->last = NULL;
    delivery->next = NULL;
    return delivery;
}

/* FNV-1a (RFC draft eastlake-fnv). */
static uint64_t hash_key(const void *key, size_t length)
{
    const unsigned char *bytes = key;
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < length; ++i)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static bool is_lane_of(const struct lane *lane, const struct partition *partition, uint64_t hash,
                       const rd_kafka_message_t *message)
{
    return lane->hash == hash && lane->partition->number == partition->number &&
           strcmp(lane->partition->topic, partition->topic) == 0 &&
           lane->key_length == message->key_len &&
           (message->key_len == 0 || memcmp(lane->key, message->key, message->key_len) == 0);
}

static struct lane *find_lane(const struct kafka_consumer *consumer,
                              const struct partition *partition, uint64_t hash,
                              const rd_kafka_message_t *message)
{
    struct lane *lane = consumer->lanes[hash % LANE_BUCKETS];

    while (lane != NULL && !is_lane_of(lane, partition, hash, message))
        lane = lane->next;
    return lane;
}

static struct lane *make_lane(struct kafka_consumer *consumer, const struct partition *partition,
                              uint64_t hash, const rd_kafka_message_t *message)
{
    struct lane **bucket = &consumer->lanes[hash % LANE_BUCKETS];
    struct lane *lane = calloc(1, sizeof(*lane) + message->key_len);

    if (lane == NULL)
        return NULL;
    lane->partition = partition;
    lane->hash = hash;
    lane->key_length = message->key_len;
    if (message->key_len > 0)
        memcpy(lane->key, message->key, message->key_len);
    lane->next = *bucket;
    *bucket = lane;
    return lane;
}

static void remove_lane(struct kafka_consumer *consumer, struct lane *lane)
{
    struct lane **place = &consumer->lanes[lane->hash % LANE_BUCKETS];

    while (*place != lane)
        place = &(*place)->next;
    *place = lane->next;
    free(lane);
}

static struct kafka_delivery *make_delivery(struct kafka_consumer *consumer,
                                            struct partition *partition,
                                            rd_kafka_message_t *message)
{
    struct kafka_delivery *delivery = calloc(1, sizeof(*delivery));
    rd_kafka_timestamp_type_t type;

    if (delivery == NULL)
        return NULL;
    delivery->consumer = consumer;
    delivery->partition = partition;
    delivery->message = message;
    delivery->backoff = (struct backoff){.first_ms = consumer->options.retry_first_ms,
                                         .longest_ms = consumer->options.retry_longest_ms};
    delivery->record = (struct kafka_record){
        .topic = partition->topic,
        .partition = partition->number,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, &type),
        .key = message->key,
        .key_length = message->key_len,
        .value = message->payload,
        .value_length = message->len,
        .attempt = 1,
    };
    delivery->party = turns_join(&consumer->turns, consumer->options.party != NULL
                                                       ? consumer->options.party(&delivery->record)
                                                       : 0);
    if (delivery->party == NULL) {
        free(delivery);
        return NULL;
    }
    return delivery;
}

static bool add_to_lane(struct kafka_delivery *delivery)
{
    struct kafka_consumer *consumer = delivery->consumer;
    const rd_kafka_message_t *message = delivery->message;
    const uint64_t hash = hash_key(message->key, message->key_len);
    struct lane *lane = consumer->options.keys_overlap
                            ? NULL
                            : find_lane(consumer, delivery->partition, hash, message);

    if (lane != NULL) {
        delivery_list_push(&lane->behind, delivery);
    } else {
        lane = make_lane(consumer, delivery->partition, hash, message);
        if (lane == NULL)
            return false;
        turns_put(&consumer->turns, delivery);
    }
    delivery->lane = lane;
    return true;
}

static void drop(struct kafka_delivery *delivery)
{
    if (delivery == NULL)
        return;
    turns_leave(&delivery->consumer->turns, delivery->party);
    free(delivery);
}

/* On the monotonic clock, by the producer's own. */
static int64_t produced_ms(const struct kafka_record *record)
{
    const int64_t age_ms =
        record->timestamp_ms > 0 ? clock_now_us(NULL) / 1000 - record->timestamp_ms : 0;

    return clock_monotonic_ms() - (age_ms > 0 ? age_ms : 0);
}

bool lanes_accept(struct kafka_consumer *consumer, struct partition *partition,
                  rd_kafka_message_t *message)
{
    struct kafka_delivery *delivery;

    /* librdkafka may fetch again what it gave before, around a rebalance. */
    if (message->offset < partition->offsets.next || partition->revoked)
        return false;
    delivery = make_delivery(consumer, partition, message);
    if (delivery == NULL ||
        offsets_begin(&partition->offsets, message->offset, produced_ms(&delivery->record)) ||
        !add_to_lane(delivery)) {
        /* A gap that must not be committed past: nothing more begins here. */
        partition->revoked = true;
        drop(delivery);
        return false;
    }
    ++partition->open;
    ++consumer->in_flight;
    return true;
}

void lanes_release(struct kafka_delivery *delivery)
{
    struct kafka_consumer *consumer = delivery->consumer;
    struct lane *lane = delivery->lane;
    struct kafka_delivery *next = delivery_list_pop(&lane->behind);

    if (next != NULL) {
        lane->partition = next->partition;
        turns_put(&consumer->turns, next);
    } else {
        remove_lane(consumer, lane);
    }
    assert(delivery->partition->open > 0 && consumer->in_flight > 0);
    --delivery->partition->open;
    --consumer->in_flight;
    partition_drop_if_unused(delivery->partition);
    rd_kafka_message_destroy(delivery->message);
    drop(delivery);
}

bool lanes_step_back(struct kafka_delivery *delivery)
{
    struct kafka_consumer *consumer = delivery->consumer;
    struct lane *lane = delivery->lane;
    struct kafka_delivery *next = delivery_list_pop(&lane->behind);

    if (next == NULL)
        return false;
    delivery_list_push(&lane->behind, delivery);
    lane->partition = next->partition;
    /* One that stepped back before waits on, else two of them would chase each other. */
    if (next->due_ms > clock_monotonic_ms())
        delivery_list_push(&consumer->waiting, next);
    else
        turns_put(&consumer->turns, next);
    return true;
}

bool lanes_wake(struct kafka_consumer *consumer, int64_t now_ms)
{
    struct delivery_list waiting = consumer->waiting;
    struct kafka_delivery *delivery;
    bool woken = false;

    consumer->waiting = (struct delivery_list){NULL, NULL};
    while ((delivery = delivery_list_pop(&waiting)) != NULL) {
        const bool due =
            delivery->due_ms <= now_ms || delivery->partition->revoked || consumer->closing;

        if (due)
            turns_put(&consumer->turns, delivery);
        else
            delivery_list_push(&consumer->waiting, delivery);
        woken = woken || due;
    }
    return woken;
}
