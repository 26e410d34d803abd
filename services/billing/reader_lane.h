/* What one reader's thread does: take, ask, answer. Private to reader.c. */
#pragma once

#include "lib/base/queue.h"
#include "services/billing/queries.h"
#include "services/billing/reader.h"

#include <stdatomic.h>

enum { READER_BATCH_MAX = 256 };

/* One question that waits. */
struct reader_call {
    Slipway__V1__Query *query;
    const struct question *question;
    reader_answered_fn answered;
    void *context;
    int64_t arrived_us;
};

struct reader_lane_options {
    const char *conninfo;
    /* Every question goes by an index; false: those that go over whole tables. */
    bool by_index;
    int64_t statement_timeout_ms;
    size_t batch_limit;
    int64_t deadline_ms;
    uint32_t referral_basis_points;
    const struct clock *clock;
    /* Told after each attempt to reach PostgreSQL. */
    atomic_bool *is_up;
    struct metric *answered, *failed;
};

/* Until the queue is closed and empty. */
void reader_lane_run(struct queue *queue, const struct reader_lane_options *options);
