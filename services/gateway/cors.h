/* Cross-origin calls from browsers, off unless CORS_ALLOWED_ORIGINS names origins.
 * Source: fetch.spec.whatwg.org, "CORS protocol". */
#pragma once

#include "lib/http/server.h"

#include <stdbool.h>

/* Whether `origin` stands in the comma-separated list. */
bool cors_is_allowed(const char *allowed_origins, const char *origin);

/* Adds the headers when the request comes from an allowed origin. True: it was a preflight and has
 * been replied to. */
bool cors_apply(const char *allowed_origins, struct http_exchange *exchange);
