/* Whether a request is sent again, and when. Pure.
 *
 * A request may go again when the server has surely not done it (never connected, 429), or when
 * doing it twice is the same as doing it once: reads, and writes with an Idempotency-Key. Then an
 * answer that was lost, 503, 504 and "the first one is still in work" are tried again too. */
#pragma once

#include "lib/base/backoff.h"
#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

enum { RETRY_NEVER = -1, RETRY_ATTEMPTS_MAX = 10 };

/* How one attempt ended. */
struct attempt {
    /* 0: answered with `status`; else a fault of lib/base/error.h. */
    int outcome;
    unsigned status;
    /* 409 idempotency_in_progress. */
    bool is_in_work;
    /* The server's Retry-After; 0: none. */
    int64_t retry_after_s;
    /* A read, or a write with an Idempotency-Key. */
    bool is_repeatable;
};

/* Milliseconds to wait before the next attempt, or RETRY_NEVER: also when the wait would end after
 * `left_ms`. Counts the attempt in `backoff`. */
int64_t retry_wait_ms(const struct attempt *attempt, struct backoff *backoff, int64_t left_ms);
