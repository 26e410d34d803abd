/* API keys as text: their shape, their making, and the Authorization header that carries them. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define API_KEY_PREFIX "slip_hosting_"

enum {
    /* Characters after the prefix: 32 of base62 are 190 bits. */
    API_KEY_RANDOM_LENGTH = 32,
    API_KEY_LENGTH = sizeof(API_KEY_PREFIX) - 1 + API_KEY_RANDOM_LENGTH,
    API_KEY_HASH_SIZE = 32,
};

/* The key within "Bearer <key>" (the scheme in any case, RFC 9110 section 11.1), borrowed from
 * `header`; NULL when the header is missing, of another scheme, or the key has another shape. */
const char *api_key_from_authorization(const char *header);

bool api_key_is_shaped(const char *text);

/* A new key, every character equally likely, into `ret_key`; wipe it when it has been shown. */
void api_key_make(char ret_key[static API_KEY_LENGTH + 1]);

/* SHA-256 of the text: all that is ever stored or sent on. */
void api_key_hash(const char *key, uint8_t ret_hash[static API_KEY_HASH_SIZE]);
