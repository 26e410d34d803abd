#include "slipctl/secret.h"

#include <sodium.h>
#include <string.h>

enum { KEY_RANDOM_LENGTH = 32 };

bool secret_set(struct secret *secret, const char *text, size_t length)
{
    secret_wipe(secret);
    if (length >= sizeof(secret->text))
        return true;
    memcpy(secret->text, text, length);
    return false;
}

void secret_wipe(struct secret *secret)
{
    sodium_memzero(secret->text, sizeof(secret->text));
}

bool secret_is_api_key(const char *text)
{
    static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const size_t prefix = sizeof(SECRET_KEY_PREFIX) - 1;

    return strncmp(text, SECRET_KEY_PREFIX, prefix) == 0 &&
           strlen(text) == prefix + KEY_RANDOM_LENGTH &&
           strspn(text + prefix, base62) == KEY_RANDOM_LENGTH;
}
