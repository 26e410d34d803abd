/* One token bucket a key, filled by the gateway's policy or by the key's own rate, in Redis, shared
 * by all gateways. A busy key takes tokens by the lease, so that it does not ask Redis for each
 * request. While Redis is down each gateway limits by a bucket of its own and counts that in
 * slipway_gateway_rate_limit_local_total. */
#pragma once

#include "lib/redis/redis.h"
#include "lib/service/metrics.h"
#include "services/gateway/config.h"
#include "services/gateway/token_bucket.h"

struct rate_limiter;

struct rate_decision {
    bool granted;
    /* Tokens left after this one, as far as is known here. */
    int64_t remaining;
    /* When refused: seconds until a token is there. */
    uint32_t retry_after_s;
};

enum rate_limit_refusal {
    RATE_LIMIT_PENDING = 1,
};

typedef void (*rate_decided_fn)(void *context, const struct rate_decision *decision);

/* `redis` is borrowed for the limiter's life. */
MUST_CHECK int rate_limiter_new(const struct gateway_config *config, struct redis *redis,
                                struct metrics *metrics, struct rate_limiter **ret_limiter,
                                struct error *error);
/* No decision may be open: free the Redis client first. Accepts NULL. */
void rate_limiter_free(struct rate_limiter *limiter);

/* What holds for a key with a rate of its own, a minute's worth at once; 0: for all others. */
struct rate_policy rate_limiter_policy(const struct rate_limiter *limiter, int64_t own_per_minute);

/* 0: *ret_decision is set. RATE_LIMIT_PENDING: `decided` runs exactly once, from any thread,
 * perhaps before this returns. */
MUST_CHECK int rate_limiter_take(struct rate_limiter *limiter, uint64_t key_id,
                                 const struct rate_policy *policy, rate_decided_fn decided,
                                 void *context, struct rate_decision *ret_decision);
