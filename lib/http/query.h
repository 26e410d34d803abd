/* Percent-encoding of a request's target (RFC 3986 section 2.1; "+" in a query as in HTML forms).
 */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

/* Decodes into `ret_text`, which holds length + 1 bytes. True when an escape is broken, a slash is
 * escaped (whoever stands in front of us would see another path), or a control character, NUL or
 * space stands in it or comes out of it (a decoded space is fine). */
MUST_CHECK bool query_decode_path(const char *path, size_t length, char *ret_text);

/* Room that query_decode() needs for a query of `length` bytes. */
#define QUERY_PAIRS_SIZE(length) (2 * (length) + 2)

/* Decodes "a=1&b" into "a\0" "1\0" "b\0" "\0" and counts the pairs. Empty pairs ("&&") are left
 * out. True as above, but for the slash. */
MUST_CHECK bool query_decode(const char *query, char *ret_pairs, size_t *ret_count);
