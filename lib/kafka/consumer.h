/* A Kafka consumer that works on many keys at once, keeps the order within a key, and commits
 * offsets without gaps: the committed offset of a partition never passes a record that is not
 * finished.
 *
 * cooperative-sticky, static membership (group.instance.id), manual commits. Records may repeat
 * after a crash or a rebalance; handlers must bear that. On revocation the records of the partition
 * that have not begun are dropped, those that have begun may finish, and what is finished is
 * committed.
 */
#pragma once

#include "lib/base/error.h"
#include "lib/kafka/producer.h"

#include <stdbool.h>
#include <stdint.h>

struct kafka_consumer;
struct kafka_delivery;

/* Borrowed until its delivery is finished. */
struct kafka_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    const void *key;
    size_t key_length;
    const void *value;
    size_t value_length;
    /* 1 for the first try in this process. */
    uint32_t attempt;
};

/* Runs on one of the worker threads. Must lead to exactly one kafka_delivery_finish(), now or
 * later, from any thread. The next record of the same key waits for it. */
typedef void (*kafka_handle_fn)(void *context, struct kafka_delivery *delivery);

/* Whom a record is for: a number of the caller's choosing. The parties take turns, one record each,
 * however many records each has waiting; and of four or more workers one stays free of a party that
 * has all the others, so that the next party's record begins at once. Runs when the record
 * arrives, under a lock: it must be quick. */
typedef uint64_t (*kafka_party_fn)(const struct kafka_record *record);

struct kafka_consumer_options {
    const char *brokers;
    const char *group;
    /* Static member name, unique in the group; NULL: dynamic membership. */
    const char *instance_id;
    const char *const *topics;
    size_t topic_count;
    /* Threads that run the handler. */
    unsigned workers;
    /* Records fetched and not finished; fetching pauses above it. */
    size_t in_flight_limit;
    /* FAULT_RETRY outcomes are tried again with full jitter within these. */
    int64_t retry_first_ms, retry_longest_ms;
    /* After this many tries a FAULT_RETRY becomes FAULT_HARD; 0: never. */
    uint32_t attempts_limit;
    int64_t session_timeout_ms;
    kafka_handle_fn handle;
    void *context;
    /* The handler itself keeps the order: a record does not wait for the one before of its key. For
     * one worker that takes each record at once, and never asks for one again before later ones. */
    bool keys_overlap;
    /* NULL: all records are one party's, in the order they came in. */
    kafka_party_fn party;
    /* Where "<topic>.dead" copies go, with its headers and dead-reason, dead-partition,
     * dead-offset; borrowed, outlives the consumer. */
    struct kafka_producer *dead_letters;
};

MUST_CHECK int kafka_consumer_new(const struct kafka_consumer_options *options,
                                  struct kafka_consumer **ret_consumer, struct error *error);

/* Stops fetching, lets what has begun finish for up to `timeout_ms`, commits, leaves, frees. What
 * has not finished by then is abandoned: its finish does nothing any more, and it comes again. */
void kafka_consumer_free(struct kafka_consumer *consumer, int64_t timeout_ms);

const struct kafka_record *kafka_delivery_record(const struct kafka_delivery *delivery);

/* The value of the record's last header of that name, `*ret_length` bytes without a NUL, borrowed
 * as the record is; NULL: there is none. */
const void *kafka_delivery_header(const struct kafka_delivery *delivery, const char *name,
                                  size_t *ret_length);

/* 0: done. FAULT_RETRY: again after a backoff. FAULT_HARD: to the dead-letter topic with the
 * error's text, then done. `error` is borrowed for the call. The delivery is gone afterwards. */
void kafka_delivery_finish(struct kafka_delivery *delivery, int outcome, const struct error *error);

/* As FAULT_RETRY, but those of its key that came later may go first: for a record that has
 * overtaken another of its key on its way here. Does not count as a try. */
void kafka_delivery_defer(struct kafka_delivery *delivery);

struct kafka_consumer_state {
    /* Partitions assigned now. */
    int64_t partitions;
    int64_t in_flight;
    /* Records behind the high watermark, over all assigned partitions; -1: unknown yet. */
    int64_t lag;
    /* Age of the oldest unfinished record that was fetched, since it was produced, ms; 0: none. */
    int64_t oldest_ms;
    uint64_t finished, retried, dead;
    /* Partitions that went to other members, so far. */
    uint64_t partitions_lost;
    /* For good: another process took this instance_id, or librdkafka gave up. Start again. */
    bool failed;
};

void kafka_consumer_state(struct kafka_consumer *consumer, struct kafka_consumer_state *ret_state);
