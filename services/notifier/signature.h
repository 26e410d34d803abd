/* Webhook secrets and signatures. Source: standardwebhooks.com, specification 1.0.0: the signed
 * text is "<id>.<timestamp>.<body>", the signature "v1," and the base64 of its HMAC-SHA256. */
#pragma once

#include "lib/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SECRET_BYTES = 32,
    /* "whsec_", base64 of the bytes and a NUL. */
    SECRET_TEXT_SIZE = 6 + 44 + 1,
    /* Nonce, authenticator and the secret: what is stored. */
    SEALED_SECRET_BYTES = 24 + 16 + SECRET_BYTES,
    SECRET_KEY_BYTES = 32,
};

/* Base64 of SECRET_KEY_BYTES bytes. True when `text` is not that. */
MUST_CHECK bool secret_key_parse(const char *text, uint8_t ret_key[static SECRET_KEY_BYTES]);

/* A fresh secret; the caller wipes it. */
void secret_make(uint8_t ret_secret[static SECRET_BYTES]);
/* "whsec_…"; the caller wipes it. */
void secret_write(const uint8_t secret[static SECRET_BYTES],
                  char ret_text[static SECRET_TEXT_SIZE]);

/* Sealed under the service's key, each time anew (libsodium's secretbox). */
void secret_seal(const uint8_t secret[static SECRET_BYTES],
                 const uint8_t key[static SECRET_KEY_BYTES],
                 uint8_t ret_sealed[static SEALED_SECRET_BYTES]);
/* True: not sealed under this key, or changed since. */
MUST_CHECK bool secret_open(const void *sealed, size_t length,
                            const uint8_t key[static SECRET_KEY_BYTES],
                            uint8_t ret_secret[static SECRET_BYTES]);

/* Appends "v1,<base64>", after a space when `header` is not empty. */
void signature_append(struct buffer *header, const uint8_t secret[static SECRET_BYTES],
                      const char *id, int64_t timestamp_s, const char *body);
