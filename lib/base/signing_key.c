#include "lib/base/signing_key.h"

#include "lib/base/encoding.h"

#include <assert.h>
#include <sodium.h>

/* Changing it changes every signing secret there is. Eight characters, no NUL. */
static const char context[crypto_kdf_CONTEXTBYTES] = "SlipSign";

_Static_assert(sizeof(((struct signing_master *)NULL)->secret) == crypto_kdf_KEYBYTES, "key size");

int signing_master_init(struct signing_master *master, const char *text, struct error *error)
{
    struct signing_master made = {.is_set = text[0] != '\0'};

    if (made.is_set && hex_decode(text, made.secret, sizeof(made.secret))) {
        signing_master_deinit(&made);
        return error_set(error, FAULT_HARD,
                         "configuration: SIGNING_MASTER_SECRET must be 64 hex digits");
    }
    *master = made;
    signing_master_deinit(&made);
    return 0;
}

void signing_master_deinit(struct signing_master *master)
{
    sodium_memzero(master, sizeof(*master));
}

void signing_key_derive(const struct signing_master *master, uint64_t key_id,
                        uint8_t ret_key[static SIGNING_KEY_SIZE])
{
    assert(master->is_set);
    (void)crypto_kdf_derive_from_key(ret_key, SIGNING_KEY_SIZE, key_id, context, master->secret);
}

void signing_key_derive_text(const struct signing_master *master, uint64_t key_id,
                             char ret_text[static SIGNING_KEY_TEXT_SIZE])
{
    uint8_t key[SIGNING_KEY_SIZE];

    signing_key_derive(master, key_id, key);
    hex_encode(key, sizeof(key), ret_text);
    sodium_memzero(key, sizeof(key));
}
