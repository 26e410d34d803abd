/* Tells the gateways that a key changed, so that they drop it from their caches: Redis channel
 * `keys`, message "key:<hex SHA-256>".
 *
 * A thread of its own, because a revocation must get through although Redis is away for a while: it
 * tries again until it does. A gateway that lost Redis itself starts over with an empty cache, so
 * only our own outage has to be waited out.
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

/* Never blocks. Thread-safe. As writer_options.key_changed: `context` is the announcer. */
void announcer_tell_key(void *context, const uint8_t key_hash[32]);
