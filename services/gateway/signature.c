#include "services/gateway/signature.h"

#include "lib/base/encoding.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(SIGNATURE_MAC_SIZE == crypto_auth_hmacsha256_BYTES, "size of the MAC");

int signature_read(const char *timestamp, const char *text, int64_t now_s,
                   struct signature *ret_signature)
{
    static const char version[] = "v1=";
    const uint64_t now = (uint64_t)now_s;
    struct signature read;

    if (text == NULL)
        return SIGNATURE_ABSENT;
    if (timestamp == NULL || decimal_parse_u64(timestamp, &read.timestamp_s) ||
        strncmp(text, version, sizeof(version) - 1) != 0 ||
        hex_decode(text + sizeof(version) - 1, read.mac, sizeof(read.mac)))
        return SIGNATURE_MALFORMED;
    if ((now > read.timestamp_s ? now - read.timestamp_s : read.timestamp_s - now) >
        SIGNATURE_WINDOW_S)
        return SIGNATURE_EXPIRED;
    *ret_signature = read;
    return 0;
}

static void add_text(crypto_auth_hmacsha256_state *state, const char *text)
{
    (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)text, strlen(text));
}

void signature_make(const struct signed_request *request, uint64_t timestamp_s,
                    const uint8_t key[static SIGNING_KEY_SIZE],
                    uint8_t ret_mac[static SIGNATURE_MAC_SIZE])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hash_text[2 * sizeof(hash) + 1];
    char timestamp[24];
    crypto_auth_hmacsha256_state state;

    (void)crypto_hash_sha256(hash, request->body, request->body_length);
    hex_encode(hash, sizeof(hash), hash_text);
    (void)snprintf(timestamp, sizeof(timestamp), "%" PRIu64 "\n", timestamp_s);
    (void)crypto_auth_hmacsha256_init(&state, key, SIGNING_KEY_SIZE);
    add_text(&state, timestamp);
    add_text(&state, request->method);
    add_text(&state, "\n");
    add_text(&state, request->target);
    add_text(&state, "\n");
    add_text(&state, hash_text);
    (void)crypto_auth_hmacsha256_final(&state, ret_mac);
    sodium_memzero(&state, sizeof(state));
}

bool signature_matches(const struct signature *signature, const struct signed_request *request,
                       const uint8_t key[static SIGNING_KEY_SIZE])
{
    uint8_t mac[SIGNATURE_MAC_SIZE];

    signature_make(request, signature->timestamp_s, key, mac);
    return sodium_memcmp(signature->mac, mac, sizeof(mac)) == 0;
}
