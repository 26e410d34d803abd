/* The opaque `cursor` of lists: where the next page begins. It grants nothing: the tenant rule is
 * applied to every page. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

/* base64url of a version byte and the id, and its NUL. */
enum { CURSOR_SIZE = 13 };

void cursor_encode(uint64_t before_id, char ret_cursor[static CURSOR_SIZE]);
/* True when it is not a cursor of ours. */
MUST_CHECK bool cursor_decode(const char *cursor, uint64_t *ret_before_id);
