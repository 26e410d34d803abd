/* The mirror of a batch's progress in Redis, which never goes backwards.
 *
 * Hash `batch:{<id>}`, channel of the same name, life 7 days. Field "head": the JSON object of what
 * does not change (batch_id, kind, user_id, total, created_at …), written by whoever rebuilds from
 * PostgreSQL. Field "i:<index>": "<rank>|<updated_at_us>|<JSON object of the item>". One script
 * sets an item only when its rank is higher than what stands, then publishes the index.
 */
#pragma once

#include "lib/redis/redis.h"

/* Ranks within one batch item. Steps lie between BUILDING and FINAL: BUILDING + percent. */
enum batch_rank {
    BATCH_RANK_QUEUED = 0,
    BATCH_RANK_BUILDING = 100,
    BATCH_RANK_FINAL = 1000,
};

struct batch_item_status {
    const char *batch_id;
    uint32_t index;
    /* 0 … BATCH_RANK_FINAL. */
    int64_t rank;
    int64_t updated_at_us;
    /* A JSON object; the writer's and reader's business. */
    const char *json;
};

/* Asynchronous; `answered` may be NULL (best effort). */
MUST_CHECK int batch_status_advance(struct redis *redis, const struct batch_item_status *status,
                                    redis_answered_fn answered, void *context, struct error *error);

/* The same, waiting. */
MUST_CHECK int batch_status_advance_wait(struct redis *redis,
                                         const struct batch_item_status *status,
                                         struct error *error);

/* Writes "head" and each item under the same rule. `items[].batch_id` is ignored. */
MUST_CHECK int batch_status_rebuild(struct redis *redis, const char *batch_id,
                                    const char *head_json, const struct batch_item_status *items,
                                    size_t count, redis_answered_fn answered, void *context,
                                    struct error *error);

/* HGETALL. batch_status_parse() reads the reply. */
MUST_CHECK int batch_status_read(struct redis *redis, const char *batch_id,
                                 redis_answered_fn answered, void *context, struct error *error);

/* What a HGETALL reply holds; strings are borrowed from the reply. */
struct batch_status_view {
    /* NULL: must be rebuilt. */
    const char *head_json;
    /* By index; json NULL where nothing is known. `capacity` slots are the caller's. */
    struct batch_item_status *items;
    size_t capacity;
    /* One more than the highest index seen. */
    size_t count;
};

/* Malformed fields count as unknown. */
void batch_status_parse(const struct redisReply *reply, struct batch_status_view *view);

/* "batch:{<id>}", the key and the channel. `size` ≥ strlen(batch_id) + 9. */
void batch_status_key(const char *batch_id, char *ret_key, size_t size);
