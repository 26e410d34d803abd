/* Sweeps the nodes, round and round: asks the workers which machines stand on them, compares that
 * with the register, and writes what differs to billing.drift. What an operator wants repaired
 * there is ordered within a second. */
#pragma once

#include "lib/base/clock.h"
#include "lib/kafka/producer.h"
#include "lib/service/metrics.h"
#include "proto/results.pb-c.h"
#include "services/billing/writer.h"

struct reconciler;

struct reconciler_options {
    const char *conninfo;
    /* Borrowed for the reconciler's life. */
    struct kafka_producer *producer;
    struct writer *writer;
    /* Between two sweeps. */
    int64_t interval_ms;
    /* What changed later before a sweep is not compared: its command may be on its way. */
    int64_t settle_s;
    /* What two sweeps have found is repaired without being asked. */
    bool repairs;
    struct metrics *metrics;
    /* NULL: the system's. */
    const struct clock *clock;
};

MUST_CHECK int reconciler_new(const struct reconciler_options *options,
                              struct reconciler **ret_reconciler, struct error *error);
/* Nothing is submitted any more; then the writer may go, and after it the rest. */
void reconciler_stop(struct reconciler *reconciler);
/* Accepts NULL. */
void reconciler_free(struct reconciler *reconciler);

/* A NodeInspected of a worker, which is taken; `context` is the reconciler. Never blocks. What
 * there is no room for is lost: the next sweep tells it again. */
void reconciler_note(void *context, Slipway__V1__MachineResult *result);
