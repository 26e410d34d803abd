/* Keys that were asked for lately, by their hash. billing is asked once for all that miss the same
 * key at the same time; changes are heard of on the Redis channel `keys`, and while nothing can be
 * heard no key is trusted longer than a second (a dead link is noticed within three times the
 * subscriber's answer timeout). All is dropped when the channel is heard again. */
#pragma once

#include "lib/redis/subscriber.h"
#include "services/gateway/api_key.h"
#include "services/gateway/billing_client.h"
#include "services/gateway/key_record.h"

struct key_cache;

enum key_cache_refusal {
    /* No such key, or revoked. */
    KEY_CACHE_UNKNOWN = 1,
    /* The callback will tell. */
    KEY_CACHE_PENDING,
};

/* outcome 0: `record` is a reference of the callee's. KEY_CACHE_UNKNOWN or a fault: NULL. */
typedef void (*key_found_fn)(void *context, int outcome, struct key_record *record,
                             const struct error *error);

/* `billing` and `subscriber` are borrowed for the cache's life. */
MUST_CHECK int key_cache_new(const struct gateway_config *config, struct billing_client *billing,
                             struct redis_subscriber *subscriber, struct key_cache **ret_cache,
                             struct error *error);
/* No lookup may be open: free the billing client first. Accepts NULL. */
void key_cache_free(struct key_cache *cache);

/* 0: *ret_record is a reference of the caller's. KEY_CACHE_PENDING: `found` runs exactly once, from
 * any thread, perhaps before this returns. Otherwise it does not run. */
MUST_CHECK int key_cache_find(struct key_cache *cache, const uint8_t hash[static API_KEY_HASH_SIZE],
                              const char *request_id, key_found_fn found, void *context,
                              struct key_record **ret_record, struct error *error);

/* What a message of the channel `keys` says: "key:<hex sha256>" or "user:<id>"; NULL drops all. */
void key_cache_drop(struct key_cache *cache, const char *message);
