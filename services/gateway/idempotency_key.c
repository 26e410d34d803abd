#include "services/gateway/idempotency_key.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SHORTEST = 8, KEY_LONGEST = 200 };

bool idempotency_key_is_valid(const char *key)
{
    const size_t length = strlen(key);

    if (length < KEY_SHORTEST || length > KEY_LONGEST)
        return false;
    for (size_t i = 0; i < length; ++i)
        if (key[i] < '!' || key[i] > '~')
            return false;
    return true;
}

static void add_bytes(crypto_hash_sha256_state *state, const void *data, size_t length)
{
    (void)crypto_hash_sha256_update(state, data, length);
}

/* With its NUL, so that no two lists of texts come out as the same bytes. */
static void add_text(crypto_hash_sha256_state *state, const char *text)
{
    add_bytes(state, text, strlen(text) + 1);
}

static void add_number(crypto_hash_sha256_state *state, uint64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    add_text(state, text);
}

void idempotency_scope(uint64_t user_id, const char *method, const char *pattern, const char *key,
                       uint8_t ret_hash[static IDEMPOTENCY_HASH_SIZE])
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    add_number(&state, user_id);
    add_text(&state, method);
    add_text(&state, pattern);
    add_text(&state, key);
    (void)crypto_hash_sha256_final(&state, ret_hash);
}

static int add_json(const char *piece, size_t length, void *context)
{
    add_bytes(context, piece, length);
    return 0;
}

bool idempotency_fingerprint(const char *path, uint64_t user_id, const json_t *body,
                             uint8_t ret_hash[static IDEMPOTENCY_HASH_SIZE])
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    add_text(&state, path);
    add_number(&state, user_id);
    if (body != NULL &&
        json_dump_callback(body, add_json, &state, JSON_COMPACT | JSON_SORT_KEYS) != 0)
        return false;
    (void)crypto_hash_sha256_final(&state, ret_hash);
    return true;
}
