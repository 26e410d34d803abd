/* Answers the gateway's questions from PostgreSQL.
 *
 * Each reader is a thread with a connection of its own. It takes all that waits, up to a cap, and
 * asks it over one pipeline; slow questions (the audit) have a thread of their own, so that they
 * hold up nobody. Whoever can't be answered within the deadline, or is one too many, is refused
 * 503: reads never pile up. PostgreSQL may be down at the start and go away at any time.
 */
#pragma once

#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/service/metrics.h"
#include "proto/billing.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader;

struct reader_options {
    const char *conninfo;
    /* Reader threads, beside the one for slow questions. */
    int64_t threads;
    /* Most questions in one pipeline. */
    int64_t batch_limit;
    /* Most questions waiting; past it READER_BUSY. */
    int64_t queue_limit;
    /* After this a question that waits is refused. */
    int64_t deadline_ms;
    /* Longest run of one statement, and of a slow one. */
    int64_t statement_timeout_ms, slow_timeout_ms;
    /* 0 … 10000. */
    int64_t referral_basis_points;
    struct metrics *metrics;
    /* NULL: the system's. */
    const struct clock *clock;
};

enum reader_refusal {
    READER_BUSY = 1,
};

/* A packed QueryResult, borrowed for the call. On a reader's thread; must not block. */
typedef void (*reader_answered_fn)(void *context, const void *answer, size_t length);

MUST_CHECK int reader_new(const struct reader_options *options, struct reader **ret_reader,
                          struct error *error);
/* What still waits is answered first. Accepts NULL. */
void reader_free(struct reader *reader);

/* `query` is taken on 0 (freed with slipway__v1__query__free_unpacked) and `answered` is called
 * exactly once; on a refusal it stays the caller's. Thread-safe. */
MUST_CHECK int reader_submit(struct reader *reader, Slipway__V1__Query *query,
                             reader_answered_fn answered, void *context);

/* The last attempt to reach PostgreSQL went through. */
bool reader_is_up(const struct reader *reader);
