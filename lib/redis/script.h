/* Lua scripts, run by their hash; the text is sent only to a Redis that doesn't know it yet.
 * Private to lib/redis. */
#pragma once

#include "lib/redis/redis.h"

struct redis_script {
    const char *text;
    const char *sha1;
};

/* `arguments` (the number of keys first) are copied, any number of them; else as redis_call(). */
MUST_CHECK int redis_script_call(struct redis *redis, const struct redis_script *script,
                                 const struct redis_argument *arguments, size_t count,
                                 redis_answered_fn answered, void *context, struct error *error);
