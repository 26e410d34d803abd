#include "services/gateway/seal.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(((struct seal *)NULL)->secret_key) == crypto_box_SECRETKEYBYTES, "key size");
_Static_assert(sizeof(((struct seal *)NULL)->public_key) == crypto_box_PUBLICKEYBYTES, "key size");

int seal_init(struct seal *seal, const char *secret_base64, uint32_t key_id, struct error *error)
{
    size_t length = 0;

    if (sodium_base642bin(seal->secret_key, sizeof(seal->secret_key), secret_base64,
                          strlen(secret_base64), NULL, &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        length != sizeof(seal->secret_key))
        return error_set(error, FAULT_HARD,
                         "configuration: SEAL_SECRET_KEY must be base64 of 32 bytes");
    if (crypto_scalarmult_base(seal->public_key, seal->secret_key) != 0)
        return error_set(error, FAULT_HARD, "configuration: SEAL_SECRET_KEY is not a key");
    seal->key_id = key_id;
    return 0;
}

void seal_deinit(struct seal *seal)
{
    sodium_memzero(seal, sizeof(*seal));
}

int seal_open(const struct seal *seal, uint32_t key_id, const void *sealed, size_t sealed_length,
              char *ret_text, size_t size, struct error *error)
{
    if (key_id != seal->key_id)
        return error_set(error, FAULT_HARD, "credentials: sealed under key %u, ours is %u", key_id,
                         seal->key_id);
    if (sealed_length < crypto_box_SEALBYTES || sealed_length - crypto_box_SEALBYTES >= size)
        return error_set(error, FAULT_HARD, "credentials: a seal of %zu bytes", sealed_length);
    if (crypto_box_seal_open((unsigned char *)ret_text, sealed, sealed_length, seal->public_key,
                             seal->secret_key) != 0)
        return error_set(error, FAULT_HARD, "credentials: the seal does not open");
    ret_text[sealed_length - crypto_box_SEALBYTES] = '\0';
    return 0;
}
