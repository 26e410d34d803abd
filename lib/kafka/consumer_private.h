/* The parts of a consumer: partitions, lanes, turns, deliveries. Everything is under `mutex`.
 * Private.
 *
 * A delivery stands in exactly one place: behind the head of its lane, with its party in `turns`,
 * in `waiting` (for its retry), or with a handler. Only the head of a lane is ever outside the
 * lane's own list, so the order within a key is kept.
 */
#pragma once

#include "lib/base/backoff.h"
#include "lib/kafka/client.h"
#include "lib/kafka/consumer.h"
#include "lib/kafka/offsets.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LANE_BUCKETS = 1024, PARTY_BUCKETS = 256 };

struct partition {
    struct partition *next;
    char *topic;
    int32_t number;
    struct offsets offsets;
    /* Offset last sent to be committed. */
    int64_t committed;
    /* Deliveries that are not gone, and those of them with a handler. */
    size_t open, begun;
    /* Not ours any more: what has not begun is dropped, what finishes is not committed later. */
    bool revoked;
    /* Out of the consumer's list: freed with its last delivery. */
    bool detached;
};

struct delivery_list {
    struct kafka_delivery *first, *last;
};

struct lane {
    struct lane *next;
    /* The head's. A partition that went and came back has the same lanes, so that a late handler
     * still keeps the order. */
    const struct partition *partition;
    uint64_t hash;
    /* Those that wait for the head to finish. */
    struct delivery_list behind;
    size_t key_length;
    char key[];
};

/* Whom records are for; lives while there is one, or a worker is busy with one. */
struct party {
    /* In its bucket. */
    struct party *next;
    /* In the queue of those that have something ready. */
    struct party *next_turn;
    uint64_t id;
    struct delivery_list ready;
    /* Its deliveries, wherever they stand. */
    size_t members;
    /* Workers that it has now. */
    unsigned busy;
};

/* Whose delivery begins next. */
struct turns {
    struct party *parties[PARTY_BUCKETS];
    struct party *first, *last;
    /* Most workers that one party has at once. */
    unsigned busy_limit;
};

struct kafka_delivery {
    struct kafka_delivery *next;
    struct kafka_consumer *consumer;
    struct partition *partition;
    struct lane *lane;
    struct party *party;
    rd_kafka_message_t *message;
    struct kafka_record record;
    struct backoff backoff;
    int64_t due_ms;
};

struct kafka_consumer {
    rd_kafka_t *client;
    /* Records of all partitions, apart from the client's other events. */
    rd_kafka_queue_t *records;
    struct kafka_consumer_options options;
    pthread_mutex_t mutex;
    /* Something is ready, or the workers are to end. */
    pthread_cond_t ready_changed;
    /* A handler has finished. */
    pthread_cond_t begun_changed;
    struct partition *partitions;
    struct lane *lanes[LANE_BUCKETS];
    struct turns turns;
    struct delivery_list waiting;
    size_t in_flight, begun;
    uint64_t finished, retried, dead, partitions_lost;
    /* Nothing new begins. */
    bool closing;
    /* Handlers outlived kafka_consumer_free(); what they finish counts for nothing. */
    bool abandoned;
    bool workers_end;
    atomic_bool poller_ends;
    pthread_t poller;
    pthread_t *workers;
    unsigned worker_count;
};

/* ---- lanes.c ---- */

void delivery_list_push(struct delivery_list *list, struct kafka_delivery *delivery);
struct kafka_delivery *delivery_list_pop(struct delivery_list *list);

/* Puts a new record behind the others of its key, or up for its turn when it is alone. True:
 * `message` is taken; false: it had come before, or there is no memory and the partition stands
 * still. */
MUST_CHECK bool lanes_accept(struct kafka_consumer *consumer, struct partition *partition,
                             rd_kafka_message_t *message);

/* The head of a lane is over: the next of its key becomes ready. Frees the delivery. */
void lanes_release(struct kafka_delivery *delivery);

/* Puts the head of a lane behind the others of its key; the next one becomes ready, or waits for
 * its own time. False: it is alone. */
bool lanes_step_back(struct kafka_delivery *delivery);

/* Puts up what is due, or belongs to a revoked partition, of `waiting`. True: something was. */
bool lanes_wake(struct kafka_consumer *consumer, int64_t now_ms);

/* ---- turns.c ---- */

/* The party of that number with one member more. NULL: no memory. */
struct party *turns_join(struct turns *turns, uint64_t id);
void turns_leave(struct turns *turns, struct party *party);

/* The delivery, of a party, is ready to begin. */
void turns_put(struct turns *turns, struct kafka_delivery *delivery);

/* The next one of the party whose turn it is, which has a worker more until turns_end(). NULL:
 * nothing is ready that may begin. */
struct kafka_delivery *turns_take(struct turns *turns);
void turns_end(struct turns *turns, struct party *party);

/* ---- partitions.c ---- */

struct partition *partition_find(const struct kafka_consumer *consumer, const char *topic,
                                 int32_t number);
/* Frees it when nobody needs it: detached and nothing open. */
void partition_drop_if_unused(struct partition *partition);

/* librdkafka's rebalance callback; runs within a poll or a close. */
void partitions_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t *list, void *opaque);

/* librdkafka's commit callback: what failed is committed again. */
void partitions_committed(rd_kafka_t *client, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t *list, void *opaque);

/* When the client is closed and nothing is in flight. */
void partitions_free(struct kafka_consumer *consumer);

/* Sends the offsets that can be committed and were not; waits for the answer when `wait`. */
void partitions_commit(struct kafka_consumer *consumer, bool wait);

/* ---- delivery.c ---- */

/* A worker thread; `context` is the consumer. */
void *deliveries_work(void *context);
