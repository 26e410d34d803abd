/* The expected MAC was computed with openssl, from the definition in the API's contract. */
#include "slipctl/signing.h"

#include <sodium.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECRET "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void make(int64_t time_s, const char *method, const char *target, const char *body,
                 char ret_header[static SIGNING_HEADER_SIZE])
{
    const struct signed_parts parts = {
        .time_s = time_s,
        .method = method,
        .target = target,
        .body = body,
        .body_length = strlen(body),
    };

    signing_make_header(SECRET, &parts, ret_header);
}

static void a_request_is_signed_as_the_contract_defines(void **state)
{
    char header[SIGNING_HEADER_SIZE];

    (void)state;
    make(1789000000, "POST", "/hosting/api/v1/vps?user_id=42", "{\"plan_code\":\"vps-2\"}", header);
    assert_string_equal(
        header, "X-Signature: v1=5b86d41e4507e1e912b94b8170419cd3cd8fc04878b69a1d2433179d6a5e9e4b");
    make(1789000000, "GET", "/hosting/api/v1/users/me", "", header);
    assert_string_equal(
        header, "X-Signature: v1=35af17a57088a7e12b64fdf95fd89836c7b753bedc8f56dff7343d2261137837");
}

static void each_part_counts(void **state)
{
    char first[SIGNING_HEADER_SIZE];
    char other[SIGNING_HEADER_SIZE];

    (void)state;
    make(1, "GET", "/a", "", first);
    make(2, "GET", "/a", "", other);
    assert_string_not_equal(first, other);
    make(1, "PUT", "/a", "", other);
    assert_string_not_equal(first, other);
    make(1, "GET", "/b", "", other);
    assert_string_not_equal(first, other);
    make(1, "GET", "/a", "x", other);
    assert_string_not_equal(first, other);
}

static void a_secret_is_64_hex_digits(void **state)
{
    (void)state;
    assert_true(signing_secret_is_valid(SECRET));
    assert_false(signing_secret_is_valid(""));
    assert_false(signing_secret_is_valid(SECRET "00"));
    assert_false(signing_secret_is_valid(
        "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_signed_as_the_contract_defines),
        cmocka_unit_test(each_part_counts),
        cmocka_unit_test(a_secret_is_64_hex_digits),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
