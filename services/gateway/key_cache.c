#include "services/gateway/key_cache.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "lib/base/trace.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* The cache is set-associative: a key can stand in the slots of one set only, so that a lookup
     * compares a handful and an eviction needs no list. */
    WAYS = 8,
    UNHEARD_TTL_MS = 1000,
};

struct waiter {
    struct waiter *next;
    key_found_fn found;
    void *context;
};

struct slot {
    uint8_t hash[API_KEY_HASH_SIZE];
    bool used, pending;
    /* A change was announced while billing was being asked: answer, but don't keep. */
    bool outdated;
    /* NULL: known to be unknown. */
    struct key_record *record;
    int64_t loaded_ms, touched_ms;
    struct waiter *waiters;
};

struct key_cache {
    struct billing_client *billing;
    struct redis_subscriber *subscriber;
    struct redis_subscription *subscription;
    int64_t ttl_ms, negative_ttl_ms;
    pthread_mutex_t mutex;
    size_t set_count;
    struct slot *slots;
};

/* What the answer to FindKey needs. */
struct lookup {
    struct key_cache *cache;
    uint8_t hash[API_KEY_HASH_SIZE];
};

static struct slot *set_of(struct key_cache *cache, const uint8_t *hash)
{
    uint32_t number;

    memcpy(&number, hash, sizeof(number));
    return &cache->slots[number % cache->set_count * WAYS];
}

static struct slot *find_slot(struct key_cache *cache, const uint8_t *hash)
{
    struct slot *set = set_of(cache, hash);

    for (size_t i = 0; i < WAYS; ++i)
        if (set[i].used && sodium_memcmp(set[i].hash, hash, API_KEY_HASH_SIZE) == 0)
            return &set[i];
    return NULL;
}

static void empty_slot(struct slot *slot)
{
    key_record_unref(slot->record);
    memset(slot, 0, sizeof(*slot));
}

/* Unknown keys go first: whoever guesses keys should not push out those that pay. */
static bool is_better_victim(const struct slot *slot, const struct slot *best)
{
    if (best == NULL || !slot->used || !best->used)
        return best == NULL || (best->used && !slot->used);
    if ((slot->record == NULL) != (best->record == NULL))
        return slot->record == NULL;
    return slot->touched_ms < best->touched_ms;
}

/* NULL: every slot of the set is waiting for billing. */
static struct slot *claim_slot(struct key_cache *cache, const uint8_t *hash)
{
    struct slot *set = set_of(cache, hash);
    struct slot *victim = NULL;

    for (size_t i = 0; i < WAYS; ++i)
        if (!set[i].pending && is_better_victim(&set[i], victim))
            victim = &set[i];
    if (victim != NULL) {
        empty_slot(victim);
        victim->used = true;
        memcpy(victim->hash, hash, API_KEY_HASH_SIZE);
    }
    return victim;
}

static bool is_fresh(const struct key_cache *cache, const struct slot *slot, int64_t now_ms)
{
    int64_t ttl_ms = slot->record != NULL ? cache->ttl_ms : cache->negative_ttl_ms;

    if (ttl_ms > UNHEARD_TTL_MS && !redis_subscriber_is_up(cache->subscriber))
        ttl_ms = UNHEARD_TTL_MS;
    return now_ms - slot->loaded_ms < ttl_ms;
}

/* Takes the waiters off and settles the slot, under the lock. */
static struct waiter *settle_slot(struct slot *slot, int outcome, struct key_record *record)
{
    struct waiter *waiters = TAKE(slot->waiters);

    slot->pending = false;
    if (slot->outdated || (outcome != 0 && outcome != KEY_CACHE_UNKNOWN)) {
        empty_slot(slot);
        return waiters;
    }
    slot->record = record != NULL ? key_record_ref(record) : NULL;
    slot->loaded_ms = clock_monotonic_ms();
    return waiters;
}

static void settle_lookup(struct key_cache *cache, const uint8_t *hash, int outcome,
                          struct key_record *record, const struct error *error)
{
    struct waiter *waiters;

    (void)pthread_mutex_lock(&cache->mutex);
    waiters = settle_slot(find_slot(cache, hash), outcome, record);
    (void)pthread_mutex_unlock(&cache->mutex);
    while (waiters != NULL) {
        struct waiter *waiter = waiters;

        waiters = waiter->next;
        waiter->found(waiter->context, outcome, record != NULL ? key_record_ref(record) : NULL,
                      error);
        free(waiter);
    }
}

static int read_result(const Slipway__V1__QueryResult *result, struct key_record **ret_record,
                       struct error *error)
{
    if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND)
        return KEY_CACHE_UNKNOWN;
    if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_REFUSED)
        return error_set(error, FAULT_RETRY, "billing can't look up keys now");
    if (result->answer_case != SLIPWAY__V1__QUERY_RESULT__ANSWER_KEY)
        return error_set(error, FAULT_HARD, "billing answered FindKey with something else");
    if (result->key->revoked || result->key->key_id == 0)
        return KEY_CACHE_UNKNOWN;
    *ret_record = key_record_new(result->key);
    return *ret_record != NULL ? 0 : error_set(error, FAULT_RETRY, "key cache: no memory");
}

static void lookup_told(void *context, int outcome, const Slipway__V1__QueryResult *result,
                        const struct error *error)
{
    CLEANUP(cleanup_free) struct lookup *lookup = context;
    struct key_record *record = NULL;
    struct error text = {0};

    if (error != NULL)
        text = *error;
    if (outcome == 0)
        outcome = read_result(result, &record, &text);
    else if (outcome > 0) /* timed out; of a read nothing can have happened */
        outcome = FAULT_RETRY;
    settle_lookup(lookup->cache, lookup->hash, outcome, record, &text);
    key_record_unref(record);
}

static void ask_billing(struct key_cache *cache, const uint8_t *hash, const char *request_id)
{
    struct lookup *lookup = malloc(sizeof(*lookup));
    Slipway__V1__FindKey question = SLIPWAY__V1__FIND_KEY__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    struct error error = {"key cache: no memory"};
    int result = FAULT_RETRY;
    uint8_t own_hash[API_KEY_HASH_SIZE];
    char own_id[REQUEST_ID_SIZE];

    memcpy(own_hash, hash, sizeof(own_hash));
    (void)snprintf(own_id, sizeof(own_id), "%s", request_id);
    if (lookup != NULL) {
        lookup->cache = cache;
        memcpy(lookup->hash, hash, sizeof(lookup->hash));
        question.key_hash = (ProtobufCBinaryData){sizeof(own_hash), own_hash};
        query.request_id = own_id;
        query.question_case = SLIPWAY__V1__QUERY__QUESTION_FIND_KEY;
        query.find_key = &question;
        result = billing_client_ask(cache->billing, &query, lookup_told, lookup, &error);
    }
    if (result == 0)
        return;
    free(lookup);
    settle_lookup(cache, own_hash, result, NULL, &error);
}

/* Joins those who wait for the slot's key. True: no memory. */
static bool join_slot(struct slot *slot, key_found_fn found, void *context)
{
    struct waiter *waiter = malloc(sizeof(*waiter));

    if (waiter == NULL)
        return true;
    *waiter = (struct waiter){slot->waiters, found, context};
    slot->waiters = waiter;
    return false;
}

/* Under the lock. KEY_CACHE_PENDING with *ret_ask: the caller must ask billing. */
static int look_up(struct key_cache *cache, const uint8_t *hash, key_found_fn found, void *context,
                   struct key_record **ret_record, bool *ret_ask, struct error *error)
{
    const int64_t now_ms = clock_monotonic_ms();
    struct slot *slot = find_slot(cache, hash);

    if (slot != NULL && !slot->pending && is_fresh(cache, slot, now_ms)) {
        slot->touched_ms = now_ms;
        if (slot->record == NULL)
            return KEY_CACHE_UNKNOWN;
        *ret_record = key_record_ref(slot->record);
        return 0;
    }
    if (slot != NULL && !slot->pending)
        empty_slot(slot);
    if (slot == NULL || !slot->pending)
        slot = claim_slot(cache, hash);
    if (slot == NULL || join_slot(slot, found, context))
        return error_set(error, FAULT_RETRY, "key cache: too many lookups at once");
    *ret_ask = !slot->pending;
    slot->pending = true;
    slot->touched_ms = now_ms;
    return KEY_CACHE_PENDING;
}

int key_cache_find(struct key_cache *cache, const uint8_t hash[static API_KEY_HASH_SIZE],
                   const char *request_id, key_found_fn found, void *context,
                   struct key_record **ret_record, struct error *error)
{
    bool ask = false;
    int result;

    (void)pthread_mutex_lock(&cache->mutex);
    result = look_up(cache, hash, found, context, ret_record, &ask, error);
    (void)pthread_mutex_unlock(&cache->mutex);
    if (ask)
        ask_billing(cache, hash, request_id);
    return result;
}

static void drop_slot(struct slot *slot)
{
    if (slot->pending)
        slot->outdated = true;
    else if (slot->used)
        empty_slot(slot);
}

/* user_id 0: all. Of a key that is being asked for the user is not known yet. */
static void drop_user(struct key_cache *cache, uint64_t user_id)
{
    for (size_t i = 0; i < cache->set_count * WAYS; ++i) {
        struct slot *slot = &cache->slots[i];

        if (user_id == 0 || slot->pending ||
            (slot->record != NULL && key_record_user_id(slot->record) == user_id))
            drop_slot(slot);
    }
}

static void drop_key(struct key_cache *cache, const char *hex)
{
    uint8_t hash[API_KEY_HASH_SIZE];
    struct slot *slot;

    if (hex_decode(hex, hash, sizeof(hash)))
        return;
    slot = find_slot(cache, hash);
    if (slot != NULL)
        drop_slot(slot);
}

void key_cache_drop(struct key_cache *cache, const char *message)
{
    uint64_t user_id = 0;

    (void)pthread_mutex_lock(&cache->mutex);
    if (message == NULL)
        drop_user(cache, 0);
    else if (strncmp(message, "key:", 4) == 0)
        drop_key(cache, message + 4);
    else if (strncmp(message, "user:", 5) == 0 && !decimal_parse_u64(message + 5, &user_id))
        drop_user(cache, user_id);
    (void)pthread_mutex_unlock(&cache->mutex);
}

static void heard(void *context, const char *channel, const char *message, size_t length)
{
    char text[96];

    (void)channel;
    if (message == NULL) {
        key_cache_drop(context, NULL);
        return;
    }
    if (length >= sizeof(text))
        return;
    memcpy(text, message, length);
    text[length] = '\0';
    key_cache_drop(context, text);
}

int key_cache_new(const struct gateway_config *config, struct billing_client *billing,
                  struct redis_subscriber *subscriber, struct key_cache **ret_cache,
                  struct error *error)
{
    struct key_cache *cache = calloc(1, sizeof(*cache));
    int result = FAULT_HARD;

    if (cache != NULL)
        cache->slots = calloc((size_t)config->key_cache_entries, sizeof(*cache->slots));
    if (cache == NULL || cache->slots == NULL) {
        free(cache);
        return error_set(error, FAULT_HARD, "key cache: no memory");
    }
    cache->billing = billing;
    cache->subscriber = subscriber;
    cache->ttl_ms = config->key_cache_ttl_ms;
    cache->negative_ttl_ms = config->key_cache_negative_ttl_ms;
    cache->set_count = (size_t)config->key_cache_entries / WAYS;
    (void)pthread_mutex_init(&cache->mutex, NULL);
    result = redis_subscribe(subscriber, "keys", heard, cache, &cache->subscription, error);
    if (result != 0) {
        key_cache_free(cache);
        return result;
    }
    *ret_cache = cache;
    return 0;
}

void key_cache_free(struct key_cache *cache)
{
    if (cache == NULL)
        return;
    redis_unsubscribe(cache->subscription);
    for (size_t i = 0; i < cache->set_count * WAYS; ++i)
        empty_slot(&cache->slots[i]);
    (void)pthread_mutex_destroy(&cache->mutex);
    free(cache->slots);
    free(cache);
}
