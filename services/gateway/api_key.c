#include "services/gateway/api_key.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static bool is_base62(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z');
}

bool api_key_is_shaped(const char *text)
{
    const size_t prefix = sizeof(API_KEY_PREFIX) - 1;

    if (strncmp(text, API_KEY_PREFIX, prefix) != 0)
        return false;
    for (size_t i = 0; i < API_KEY_RANDOM_LENGTH; ++i)
        if (!is_base62(text[prefix + i]))
            return false;
    return text[API_KEY_LENGTH] == '\0';
}

const char *api_key_from_authorization(const char *header)
{
    static const char scheme[] = "Bearer ";

    if (header == NULL || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    header += sizeof(scheme) - 1;
    header += strspn(header, " ");
    return api_key_is_shaped(header) ? header : NULL;
}

void api_key_make(char ret_key[static API_KEY_LENGTH + 1])
{
    char *next = ret_key + sizeof(API_KEY_PREFIX) - 1;

    memcpy(ret_key, API_KEY_PREFIX, sizeof(API_KEY_PREFIX) - 1);
    for (size_t i = 0; i < API_KEY_RANDOM_LENGTH; ++i)
        *next++ = base62[randombytes_uniform(sizeof(base62) - 1)];
    *next = '\0';
}

void api_key_hash(const char *key, uint8_t ret_hash[static API_KEY_HASH_SIZE])
{
    (void)crypto_hash_sha256(ret_hash, (const unsigned char *)key, strlen(key));
}
