#include "services/provisioner/password.h"

#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct key_pair {
    unsigned char public_key[crypto_box_PUBLICKEYBYTES];
    unsigned char secret_key[crypto_box_SECRETKEYBYTES];
    char base64[64];
};

static struct key_pair make_pair(void)
{
    struct key_pair pair;

    (void)crypto_box_keypair(pair.public_key, pair.secret_key);
    (void)sodium_bin2base64(pair.base64, sizeof(pair.base64), pair.public_key,
                            sizeof(pair.public_key), sodium_base64_VARIANT_ORIGINAL);
    return pair;
}

static void only_the_secret_key_opens_a_sealed_password(void **state)
{
    const struct key_pair pair = make_pair(), other = make_pair();
    CLEANUP(password_free_cleanup) struct password *password = password_new();
    unsigned char sealed[PASSWORD_SEALED_SIZE], opened[PASSWORD_LENGTH];
    struct seal_key key;

    (void)state;
    assert_non_null(password);
    assert_int_equal(seal_key_parse(pair.base64, 9, &key, NULL), 0);
    assert_int_equal(key.id, 9);
    password_seal(password, &key, sealed);
    assert_int_equal(
        crypto_box_seal_open(opened, sealed, sizeof(sealed), pair.public_key, pair.secret_key), 0);
    assert_memory_equal(opened, password->text, PASSWORD_LENGTH);
    assert_int_not_equal(
        crypto_box_seal_open(opened, sealed, sizeof(sealed), other.public_key, other.secret_key),
        0);
}

static void passwords_are_long_and_differ(void **state)
{
    CLEANUP(password_free_cleanup) struct password *one = password_new();
    CLEANUP(password_free_cleanup) struct password *other = password_new();

    (void)state;
    assert_int_equal(strlen(one->text), PASSWORD_LENGTH);
    assert_int_equal(strspn(one->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789"),
                     PASSWORD_LENGTH);
    assert_string_not_equal(one->text, other->text);
}

static void a_hash_is_of_this_password_and_like_no_other(void **state)
{
    CLEANUP(password_free_cleanup) struct password *password = password_new();
    char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];

    (void)state;
    assert_int_equal(password_hash(password, hash, NULL), 0);
    assert_int_equal(password_hash(password, again, NULL), 0);
    assert_memory_equal(hash, "$6$", 3);
    assert_string_not_equal(hash, again);
    assert_string_equal(crypt(password->text, hash), hash);
    assert_string_not_equal(crypt("another", hash), hash);
}

static void what_is_no_public_key_is_refused_at_start(void **state)
{
    static const char *const texts[] = {
        "",
        "key",
        "AAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "//////////////////////////////////////////////////////////8=",
    };
    struct seal_key key = {.id = 3};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i)
        assert_int_equal(seal_key_parse(texts[i], 1, &key, NULL), FAULT_HARD);
    assert_int_equal(key.id, 3);
}

static int start_sodium(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_secret_key_opens_a_sealed_password),
        cmocka_unit_test(passwords_are_long_and_differ),
        cmocka_unit_test(a_hash_is_of_this_password_and_like_no_other),
        cmocka_unit_test(what_is_no_public_key_is_refused_at_start),
    };

    return cmocka_run_group_tests(tests, start_sodium, NULL);
}
