#include "services/billing/operator_key.h"

#include "services/billing/key_store.h"

#include <sodium.h>
#include <string.h>

static const char prefix[] = "slip_hosting_";
static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void make_key(char ret_key[static OPERATOR_KEY_SIZE])
{
    size_t length = sizeof(prefix) - 1;

    memcpy(ret_key, prefix, length);
    while (length < OPERATOR_KEY_SIZE - 1)
        ret_key[length++] = base62[randombytes_uniform(sizeof(base62) - 1)];
    ret_key[length] = '\0';
}

int operator_key_create(struct pg *pg, const char *name, char ret_key[static OPERATOR_KEY_SIZE],
                        uint64_t *ret_key_id, struct error *error)
{
    unsigned char hash[KEY_HASH_SIZE];
    char key[OPERATOR_KEY_SIZE];
    int result;

    make_key(key);
    (void)crypto_hash_sha256(hash, (const unsigned char *)key, OPERATOR_KEY_SIZE - 1);
    result = key_store_insert_operator(pg, hash, name, ret_key_id, error);
    if (result == 0)
        memcpy(ret_key, key, sizeof(key));
    sodium_memzero(key, sizeof(key));
    return result;
}
