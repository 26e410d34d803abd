#include "services/provisioner/password.h"

#include <assert.h>
#include <crypt.h>
#include <stdio.h>
#include <string.h>

static void free_locked(struct crypt_data **data)
{
    sodium_free(*data);
}

int seal_key_parse(const char *base64, uint32_t id, struct seal_key *ret_key, struct error *error)
{
    unsigned char trial[crypto_box_SEALBYTES];
    struct seal_key key = {.id = id};
    size_t length;

    if (sodium_base642bin(key.public_key, sizeof(key.public_key), base64, strlen(base64), NULL,
                          &length, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        length != sizeof(key.public_key) ||
        /* Some 32 bytes are no key to seal with; found out here rather than in the middle of a
           build. */
        crypto_box_seal(trial, NULL, 0, key.public_key) != 0)
        return error_set(error, FAULT_HARD,
                         "SEAL_PUBLIC_KEY must be the base64 of a 32-byte public key");
    *ret_key = key;
    return 0;
}

struct password *password_new(void)
{
    /* No character that a shell, a YAML file or a reader's eye could take for something else. */
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct password *password = sodium_malloc(sizeof(*password));

    if (password == NULL)
        return NULL;
    for (size_t i = 0; i < PASSWORD_LENGTH; ++i)
        password->text[i] = alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
    password->text[PASSWORD_LENGTH] = '\0';
    return password;
}

void password_free(struct password *password)
{
    sodium_free(password);
}

void password_seal(const struct password *password, const struct seal_key *key,
                   unsigned char ret_sealed[static PASSWORD_SEALED_SIZE])
{
    const int failed = crypto_box_seal(ret_sealed, (const unsigned char *)password->text,
                                       PASSWORD_LENGTH, key->public_key);

    assert(failed == 0);
    (void)failed;
}

int password_hash(const struct password *password, char ret_hash[static PASSWORD_HASH_SIZE],
                  struct error *error)
{
    /* crypt keeps a copy of the password in it. */
    CLEANUP(free_locked) struct crypt_data *data = sodium_malloc(sizeof(*data));
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    const char *hash;

    if (data == NULL)
        return error_set(error, FAULT_RETRY, "no locked memory to hash a password in");
    memset(data, 0, sizeof(*data));
    if (crypt_gensalt_rn("$6$", 0, NULL, 0, salt, sizeof(salt)) == NULL)
        return error_set(error, FAULT_HARD, "no salt for a password");
    hash = crypt_r(password->text, salt, data);
    if (hash == NULL || hash[0] == '*' || strlen(hash) >= PASSWORD_HASH_SIZE)
        return error_set(error, FAULT_HARD, "a password can't be hashed");
    memcpy(ret_hash, hash, strlen(hash) + 1);
    return 0;
}
