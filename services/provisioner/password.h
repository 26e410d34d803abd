/* Root passwords: made here, sealed at once with the gateway's public key, readable by nobody else.
 */
#pragma once

#include "lib/base/error.h"

#include <sodium.h>
#include <stdint.h>

/* 24 characters out of 62: 142 bits. */
enum {
    PASSWORD_LENGTH = 24,
    PASSWORD_SEALED_SIZE = crypto_box_SEALBYTES + PASSWORD_LENGTH,
    PASSWORD_HASH_SIZE = 384,
};

struct password {
    char text[PASSWORD_LENGTH + 1];
};

struct seal_key {
    unsigned char public_key[crypto_box_PUBLICKEYBYTES];
    uint32_t id;
};

/* FAULT_HARD: not the base64 of a public key. */
MUST_CHECK int seal_key_parse(const char *base64, uint32_t id, struct seal_key *ret_key,
                              struct error *error);

/* A new random password in memory that is locked, guarded and left out of dumps. NULL: no memory.
 */
MUST_CHECK struct password *password_new(void);

/* Wipes it. Accepts NULL. */
void password_free(struct password *password);
DEFINE_CLEANUP(struct password *, password_free)

void password_seal(const struct password *password, const struct seal_key *key,
                   unsigned char ret_sealed[static PASSWORD_SEALED_SIZE]);

/* crypt(5) of it, SHA-512 with a fresh salt: what every Linux takes for a user's password.
 * FAULT_RETRY: no memory; FAULT_HARD: the C library can't. */
MUST_CHECK int password_hash(const struct password *password,
                             char ret_hash[static PASSWORD_HASH_SIZE], struct error *error);
