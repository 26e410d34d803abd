/* A server that takes webhooks and answers 204: what bench/run lets both the notifier and its peer
 * send to. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

struct webhook_sink;

/* Listens on loopback. */
MUST_CHECK int webhook_sink_new(uint16_t port, struct webhook_sink **ret_sink, struct error *error);
/* Accepts NULL. */
void webhook_sink_free(struct webhook_sink *sink);

/* Requests so far, repeats too. */
int64_t webhook_sink_count(struct webhook_sink *sink);
/* Waits until there are so many. Monotonic microseconds of the last one; 0: they did not come in
 * time. */
int64_t webhook_sink_await(struct webhook_sink *sink, int64_t count, int64_t timeout_ms);
