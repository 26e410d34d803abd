/* Commands to the provisioners that change nothing in the register: a look at a node, and the
 * removal of a machine that the register does not have there. Straight to Kafka, not through the
 * outbox: what is lost is done by the next sweep. */
#pragma once

#include "lib/kafka/producer.h"
#include "services/billing/drift_store.h"

/* Asks every host what stands on it. > 0: the producer is full. */
MUST_CHECK int sweep_command_ask(struct pg *pg, struct kafka_producer *producer,
                                 int64_t asked_at_us, struct error *error);

MUST_CHECK int sweep_command_remove(const struct drift *drift, struct kafka_producer *producer,
                                    int64_t now_us, struct error *error);
