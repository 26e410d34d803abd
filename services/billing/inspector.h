/* Asks the workers, round and round, what is really there of the active servers, so that a machine
 * that vanished or stopped is noticed. */
#pragma once

#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/kafka/producer.h"
#include "lib/service/metrics.h"

#include <stdint.h>

struct inspector;

struct inspector_options {
    const char *conninfo;
    /* Borrowed for the inspector's life. */
    struct kafka_producer *producer;
    /* Between two looks; a server looked at since is left alone. */
    int64_t interval_ms;
    /* Most commands a look. */
    int64_t limit;
    struct metrics *metrics;
    /* NULL: the system's. */
    const struct clock *clock;
};

MUST_CHECK int inspector_new(const struct inspector_options *options,
                             struct inspector **ret_inspector, struct error *error);
/* Accepts NULL. */
void inspector_free(struct inspector *inspector);
