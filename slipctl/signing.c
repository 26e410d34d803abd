#include "slipctl/signing.h"

#include "lib/base/encoding.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SIZE = 32 };

bool signing_secret_is_valid(const char *text)
{
    unsigned char key[KEY_SIZE];
    const bool is_valid = !hex_decode(text, key, sizeof(key));

    sodium_memzero(key, sizeof(key));
    return is_valid;
}

static void add_text(crypto_auth_hmacsha256_state *state, const char *text)
{
    (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)text, strlen(text));
}

/* The lines of what is signed, joined by one line feed each. */
static void add_parts(crypto_auth_hmacsha256_state *state, const struct signed_parts *parts)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hash_text[2 * sizeof(hash) + 1];
    char time[24];

    (void)crypto_hash_sha256(hash, (const unsigned char *)parts->body, parts->body_length);
    hex_encode(hash, sizeof(hash), hash_text);
    (void)snprintf(time, sizeof(time), "%" PRId64, parts->time_s);
    add_text(state, time);
    add_text(state, "\n");
    add_text(state, parts->method);
    add_text(state, "\n");
    add_text(state, parts->target);
    add_text(state, "\n");
    add_text(state, hash_text);
}

void signing_make_header(const char *secret_text, const struct signed_parts *parts,
                         char ret_header[static SIGNING_HEADER_SIZE])
{
    unsigned char key[KEY_SIZE];
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char mac_text[2 * sizeof(mac) + 1];
    crypto_auth_hmacsha256_state state;
    const bool is_broken = hex_decode(secret_text, key, sizeof(key));

    assert(!is_broken);
    (void)crypto_auth_hmacsha256_init(&state, key, sizeof(key));
    add_parts(&state, parts);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    hex_encode(mac, sizeof(mac), mac_text);
    (void)snprintf(ret_header, SIGNING_HEADER_SIZE, "X-Signature: v1=%s", mac_text);
    sodium_memzero(key, sizeof(key));
    sodium_memzero(&state, sizeof(state));
}
