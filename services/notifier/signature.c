#include "services/notifier/signature.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(SECRET_KEY_BYTES == crypto_secretbox_KEYBYTES, "libsodium's key");
_Static_assert(SEALED_SECRET_BYTES ==
                   crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + SECRET_BYTES,
               "libsodium's box");

static const char prefix[] = "whsec_";

bool secret_key_parse(const char *text, uint8_t ret_key[static SECRET_KEY_BYTES])
{
    uint8_t key[SECRET_KEY_BYTES];
    size_t length = 0;
    const bool is_bad = sodium_base642bin(key, sizeof(key), text, strlen(text), NULL, &length, NULL,
                                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
                        length != sizeof(key);

    if (!is_bad)
        memcpy(ret_key, key, sizeof(key));
    sodium_memzero(key, sizeof(key));
    return is_bad;
}

void secret_make(uint8_t ret_secret[static SECRET_BYTES])
{
    randombytes_buf(ret_secret, SECRET_BYTES);
}

void secret_write(const uint8_t secret[static SECRET_BYTES], char ret_text[static SECRET_TEXT_SIZE])
{
    memcpy(ret_text, prefix, sizeof(prefix) - 1);
    (void)sodium_bin2base64(ret_text + sizeof(prefix) - 1, SECRET_TEXT_SIZE - (sizeof(prefix) - 1),
                            secret, SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL);
}

void secret_seal(const uint8_t secret[static SECRET_BYTES],
                 const uint8_t key[static SECRET_KEY_BYTES],
                 uint8_t ret_sealed[static SEALED_SECRET_BYTES])
{
    randombytes_buf(ret_sealed, crypto_secretbox_NONCEBYTES);
    (void)crypto_secretbox_easy(ret_sealed + crypto_secretbox_NONCEBYTES, secret, SECRET_BYTES,
                                ret_sealed, key);
}

bool secret_open(const void *sealed, size_t length, const uint8_t key[static SECRET_KEY_BYTES],
                 uint8_t ret_secret[static SECRET_BYTES])
{
    const uint8_t *bytes = sealed;

    return length != SEALED_SECRET_BYTES ||
           crypto_secretbox_open_easy(ret_secret, bytes + crypto_secretbox_NONCEBYTES,
                                      length - crypto_secretbox_NONCEBYTES, bytes, key) != 0;
}

void signature_append(struct buffer *header, const uint8_t secret[static SECRET_BYTES],
                      const char *id, int64_t timestamp_s, const char *body)
{
    crypto_auth_hmacsha256_state state;
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char text[45];
    char time[32];
    const int time_length = snprintf(time, sizeof(time), ".%" PRId64 ".", timestamp_s);

    (void)crypto_auth_hmacsha256_init(&state, secret, SECRET_BYTES);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)id, strlen(id));
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)time,
                                        (unsigned long long)time_length);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, strlen(body));
    (void)crypto_auth_hmacsha256_final(&state, mac);
    (void)sodium_bin2base64(text, sizeof(text), mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(&state, sizeof(state));
    buffer_append_text(header, header->length == 0 ? "v1," : " v1,");
    buffer_append_text(header, text);
}
