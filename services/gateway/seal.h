/* Opens what the workers sealed under the gateway's public key (libsodium's sealed boxes). */
#pragma once

#include "lib/base/error.h"

#include <stddef.h>
#include <stdint.h>

struct seal {
    uint8_t public_key[32], secret_key[32];
    uint32_t key_id;
};

/* FAULT_HARD: `secret_base64` is not a key. */
MUST_CHECK int seal_init(struct seal *seal, const char *secret_base64, uint32_t key_id,
                         struct error *error);
/* Wipes it. */
void seal_deinit(struct seal *seal);

/* The NUL-terminated text, to be wiped by the caller. FAULT_HARD: sealed under another key, cut, or
 * longer than fits. */
MUST_CHECK int seal_open(const struct seal *seal, uint32_t key_id, const void *sealed,
                         size_t sealed_length, char *ret_text, size_t size, struct error *error);
