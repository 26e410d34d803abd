/* What Redis is told of a batch item, after the commit that changed it. */
#pragma once

#include "lib/redis/redis.h"
#include "services/billing/writer.h"

enum { STATUS_JSON_SIZE = 1024 };

/* The item as a JSON object, and its rank. */
void status_render(const struct writer_outcome *outcome, char ret_json[static STATUS_JSON_SIZE],
                   int64_t *ret_rank);

/* Asynchronous, as redis_call(). */
MUST_CHECK int status_tell(struct redis *redis, const struct writer_outcome *outcome,
                           int64_t now_us, redis_answered_fn answered, void *context,
                           struct error *error);
