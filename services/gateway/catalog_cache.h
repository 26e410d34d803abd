/* The last catalog as it went out, for a moment: everybody gets the same one. */
#pragma once

#include "lib/base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct catalog_cache;

/* `"<16 hex>"` and its NUL. */
enum { ETAG_SIZE = 19 };

/* NULL: no memory. */
struct catalog_cache *catalog_cache_new(int64_t ttl_ms);
/* Accepts NULL. */
void catalog_cache_free(struct catalog_cache *cache);

/* Appends the body. False: there is none, or it is too old. */
bool catalog_cache_get(struct catalog_cache *cache, struct buffer *body,
                       char ret_etag[static ETAG_SIZE]);
void catalog_cache_put(struct catalog_cache *cache, const struct buffer *body);

/* The tag of a body: a hash, so all gateways agree. */
void etag_make(const struct buffer *body, char ret_etag[static ETAG_SIZE]);
/* Whether If-None-Match (may be NULL) names the tag or "*". Source: RFC 9110 section 13.1.2. */
bool etag_matches(const char *if_none_match, const char *etag);
