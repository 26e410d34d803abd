/* One command from Kafka, from its bytes to the acknowledged result. */
#pragma once

#include "lib/kafka/consumer.h"
#include "lib/service/metrics.h"
#include "services/provisioner/connections.h"
#include "services/provisioner/machine.h"
#include "services/provisioner/results.h"
#include "services/provisioner/status.h"
#include "services/provisioner/watcher.h"

/* Everything is borrowed and outlives the consumer. */
struct worker {
    struct connections *connections;
    struct watcher *watcher;
    struct results results;
    struct status status;
    struct machine_settings machine_settings;
    /* Tries after which a command is given up. */
    int64_t attempts;
    struct metric *built, *repeated, *failed, *observed;
    struct metric *orders_done, *orders_repeated, *orders_failed, *orders_early;
    struct metric *build_duration, *command_wait;
};

/* Registers the worker's metrics, status errors included. */
void worker_init_metrics(struct worker *worker, struct metrics *metrics);

/* A kafka_handle_fn; `context` is the worker. The delivery is finished only when Kafka has
 * acknowledged the result; what can't be parsed is FAULT_HARD. */
void worker_handle(void *context, struct kafka_delivery *delivery);

/* A kafka_party_fn: whose server the command is about, so that one customer's many orders don't
 * hold up another's one. */
uint64_t worker_party(const struct kafka_record *record);
