/* Takes the workers' results from Kafka, lets the writer apply each exactly once, and tells Redis.
 */
#pragma once

#include "lib/base/clock.h"
#include "lib/kafka/consumer.h"
#include "lib/redis/redis.h"
#include "services/billing/writer.h"

struct results;

struct results_options {
    const char *brokers;
    /* Static member name of this process; NULL: none. */
    const char *instance_id;
    /* Results fetched and not applied. */
    int64_t in_flight_limit;
    int64_t session_timeout_ms;
    /* All borrowed. The writer outlives the results. */
    struct writer *writer;
    struct redis *redis;
    struct kafka_producer *dead_letters;
    /* Gets what nodes show of themselves, which is no result of a server; takes it, and must not
     * block. */
    void (*node_inspected)(void *context, Slipway__V1__MachineResult *result);
    void *node_context;
    const struct clock *clock;
};

MUST_CHECK int results_new(const struct results_options *options, struct results **ret_results,
                           struct error *error);
/* Lets what has begun finish for up to `timeout_ms`. Accepts NULL. */
void results_free(struct results *results, int64_t timeout_ms);

/* For metrics and readiness. */
void results_state(struct results *results, struct kafka_consumer_state *ret_state);
