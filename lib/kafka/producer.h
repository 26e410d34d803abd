/* An idempotent Kafka producer (librdkafka): acks=all, enable.idempotence, no reordering, no loss
 * while the process lives. Thread-safe. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

struct kafka_producer;

struct kafka_header {
    const char *name;
    const void *value;
    size_t length;
};

enum { KAFKA_HEADERS_MAX = 16 };

/* Borrowed for the call. */
struct kafka_message {
    const char *topic;
    const void *key;
    size_t key_length;
    const void *value;
    size_t value_length;
    const struct kafka_header *headers;
    size_t header_count;
};

enum kafka_producer_refusal {
    /* The bounded queue is full; the caller keeps the message. */
    KAFKA_PRODUCER_FULL = 1,
};

struct kafka_producer_options {
    const char *brokers;
    const char *client_id;
    /* How long a message waits for company, ms; 0: sent at once. */
    int64_t linger_ms;
    /* "lz4" and so on; NULL: messages go as they are. */
    const char *compression;
    /* After this the delivery fails with FAULT_RETRY. */
    int64_t message_timeout_ms;
    /* Messages waiting or in flight. */
    int64_t queue_limit;
};

/* Called once a message on the producer's own thread: 0 acknowledged by all in-sync replicas, else
 * a fault and its text. Must not block. */
typedef void (*kafka_delivered_fn)(void *context, int outcome, const struct error *error);

/* Needs no broker to be up. */
MUST_CHECK int kafka_producer_new(const struct kafka_producer_options *options,
                                  struct kafka_producer **ret_producer, struct error *error);

/* Sends what is queued, waiting up to `timeout_ms`, then frees; deliveries still open fail. */
void kafka_producer_free(struct kafka_producer *producer, int64_t timeout_ms);

/* 0: queued, `delivered` (may be NULL) will be called. KAFKA_PRODUCER_FULL: not queued, not called.
 * FAULT_HARD: the message is too large, or the producer met a fatal error. FAULT_RETRY: there is no
 * such topic yet. */
MUST_CHECK int kafka_producer_send(struct kafka_producer *producer,
                                   const struct kafka_message *message,
                                   kafka_delivered_fn delivered, void *context,
                                   struct error *error);

/* Messages waiting or in flight. */
int64_t kafka_producer_backlog(const struct kafka_producer *producer);
