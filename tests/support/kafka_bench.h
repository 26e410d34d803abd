/* A topic of the test's own on the broker of SLIPWAY_TEST_KAFKA, a producer, and consumers whose
 * handlers note what they see. */
#pragma once

#include "lib/kafka/consumer.h"
#include "lib/kafka/producer.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    KAFKA_BENCH_KEYS = 64,
    KAFKA_BENCH_PER_KEY = 1024,
    KAFKA_BENCH_NAME_SIZE = 64,
    /* An outcome beside 0 and the faults: the record is deferred. */
    KAFKA_BENCH_DEFERRED = 1,
};

struct kafka_bench {
    char topic[KAFKA_BENCH_NAME_SIZE], group[KAFKA_BENCH_NAME_SIZE];
    struct kafka_producer *producer;
    /* Deliveries acknowledged, and those that failed. */
    atomic_int acknowledged, undelivered;

    pthread_mutex_t mutex;
    /* How often each record was handled to its end. */
    uint32_t seen[KAFKA_BENCH_KEYS][KAFKA_BENCH_PER_KEY];
    /* The highest record of a key finished so far. */
    int64_t last[KAFKA_BENCH_KEYS];
    bool running[KAFKA_BENCH_KEYS];
    unsigned concurrent, most_concurrent;
    /* Records that came before one that had to come first, or beside another of their key. */
    unsigned out_of_order, overlapping;
    uint64_t handled;

    /* How long a handler works. */
    int64_t work_ms;
    /* What the handler answers for a record; NULL: 0. */
    int (*outcome)(struct kafka_bench *bench, const struct kafka_record *record, unsigned key,
                   unsigned number);
    kafka_party_fn party;
};

/* A fresh topic (and its .dead) and group. Ends the test program when there is no broker. */
void kafka_bench_init(struct kafka_bench *bench, int partitions);
void kafka_bench_deinit(struct kafka_bench *bench);

/* Records first … last - 1 of keys 0 … keys - 1, interleaved, and waits until they are taken. */
void kafka_bench_produce(struct kafka_bench *bench, unsigned keys, unsigned first, unsigned last);

/* The same in two steps: one record of each key; until `count` are acknowledged in all. */
void kafka_bench_send(struct kafka_bench *bench, unsigned keys, unsigned number);
void kafka_bench_await_acknowledged(struct kafka_bench *bench, int count);

/* `instance_id` may be NULL. */
struct kafka_consumer *kafka_bench_consume(struct kafka_bench *bench, const char *instance_id,
                                           size_t in_flight_limit);

/* Waits until each of these records was handled at least once; false after `timeout_ms`. */
bool kafka_bench_await(struct kafka_bench *bench, unsigned keys, unsigned count,
                       int64_t timeout_ms);

/* How many records were handled more than once. */
unsigned kafka_bench_repeated(struct kafka_bench *bench);
