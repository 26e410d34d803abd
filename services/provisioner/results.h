/* Topic vps.results: what billing is told. */
#pragma once

#include "lib/base/error.h"
#include "lib/kafka/producer.h"
#include "proto/commands.pb-c.h"
#include "proto/results.pb-c.h"
#include "services/provisioner/machine.h"

struct results {
    /* Borrowed. */
    struct kafka_producer *producer;
    /* Who speaks. */
    const char *worker;
};

/* 0: `delivered` (may be NULL) will be called with `context`. FAULT_RETRY: not sent. */

MUST_CHECK int results_send_started(const struct results *results,
                                    const Slipway__V1__MachineCommand *command,
                                    struct error *error);
MUST_CHECK int results_send_outcome(const struct results *results,
                                    const Slipway__V1__MachineCommand *command,
                                    const struct machine_outcome *outcome,
                                    kafka_delivered_fn delivered, void *context,
                                    struct error *error);
/* What a node has shown by itself, without a command. */
MUST_CHECK int results_send_observed(const struct results *results, uint64_t vps_id,
                                     uint64_t sequence, enum machine_power power,
                                     struct error *error);

/* A part of what stands on a node. Nobody hears whether it arrives: the next sweep tells it again.
 */
MUST_CHECK int results_send_inspected(const struct results *results,
                                      Slipway__V1__NodeInspected *inspected, struct error *error);
