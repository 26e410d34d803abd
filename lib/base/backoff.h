/* Exponential backoff with full jitter: the wait before attempt n is random in
 * [0, min(longest, first × 2^n)]. Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 */
#pragma once

#include <stdint.h>

struct backoff {
    int64_t first_ms;
    int64_t longest_ms;
    uint32_t attempt;
};

/* The next wait in milliseconds; counts the attempt. */
int64_t backoff_next_ms(struct backoff *backoff);

void backoff_reset(struct backoff *backoff);
