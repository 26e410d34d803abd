#include "services/billing/providers/provider_hmac.h"

#include "lib/base/encoding.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* SHA-512's hex is the longest. */
enum { HEX_SIZE_MAX = PROVIDER_HMAC_SHA512_SIZE };

static void hmac_sha256(const unsigned char *key, size_t key_length, const void *message,
                        size_t length, char *ret_hex)
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];

    (void)crypto_auth_hmacsha256_init(&state, key, key_length);
    (void)crypto_auth_hmacsha256_update(&state, message, length);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    hex_encode(mac, sizeof(mac), ret_hex);
}

void provider_hmac_sha256(const char *key, const void *message, size_t length,
                          char ret_hex[static PROVIDER_HMAC_SHA256_SIZE])
{
    hmac_sha256((const unsigned char *)key, strlen(key), message, length, ret_hex);
}

void provider_hmac_sha256_hashed_key(const char *token, const void *message, size_t length,
                                     char ret_hex[static PROVIDER_HMAC_SHA256_SIZE])
{
    unsigned char key[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(key, (const unsigned char *)token, strlen(token));
    hmac_sha256(key, sizeof(key), message, length, ret_hex);
    sodium_memzero(key, sizeof(key));
}

void provider_hmac_sha512(const char *key, const void *message, size_t length,
                          char ret_hex[static PROVIDER_HMAC_SHA512_SIZE])
{
    crypto_auth_hmacsha512_state state;
    unsigned char mac[crypto_auth_hmacsha512_BYTES];

    (void)crypto_auth_hmacsha512_init(&state, (const unsigned char *)key, strlen(key));
    (void)crypto_auth_hmacsha512_update(&state, message, length);
    (void)crypto_auth_hmacsha512_final(&state, mac);
    hex_encode(mac, sizeof(mac), ret_hex);
}

bool provider_hmac_matches(const char *sent, const char *expected)
{
    const size_t length = strlen(expected);
    char lowered[HEX_SIZE_MAX];

    assert(length < sizeof(lowered));
    if (sent == NULL || strlen(sent) != length)
        return false;
    for (size_t i = 0; i < length; ++i)
        lowered[i] = (char)(sent[i] >= 'A' && sent[i] <= 'F' ? sent[i] | 0x20 : sent[i]);
    return sodium_memcmp(lowered, expected, length) == 0;
}

bool provider_secret_matches(const char *sent, const char *secret)
{
    const size_t length = strlen(secret);

    return sent != NULL && length > 0 && strlen(sent) == length &&
           sodium_memcmp(sent, secret, length) == 0;
}
