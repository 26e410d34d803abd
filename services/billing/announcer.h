/* Tells the gateways that a key or all keys of a user changed, so that they drop them from their
 * caches: Redis channel `keys`, messages "key:<hex SHA-256>" and "user:<id>".
 *
 * A thread of its own, because a revocation must get through although Redis is away for a while: it
 * tries again until it does. A gateway that lost Redis itself starts over with an empty cache, so
 * only our own outage has to be waited out. What a process has committed and not told when it died
 * nobody knows any more: so each one that starts says "user:0", which drops all keys.
 */
#pragma once

#include "lib/base/error.h"
#include "lib/redis/redis.h"

#include <stdint.h>

struct announcer;

struct announcer_options {
    /* Borrowed for the announcer's life. */
    struct redis *redis;
    /* Changes that wait; past it they are dropped and logged. */
    int64_t queue_limit;
};

MUST_CHECK int announcer_new(const struct announcer_options *options,
                             struct announcer **ret_announcer, struct error *error);
/* What waits is tried once more. Accepts NULL. */
void announcer_free(struct announcer *announcer);

/* Never block. Thread-safe. As writer_options.key_changed and .user_changed: `context` is the
 * announcer. */
void announcer_tell_key(void *context, const uint8_t key_hash[32]);
void announcer_tell_user(void *context, int64_t user_id);
