/* Sees to it that time passes for servers: finds those that are due and has the writer look at
 * each, under the row's lock, for a notice, the end of the period or of the grace period. Any
 * number of these may run beside each other, and any may die at any moment: who comes second finds
 * nothing due. */
#pragma once

#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/service/metrics.h"
#include "services/billing/writer.h"

#include <stdint.h>

struct expiry;

struct expiry_options {
    const char *conninfo;
    /* Borrowed for the expiry's life. */
    struct writer *writer;
    /* Between two looks. */
    int64_t interval_ms;
    /* Most servers that are with the writer at once. */
    int64_t limit;
    struct metrics *metrics;
    /* NULL: the system's. */
    const struct clock *clock;
};

/* Looks at once, and then again and again. */
MUST_CHECK int expiry_new(const struct expiry_options *options, struct expiry **ret_expiry,
                          struct error *error);
/* Waits for what is with the writer, which must outlive it. Accepts NULL. */
void expiry_free(struct expiry *expiry);
