/* The peer of the notifier: libcurl's multi interface alone, without queue, signature, order,
 * retries or database. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

/* Sends `count` POSTs of one body over `connections` kept connections, each free one at once. */
MUST_CHECK int webhook_loop_run(const char *url, int64_t count, int64_t connections,
                                struct error *error);
