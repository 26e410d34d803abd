/* When a webhook that failed is tried again, and when no more. Pure. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct backoff_rule {
    /* The wait after the first failure, doubled after each further one, up to the longest. */
    int64_t first_ms, longest_ms;
    /* Counted from the first attempt; no attempt begins after it. */
    int64_t give_up_ms;
};

struct backoff_failure {
    /* Attempts made so far, at least 1. */
    uint32_t attempts;
    /* Of the first attempt, and now: microseconds since 1970. */
    int64_t first_us, now_us;
    /* What the receiver asked for; 0: nothing. Obeyed up to the longest wait. */
    int64_t retry_after_s;
    /* Any number: half of the wait is fixed and half of it by chance, so that receivers that failed
     * together are not called again together. */
    uint32_t chance;
};

/* True: given up. False: *ret_next_us is when the next attempt is due. */
MUST_CHECK bool backoff_next(const struct backoff_rule *rule, const struct backoff_failure *failure,
                             int64_t *ret_next_us);
