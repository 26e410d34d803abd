/* Signatures against vectors that the public library standardwebhooks 1.1.0 (PyPI) has made. */
#include "services/notifier/signature.h"

#include <sodium.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *secret, *id;
    int64_t timestamp_s;
    const char *body, *signature;
} vectors[] = {
    {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "msg_p5jXN8AQM9LWM0D4loKWxJek",
     1614265330,                                                                                  "{\"test\": 2432232314}",               "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI="},
    {"whsec_//////////////////////////////////////////8=", "0123456789abcdef0123456789abcdef",
     1796817600,                                                                                  "{\"type\":\"hosting.vps.active.v1\"}",
     "v1,bs3DRKzkT7GVILZsGoDg8uWa8Sosuiagq1Xfs90JNKA="                                                                                                                                     },
    {"whsec_c2xpcHdheXNsaXB3YXlzbGlwd2F5c2xpcHdheWFiY2Q=", "a",                                1, "",
     "v1,d3rt5x3P2QqcljOi2+MwxnbykLWkAAYL2EFwc0yOVFE="                                                                                                                                     },
};

static void read_secret(const char *text, uint8_t ret_secret[static SECRET_BYTES])
{
    size_t length = 0;

    assert_int_equal(sodium_base642bin(ret_secret, SECRET_BYTES, text + 6, strlen(text + 6), NULL,
                                       &length, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(length, SECRET_BYTES);
}

static void signatures_are_those_of_the_convention(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(vectors); ++i) {
        CLEANUP(buffer_deinit) struct buffer header = {0};
        uint8_t secret[SECRET_BYTES];
        char text[SECRET_TEXT_SIZE];

        read_secret(vectors[i].secret, secret);
        secret_write(secret, text);
        assert_string_equal(text, vectors[i].secret);
        signature_append(&header, secret, vectors[i].id, vectors[i].timestamp_s, vectors[i].body);
        assert_string_equal(header.data, vectors[i].signature);
    }
}

static void two_signatures_stand_side_by_side(void **state)
{
    CLEANUP(buffer_deinit) struct buffer header = {0};
    uint8_t secret[SECRET_BYTES] = {0};
    const char *space;

    (void)state;
    signature_append(&header, secret, "a", 1, "");
    secret[0] = 1;
    signature_append(&header, secret, "a", 1, "");
    space = strchr(header.data, ' ');
    assert_non_null(space);
    assert_memory_equal(space + 1, "v1,", 3);
    assert_int_equal(strlen(header.data), 2 * 47 + 1);
}

static void secrets_are_sealed_and_come_back(void **state)
{
    uint8_t key[SECRET_KEY_BYTES], secret[SECRET_BYTES], opened[SECRET_BYTES];
    uint8_t sealed[SEALED_SECRET_BYTES], again[SEALED_SECRET_BYTES];

    (void)state;
    randombytes_buf(key, sizeof(key));
    secret_make(secret);
    secret_seal(secret, key, sealed);
    secret_seal(secret, key, again);
    assert_memory_not_equal(sealed, again, sizeof(sealed));
    assert_false(secret_open(sealed, sizeof(sealed), key, opened));
    assert_memory_equal(opened, secret, sizeof(secret));
    assert_true(secret_open(sealed, sizeof(sealed) - 1, key, opened));
    sealed[sizeof(sealed) - 1] ^= 1;
    assert_true(secret_open(sealed, sizeof(sealed), key, opened));
    key[0] ^= 1;
    assert_true(secret_open(again, sizeof(again), key, opened));
}

static void the_key_is_32_bytes_of_base64(void **state)
{
    uint8_t key[SECRET_KEY_BYTES] = {7};

    (void)state;
    assert_true(secret_key_parse("", key));
    assert_true(secret_key_parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", key));
    assert_true(secret_key_parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISI=", key));
    assert_true(secret_key_parse("!AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", key));
    assert_int_equal(key[0], 7);
    assert_false(secret_key_parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", key));
    assert_int_equal(key[31], 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_the_convention),
        cmocka_unit_test(two_signatures_stand_side_by_side),
        cmocka_unit_test(secrets_are_sealed_and_come_back),
        cmocka_unit_test(the_key_is_32_bytes_of_base64),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
