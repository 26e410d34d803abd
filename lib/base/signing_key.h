/* The secrets that API keys sign requests with: derived from the deployment's master secret and the
 * key's id, so that none is ever stored. Source: libsodium's crypto_kdf (BLAKE2b keyed with the
 * master secret, the key's id as its salt, "SlipSign" as its personalisation). */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SIGNING_KEY_SIZE = 32,
    /* Lower-case hex and its NUL. */
    SIGNING_KEY_TEXT_SIZE = 2 * SIGNING_KEY_SIZE + 1,
};

struct signing_master {
    uint8_t secret[32];
    /* False: this deployment has none, so nobody can sign. */
    bool is_set;
};

/* `text`: 64 hex digits, or "" for none. FAULT_HARD: anything else; the error does not repeat it.
 */
MUST_CHECK int signing_master_init(struct signing_master *master, const char *text,
                                   struct error *error);
/* Wipes it. */
void signing_master_deinit(struct signing_master *master);

/* The signing secret of the API key `key_id`, to be wiped by the caller. The master must be set. */
void signing_key_derive(const struct signing_master *master, uint64_t key_id,
                        uint8_t ret_key[static SIGNING_KEY_SIZE]);
/* The same as it is shown to its owner. */
void signing_key_derive_text(const struct signing_master *master, uint64_t key_id,
                             char ret_text[static SIGNING_KEY_TEXT_SIZE]);
