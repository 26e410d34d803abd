/* From the outbox to Kafka: sends the rows of a committed batch from memory, in the order of their
 * commits, and tells the writer which rows every message of which was acknowledged, to be deleted
 * in its next transaction. What a dead process left behind is swept (sweeper.h). */
#pragma once

#include "lib/base/error.h"
#include "lib/kafka/producer.h"
#include "lib/service/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay;

struct relay_options {
    /* Borrowed for the relay's life. */
    struct kafka_producer *producer;
    /* For the events, which may take their time and go in larger batches: a machine waits for a
     * command, nobody for an event. */
    struct kafka_producer *event_producer;
    /* Rows sent and not acknowledged; past it rows wait in PostgreSQL for the sweeper. */
    int64_t in_flight_limit;
    struct metrics *metrics;
};

MUST_CHECK int relay_new(const struct relay_options *options, struct relay **ret_relay,
                         struct error *error);
void relay_free(struct relay *relay);

/* billing.outbox.relay_id of this process. 0 until the sweeper has got one: such rows anybody may
 * sweep, so they may be sent twice, as all may. Thread-safe. */
int64_t relay_id(const struct relay *relay);
void relay_set_id(struct relay *relay, int64_t id);

/* `messages` is the packed OutboxMessages of the row; copied. Never blocks; what can't be sent now
 * is left to the sweeper. Thread-safe. */
void relay_publish(struct relay *relay, int64_t outbox_id, const void *messages, size_t length);

/* Takes up to `limit` ids of rows that are acknowledged whole. Returns how many. Thread-safe. */
size_t relay_take_acknowledged(struct relay *relay, int64_t *ret_ids, size_t limit);

/* The row is in flight in this process, so the sweeper leaves it alone. */
bool relay_holds(struct relay *relay, int64_t outbox_id);
