/* The order of checks, before any handler sees a request:
 * route → key → rate limit → scope → money switch → the signature's headers → media types (begin,
 * before the body is read) → the signature → query and JSON (handle), all but the route only where
 * a key is needed; fields, idempotency and state are the handlers' and billing's. A signed
 * request's media types are checked after its signature. */
#pragma once

#include "lib/http/server.h"

/* `context` is the struct gateway. */
void admission_begin(void *context, struct http_exchange *exchange);
void admission_handle(void *context, struct http_exchange *exchange);
