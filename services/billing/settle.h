/* Settles batches: one shard's connection, catalog snapshot and batch memory. One thread uses it.
 */
#pragma once

#include "services/billing/batch.h"

struct settler;
struct relay;

/* Called once a job, after what decided it was committed (or given up): then the job is the
 * callee's. */
typedef void (*settled_fn)(void *context, struct job *job);

struct settler_options {
    const char *conninfo;
    int64_t shard;
    /* Borrowed. */
    const struct deposit_terms *terms;
    int64_t lock_timeout_ms;
    int64_t deadline_ms;
    int64_t grace_days;
    /* Both borrowed. */
    struct relay *relay;
    const struct clock *clock;
    settled_fn settled;
    void *context;
    /* As in writer_options; NULL: nobody is told. */
    void (*batch_ended)(void *context, const struct writer_outcome *outcome);
    void *batch_ended_context;
};

MUST_CHECK int settler_new(const struct settler_options *options, struct settler **ret_settler,
                           struct error *error);
void settler_free(struct settler *settler);

/* Settles `count` jobs, oldest first, and hands each of them on. Transient faults are tried again
 * until the oldest job's deadline. */
void settler_settle(struct settler *settler, struct job **jobs, size_t count);

/* Answers 503, or faults a result, without trying. */
void settler_give_up(struct settler *settler, struct job *job);
