#include "services/gateway/rate_limit.h"

#include "lib/base/clock.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Set-associative, as the key cache. */
    WAYS = 8,
    LEASE_LIFE_MS = 1000,
};

/* KEYS: bucket. ARGV: burst, tokens a minute, tokens wanted. Answers the tokens granted, the whole
 * tokens left, and the microseconds until the next one. Redis's clock rules, so gateways whose
 * clocks differ share one bucket. */
static const char script[] =
    "local burst, rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]) / 6e7, tonumber(ARGV[3])\n"
    "local time = redis.call('TIME')\n"
    "local now = time[1] * 1e6 + time[2]\n"
    "local old = redis.call('HMGET', KEYS[1], 'tokens', 'at')\n"
    "local passed = math.max(0, now - (tonumber(old[2]) or now))\n"
    "local tokens = math.min(burst, (tonumber(old[1]) or burst) + passed * rate)\n"
    "local granted = math.min(wanted, math.floor(tokens))\n"
    "tokens = tokens - granted\n"
    "redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens),\n"
    "           'at', string.format('%.0f', now))\n"
    "redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate / 1000) + 1000)\n"
    "return {granted, math.floor(tokens), math.ceil(math.max(0, 1 - tokens) / rate)}\n";

struct waiter {
    struct waiter *next;
    rate_decided_fn decided;
    void *context;
    struct rate_decision decision;
};

struct slot {
    uint64_t key_id; /* 0: free */
    /* The key's, as of its last request. */
    struct rate_policy policy;
    bool pending;
    int64_t lease, lease_left, lease_ends_ms;
    /* What Redis had left when it was last asked. */
    int64_t left_in_redis;
    /* Redis has said that it is empty until then. */
    int64_t empty_until_us;
    int64_t touched_ms;
    struct token_bucket local;
    struct waiter *first, **last;
    int64_t waiting;
};

struct rate_limiter {
    struct redis *redis;
    struct rate_policy policy;
    struct metric *local_total;
    pthread_mutex_t mutex;
    size_t set_count;
    struct slot *slots;
};

/* What the answer of the script needs. */
struct lease_call {
    struct rate_limiter *limiter;
    uint64_t key_id;
};

struct lease {
    int64_t granted, left, wait_us;
};

static void lease_answered(void *context, int outcome, const struct redisReply *reply,
                           const struct error *error);

static struct slot *find_slot(struct rate_limiter *limiter, uint64_t key_id)
{
    struct slot *set = &limiter->slots[key_id % limiter->set_count * WAYS];
    struct slot *victim = NULL;

    for (size_t i = 0; i < WAYS; ++i)
        if (set[i].key_id == key_id)
            return &set[i];
    for (size_t i = 0; i < WAYS; ++i)
        if (!set[i].pending && (victim == NULL || set[i].touched_ms < victim->touched_ms))
            victim = &set[i];
    if (victim != NULL)
        *victim = (struct slot){.key_id = key_id};
    return victim;
}

static struct rate_decision refuse(int64_t wait_us)
{
    const int64_t seconds = wait_us <= 0 ? 1 : (wait_us + 999999) / 1000000;

    return (struct rate_decision){.retry_after_s = (uint32_t)seconds};
}

static struct rate_decision decide_locally(struct rate_limiter *limiter, struct slot *slot)
{
    metric_add(limiter->local_total, 1);
    if (token_bucket_take(&slot->local, &slot->policy, clock_monotonic_us(), 1) == 0)
        return refuse(token_bucket_wait_us(&slot->local, &slot->policy));
    return (struct rate_decision){
        .granted = true,
        .remaining = token_bucket_left(&slot->local, &slot->policy),
    };
}

static struct rate_decision spend_lease(struct slot *slot)
{
    --slot->lease_left;
    return (struct rate_decision){
        .granted = true,
        .remaining = slot->left_in_redis + slot->lease_left,
    };
}

static int call_script(struct rate_limiter *limiter, uint64_t key_id,
                       const struct rate_policy *policy, int64_t wanted)
{
    struct lease_call *call = malloc(sizeof(*call));
    char key[40], burst[24], rate[24], count[24];
    int result;

    if (call == NULL)
        return FAULT_RETRY;
    *call = (struct lease_call){limiter, key_id};
    (void)snprintf(key, sizeof(key), "limit:{%" PRIu64 "}", key_id);
    (void)snprintf(burst, sizeof(burst), "%" PRId64, policy->burst);
    (void)snprintf(rate, sizeof(rate), "%" PRId64, policy->per_minute);
    (void)snprintf(count, sizeof(count), "%" PRId64, wanted);
    const struct redis_argument arguments[] = {
        REDIS_TEXT("EVAL"), REDIS_TEXT(script), REDIS_TEXT("1"),   REDIS_TEXT(key),
        REDIS_TEXT(burst),  REDIS_TEXT(rate),   REDIS_TEXT(count),
    };
    result =
        redis_call(limiter->redis, arguments, ARRAY_LENGTH(arguments), lease_answered, call, NULL);
    if (result != 0)
        free(call);
    return result;
}

/* Under the lock: gives each waiter what there is. Those who can't be decided stay. */
static struct waiter *decide_waiters(struct rate_limiter *limiter, struct slot *slot, bool redis_up,
                                     int64_t wait_us)
{
    struct waiter *decided = NULL;
    struct waiter **end = &decided;

    while (slot->first != NULL) {
        struct waiter *waiter = slot->first;

        if (!redis_up)
            waiter->decision = decide_locally(limiter, slot);
        else if (slot->lease_left > 0)
            waiter->decision = spend_lease(slot);
        else if (slot->empty_until_us > 0)
            waiter->decision = refuse(wait_us);
        else
            break;
        slot->first = waiter->next;
        --slot->waiting;
        waiter->next = NULL;
        *end = waiter;
        end = &waiter->next;
    }
    return decided;
}

static bool read_lease(const struct redisReply *reply, struct lease *ret_lease)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
        return false;
    *ret_lease = (struct lease){
        reply->element[0]->integer,
        reply->element[1]->integer,
        reply->element[2]->integer,
    };
    return true;
}

/* Under the lock: books what Redis granted and asks again for those who came meanwhile. */
static struct waiter *book_lease(struct rate_limiter *limiter, struct slot *slot,
                                 const struct lease *lease)
{
    struct waiter *decided;

    if (lease != NULL) {
        slot->lease = slot->lease_left = lease->granted;
        slot->left_in_redis = lease->left;
        slot->lease_ends_ms = clock_monotonic_ms() + LEASE_LIFE_MS;
        slot->empty_until_us = lease->left == 0 ? clock_monotonic_us() + lease->wait_us : 0;
    }
    decided = decide_waiters(limiter, slot, lease != NULL, lease != NULL ? lease->wait_us : 0);
    slot->pending = slot->first != NULL;
    return decided;
}

static void tell(struct waiter *waiters)
{
    while (waiters != NULL) {
        struct waiter *waiter = waiters;

        waiters = waiter->next;
        waiter->decided(waiter->context, &waiter->decision);
        free(waiter);
    }
}

/* Until everybody is decided or Redis has been asked; without the lock. */
static void settle(struct rate_limiter *limiter, uint64_t key_id, const struct lease *lease)
{
    struct slot *slot;
    struct rate_policy policy;
    struct waiter *decided;
    int64_t wanted;

    do {
        (void)pthread_mutex_lock(&limiter->mutex);
        slot = find_slot(limiter, key_id);
        decided = book_lease(limiter, slot, lease);
        policy = slot->policy;
        wanted = rate_lease_next(&policy, slot->lease, 0);
        wanted = slot->waiting > wanted ? slot->waiting : wanted;
        wanted = slot->pending ? wanted : 0;
        (void)pthread_mutex_unlock(&limiter->mutex);
        tell(decided);
        lease = NULL;
    } while (wanted > 0 && call_script(limiter, key_id, &policy, wanted) != 0);
}

static void lease_answered(void *context, int outcome, const struct redisReply *reply,
                           const struct error *error)
{
    CLEANUP(cleanup_free) struct lease_call *call = context;
    struct lease lease;
    const bool known = outcome == 0 && read_lease(reply, &lease);

    (void)error;
    settle(call->limiter, call->key_id, known ? &lease : NULL);
}

static bool join_slot(struct slot *slot, rate_decided_fn decided, void *context)
{
    struct waiter *waiter = malloc(sizeof(*waiter));

    if (waiter == NULL)
        return true;
    *waiter = (struct waiter){.decided = decided, .context = context};
    if (slot->first == NULL)
        slot->last = &slot->first;
    *slot->last = waiter;
    slot->last = &waiter->next;
    ++slot->waiting;
    return false;
}

/* Under the lock. RATE_LIMIT_PENDING with *ret_wanted > 0: the caller must ask Redis. */
static int take(struct rate_limiter *limiter, struct slot *slot, rate_decided_fn decided,
                void *context, struct rate_decision *ret_decision, int64_t *ret_wanted)
{
    const int64_t now_us = clock_monotonic_us();

    slot->touched_ms = now_us / 1000;
    if (slot->pending && !join_slot(slot, decided, context))
        return RATE_LIMIT_PENDING;
    if (!slot->pending && slot->lease_left > 0 && slot->touched_ms < slot->lease_ends_ms) {
        *ret_decision = spend_lease(slot);
        return 0;
    }
    if (!slot->pending && slot->lease_left == 0 && now_us < slot->empty_until_us) {
        *ret_decision = refuse(slot->empty_until_us - now_us);
        return 0;
    }
    if (!slot->pending && redis_is_up(limiter->redis) && !join_slot(slot, decided, context)) {
        *ret_wanted = rate_lease_next(&slot->policy, slot->lease, slot->lease_left);
        slot->lease_left = 0;
        slot->pending = true;
        return RATE_LIMIT_PENDING;
    }
    *ret_decision = decide_locally(limiter, slot);
    return 0;
}

int rate_limiter_take(struct rate_limiter *limiter, uint64_t key_id,
                      const struct rate_policy *policy, rate_decided_fn decided, void *context,
                      struct rate_decision *ret_decision)
{
    int64_t wanted = 0;
    struct slot *slot;
    int result;

    (void)pthread_mutex_lock(&limiter->mutex);
    slot = find_slot(limiter, key_id);
    if (slot != NULL) {
        slot->policy = *policy;
        result = take(limiter, slot, decided, context, ret_decision, &wanted);
    } else { /* a whole set of keys waits for Redis */
        *ret_decision = refuse(0);
        result = 0;
    }
    (void)pthread_mutex_unlock(&limiter->mutex);
    if (wanted > 0 && call_script(limiter, key_id, policy, wanted) != 0)
        settle(limiter, key_id, NULL);
    return result;
}

struct rate_policy rate_limiter_policy(const struct rate_limiter *limiter, int64_t own_per_minute)
{
    return own_per_minute > 0 ? (struct rate_policy){own_per_minute, own_per_minute}
                              : limiter->policy;
}

int rate_limiter_new(const struct gateway_config *config, struct redis *redis,
                     struct metrics *metrics, struct rate_limiter **ret_limiter,
                     struct error *error)
{
    struct rate_limiter *limiter = calloc(1, sizeof(*limiter));

    if (limiter != NULL)
        limiter->slots = calloc((size_t)config->rate_limit_keys, sizeof(*limiter->slots));
    if (limiter == NULL || limiter->slots == NULL) {
        free(limiter);
        return error_set(error, FAULT_HARD, "rate limiter: no memory");
    }
    limiter->redis = redis;
    limiter->policy.per_minute = config->rate_limit_per_minute;
    limiter->policy.burst =
        config->rate_limit_burst > 0 ? config->rate_limit_burst : config->rate_limit_per_minute;
    limiter->local_total = metrics_counter(
        metrics, "slipway_gateway_rate_limit_local_total",
        "Requests limited by this gateway alone, because Redis did not answer.", "");
    limiter->set_count = (size_t)config->rate_limit_keys / WAYS;
    (void)pthread_mutex_init(&limiter->mutex, NULL);
    *ret_limiter = limiter;
    return 0;
}

void rate_limiter_free(struct rate_limiter *limiter)
{
    if (limiter == NULL)
        return;
    (void)pthread_mutex_destroy(&limiter->mutex);
    free(limiter->slots);
    free(limiter);
}
