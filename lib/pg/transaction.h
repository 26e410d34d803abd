/* The only begin, commit and retry in Slipway.
 *
 * The work runs inside BEGIN … COMMIT in pipeline mode. BEGIN rides with the work's first sync and
 * COMMIT with what the work has queued but not synced when it returns, so that "read, decide,
 * write" takes two round trips and one fsync.
 */
#pragma once

#include "lib/pg/pg.h"

/* Queues and takes on `pg`. On return 0, what it queued since its last sync is sent with COMMIT and
 * the results are only checked for errors. A refusal (> 0) or a fault (< 0) rolls back. May run
 * again, so it starts from nothing each time. */
typedef int (*pg_work_fn)(struct pg *pg, void *context, struct error *error);

struct pg_transaction_options {
    /* Most runs of the work, ≥ 1. */
    unsigned attempts;
    /* Full-jitter backoff between runs. */
    int64_t first_wait_ms, longest_wait_ms;
    /* Monotonic time in ms after which no further run starts; 0: none. */
    int64_t deadline_ms;
    /* The work finds out by itself what a lost commit has done, so an uncertain commit is run
     * again. */
    bool idempotent;
};

/* 0: committed. > 0: the work's refusal, rolled back. FAULT_RETRY: attempts or time used up,
 * nothing done. FAULT_UNCERTAIN: the answer to COMMIT was lost and the work is not idempotent, or
 * attempts were used up after such a loss. FAULT_HARD: a statement failed for good, rolled back. */
MUST_CHECK int pg_transaction(struct pg *pg, const struct pg_transaction_options *options,
                              pg_work_fn work, void *context, struct error *error);
