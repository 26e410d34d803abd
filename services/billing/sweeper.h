/* Sends what the relay could not: rows of the outbox that dead processes left behind, and own ones
 * that were deferred or not acknowledged. Also keeps the partitions of the stored answers. One
 * thread, one connection, whose advisory lock tells the others that this process lives. */
#pragma once

#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/service/metrics.h"

#include <stdint.h>

struct relay;
struct sweeper;

struct sweeper_options {
    const char *conninfo;
    /* Borrowed; gets its id from here. */
    struct relay *relay;
    /* Between two looks. */
    int64_t interval_ms;
    /* Own rows that nobody holds are sent again after this. */
    int64_t own_age_ms;
    /* Stored answers are kept this long at least. */
    int64_t keep_days;
    struct metrics *metrics;
    const struct clock *clock;
};

/* PostgreSQL may be down: it is looked for at each interval. */
MUST_CHECK int sweeper_new(const struct sweeper_options *options, struct sweeper **ret_sweeper,
                           struct error *error);
/* Ends the look that runs, deletes what is acknowledged by now, frees. To be freed before the
 * relay's producer, which it sends through. Accepts NULL. */
void sweeper_free(struct sweeper *sweeper);
