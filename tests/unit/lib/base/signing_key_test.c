#include "lib/base/signing_key.h"

#include <sodium.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MASTER "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void secret_is_the_same_each_time_and_another_for_each_key(void **state)
{
    struct signing_master master;
    struct error error = {0};
    uint8_t first[SIGNING_KEY_SIZE], again[SIGNING_KEY_SIZE];

    (void)state;
    assert_int_equal(signing_master_init(&master, MASTER, &error), 0);
    assert_true(master.is_set);
    signing_key_derive(&master, 1, first);
    for (uint64_t key_id = 2; key_id < 100; ++key_id) {
        signing_key_derive(&master, key_id, again);
        assert_memory_not_equal(first, again, sizeof(first));
    }
    signing_key_derive(&master, UINT64_C(1) << 32 | 1, again);
    assert_memory_not_equal(first, again, sizeof(first));
    signing_key_derive(&master, 1, again);
    assert_memory_equal(first, again, sizeof(first));
}

static void secret_is_not_the_master_and_changes_with_it(void **state)
{
    struct signing_master master, other;
    struct error error = {0};
    char text[SIGNING_KEY_TEXT_SIZE], other_text[SIGNING_KEY_TEXT_SIZE];

    (void)state;
    assert_int_equal(signing_master_init(&master, MASTER, &error), 0);
    assert_int_equal(
        signing_master_init(
            &other, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1e", &error),
        0);
    signing_key_derive_text(&master, 3, text);
    signing_key_derive_text(&other, 3, other_text);
    assert_int_equal(strlen(text), 64);
    assert_string_not_equal(text, MASTER);
    assert_string_not_equal(text, other_text);
}

static void no_master_secret_is_none(void **state)
{
    struct signing_master master = {.is_set = true};
    struct error error = {0};

    (void)state;
    assert_int_equal(signing_master_init(&master, "", &error), 0);
    assert_false(master.is_set);
}

static void malformed_master_secret_is_refused_and_not_repeated(void **state) /* INV-8 */
{
    static const char *const texts[] = {
        "0",
        "000102030405060708090a0b0c0d0e0f",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00",
        " 00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i) {
        struct signing_master master = {.is_set = true, .secret = {5}};
        struct error error = {0};

        assert_int_equal(signing_master_init(&master, texts[i], &error), FAULT_HARD);
        assert_non_null(strstr(error.text, "SIGNING_MASTER_SECRET"));
        assert_null(strstr(error.text, texts[i]));
        assert_true(master.is_set);
        assert_int_equal(master.secret[0], 5);
    }
}

static void wiped_master_secret_is_gone(void **state) /* INV-8 */
{
    static const struct signing_master nothing = {0};
    struct signing_master master;
    struct error error = {0};

    (void)state;
    assert_int_equal(signing_master_init(&master, MASTER, &error), 0);
    signing_master_deinit(&master);
    assert_memory_equal(&master, &nothing, sizeof(master));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_is_the_same_each_time_and_another_for_each_key),
        cmocka_unit_test(secret_is_not_the_master_and_changes_with_it),
        cmocka_unit_test(no_master_secret_is_none),
        cmocka_unit_test(malformed_master_secret_is_refused_and_not_repeated),
        cmocka_unit_test(wiped_master_secret_is_gone),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
