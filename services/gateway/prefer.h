/* The headers by which a caller says what answer it wants. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PREFER_WAIT_LONGEST_S = 30 };

/* The seconds of `wait=N` in a Prefer header, cut to PREFER_WAIT_LONGEST_S; the first one counts.
 * False: there is none that makes sense, which a server ignores; *ret_seconds is then untouched.
 * `header` may be NULL. Source: RFC 7240 sections 2 and 4.3. */
bool prefer_wait(const char *header, uint32_t *ret_seconds);

/* The same, 0 when there is none. */
uint32_t prefer_wait_s(const char *header);

/* Whether an Accept header (may be NULL) lets `type`, "application/json", through: itself, its
 * "application" range, or everything, unless its weight is 0. Source: RFC 9110 section 12.5.1. */
bool accept_allows(const char *header, const char *type);

/* Whether an Accept header names exactly this type, not by a range. */
bool accept_names(const char *header, const char *type);
