/* What makes a repeated request the same one. */
#pragma once

#include "lib/base/cleanup.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { IDEMPOTENCY_HASH_SIZE = 32 };

/* 8 to 200 visible ASCII characters. */
bool idempotency_key_is_valid(const char *key);

/* SHA-256 over the user that the operation is for, method, route pattern and key: the record's
 * place. */
void idempotency_scope(uint64_t user_id, const char *method, const char *pattern, const char *key,
                       uint8_t ret_hash[static IDEMPOTENCY_HASH_SIZE]);

/* SHA-256 over path, user and body, the body's members sorted and without white space, so that the
 * same request written differently is the same. `body` may be NULL. False: no memory. */
MUST_CHECK bool idempotency_fingerprint(const char *path, uint64_t user_id, const json_t *body,
                                        uint8_t ret_hash[static IDEMPOTENCY_HASH_SIZE]);
