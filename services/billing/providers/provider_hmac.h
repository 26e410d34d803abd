/* Keyed hashes of what providers sign. Libsodium does the work; comparisons take the same time
 * whatever differs. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

/* 64 hex digits and a NUL. */
#define PROVIDER_HMAC_SHA256_SIZE 65
/* 128 hex digits and a NUL. */
#define PROVIDER_HMAC_SHA512_SIZE 129

/* Lower-case hex of HMAC-SHA256 under the bytes of `key`. */
void provider_hmac_sha256(const char *key, const void *message, size_t length,
                          char ret_hex[static PROVIDER_HMAC_SHA256_SIZE]);

/* Under the 32 bytes of SHA-256(token), as Crypto Pay and xRocket have it. */
void provider_hmac_sha256_hashed_key(const char *token, const void *message, size_t length,
                                     char ret_hex[static PROVIDER_HMAC_SHA256_SIZE]);

void provider_hmac_sha512(const char *key, const void *message, size_t length,
                          char ret_hex[static PROVIDER_HMAC_SHA512_SIZE]);

/* True when `sent` (NULL: nothing was sent) is `expected`, in constant time but for the length; hex
 * digits of `sent` may be of either case. */
MUST_CHECK bool provider_hmac_matches(const char *sent, const char *expected);

/* As above, to the byte: for secrets that are sent as they are. An empty secret matches nothing. */
MUST_CHECK bool provider_secret_matches(const char *sent, const char *secret);
