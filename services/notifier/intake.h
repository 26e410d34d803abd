/* From the topic hosting.events into PostgreSQL: each event becomes its deliveries before its
 * offset is committed, so that it is told at least once, and a repeat changes nothing. */
#pragma once

#include "lib/kafka/consumer.h"
#include "lib/service/metrics.h"
#include "services/notifier/dispatch.h"
#include "services/notifier/intake_store.h"

struct intake;

struct intake_options {
    const char *conninfo;
    const char *brokers, *group;
    /* NULL: a dynamic member. */
    const char *instance_id;
    /* Events fetched and not stored. */
    int64_t in_flight_limit;
    int64_t session_timeout_ms;
    struct notice_channels channels;
    /* Borrowed. */
    struct kafka_producer *dead_letters;
    struct metrics *metrics;
    /* Takes up at once what it has room for; NULL: all waits for a claim. */
    struct dispatch *dispatch;
    /* Something was stored. On the intake's thread; must not block. */
    void (*stored)(void *context);
    void *context;
};

MUST_CHECK int intake_new(const struct intake_options *options, struct intake **ret_intake,
                          struct error *error);
/* Stores what was fetched, for up to `timeout_ms`. Accepts NULL. */
void intake_free(struct intake *intake, int64_t timeout_ms);

void intake_state(struct intake *intake, struct kafka_consumer_state *ret_state);
