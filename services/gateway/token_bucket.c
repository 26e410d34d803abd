#include "services/gateway/token_bucket.h"

#include <inttypes.h>
#include <stdio.h>

enum { MICRO = 1000000, LEASE_SHARE = 600, LEASE_LONGEST = 1000 };

static const int64_t token = (int64_t)RATE_WINDOW_S * MICRO;

/* Longest pause that is still multiplied: past it every bucket is full. */
static const int64_t longest_pause_us = INT64_C(3600) * MICRO;

static int64_t at_most(int64_t value, int64_t limit)
{
    return value < limit ? value : limit;
}

static int64_t at_least(int64_t value, int64_t limit)
{
    return value > limit ? value : limit;
}

int64_t token_bucket_left(const struct token_bucket *bucket, const struct rate_policy *policy)
{
    return (policy->burst * token - bucket->missing) / token;
}

int64_t token_bucket_take(struct token_bucket *bucket, const struct rate_policy *policy,
                          int64_t now_us, int64_t wanted)
{
    const int64_t passed_us = at_most(at_least(now_us - bucket->updated_us, 0), longest_pause_us);
    const int64_t refill = passed_us * policy->per_minute;
    int64_t taken;

    bucket->missing = at_least(bucket->missing - refill, 0);
    bucket->updated_us = at_least(now_us, bucket->updated_us);
    taken = at_most(wanted, token_bucket_left(bucket, policy));
    bucket->missing += taken * token;
    return taken;
}

int64_t token_bucket_wait_us(const struct token_bucket *bucket, const struct rate_policy *policy)
{
    const int64_t lacking = bucket->missing - (policy->burst - 1) * token;

    return lacking <= 0 ? 0 : (lacking + policy->per_minute - 1) / policy->per_minute;
}

int64_t rate_lease_next(const struct rate_policy *policy, int64_t last, int64_t unused)
{
    const int64_t longest = at_most(at_least(policy->per_minute / LEASE_SHARE, 1), LEASE_LONGEST);
    const int64_t wish = unused == 0 ? last * 2 : last - unused;

    return at_most(at_least(wish, 1), longest);
}

int64_t rate_seconds(const struct rate_policy *policy, int64_t missing)
{
    return at_least((missing * RATE_WINDOW_S + policy->per_minute - 1) / policy->per_minute, 1);
}

void rate_header_policy(const struct rate_policy *policy, char ret_text[static RATE_HEADER_SIZE])
{
    (void)snprintf(ret_text, RATE_HEADER_SIZE, "\"default\";q=%" PRId64 ";w=%d", policy->per_minute,
                   RATE_WINDOW_S);
}

void rate_header_limit(const struct rate_policy *policy, int64_t remaining,
                       char ret_text[static RATE_HEADER_SIZE])
{
    (void)snprintf(ret_text, RATE_HEADER_SIZE, "\"default\";r=%" PRId64 ";t=%" PRId64, remaining,
                   rate_seconds(policy, at_least(policy->burst - remaining, 0)));
}
