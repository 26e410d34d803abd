/* The arithmetic of rate limits, without a clock or a store: how a bucket fills and empties, how
 * many tokens to take from Redis at once, and how it is all told to the caller.
 * Source: draft-ietf-httpapi-ratelimit-headers-10. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RATE_WINDOW_S = 60, RATE_HEADER_SIZE = 64 };

struct rate_policy {
    /* Requests a minute, ≥ 1. */
    int64_t per_minute;
    /* What an idle key may do at once, ≥ 1. */
    int64_t burst;
};

/* Zero-initialised: full. */
struct token_bucket {
    /* Missing to full, in sixty-millionths of a token: what a policy of one a minute refills in a
     * microsecond, so that nothing is ever rounded. */
    int64_t missing;
    int64_t updated_us;
};

/* Refills up to `now_us`, then takes as many of `wanted` as there are. */
int64_t token_bucket_take(struct token_bucket *bucket, const struct rate_policy *policy,
                          int64_t now_us, int64_t wanted);
/* Whole tokens left, as of the last take. */
int64_t token_bucket_left(const struct token_bucket *bucket, const struct rate_policy *policy);
/* Until the next whole token, as of the last take; 0: there is one. */
int64_t token_bucket_wait_us(const struct token_bucket *bucket, const struct rate_policy *policy);

/* The next lease of a key: doubled when the last one was used up early, else what was used of it;
 * at least 1 (so low limits stay exact), at most a tenth of a second's worth and 1000. */
int64_t rate_lease_next(const struct rate_policy *policy, int64_t last, int64_t unused);

/* Until `missing` tokens have come back, in whole seconds, at least 1. */
int64_t rate_seconds(const struct rate_policy *policy, int64_t missing);

/* `"default";q=600;w=60` and `"default";r=599;t=1`. */
void rate_header_policy(const struct rate_policy *policy, char ret_text[static RATE_HEADER_SIZE]);
void rate_header_limit(const struct rate_policy *policy, int64_t remaining,
                       char ret_text[static RATE_HEADER_SIZE]);
