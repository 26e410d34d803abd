/* Signed requests. The vectors are those that docs/signing.md shows to callers. */
#include "services/gateway/signature.h"

#include "lib/base/encoding.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NOW_S = 1789000000, DOCUMENT_SIZE = 65536 };

#define MAC_TEXT "8cb233611102f05d3b9dd2b649f662033b93dfb16b4296b6d05b6eb576f310d6"

/* The linker sends signature.c's calls here (--wrap, hence the names), so that a test sees how MACs
 * are compared. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
int __real_sodium_memcmp(const void *first, const void *second, size_t length);
int __wrap_sodium_memcmp(const void *first, const void *second, size_t length);

static size_t compared_bytes;

int __wrap_sodium_memcmp(const void *first, const void *second, size_t length)
{
    compared_bytes += length;
    return __real_sodium_memcmp(first, second, length);
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* The document's JSON block; the caller's to json_decref(). */
static json_t *read_vectors(void)
{
    static const char fence[] = "```json\n";
    CLEANUP(cleanup_free) char *text = calloc(1, DOCUMENT_SIZE);
    FILE *file = fopen(SLIPWAY_DOCS_DIR "/signing.md", "r");
    const char *start;
    json_t *vectors;

    assert_non_null(text);
    assert_non_null(file);
    assert_in_range(fread(text, 1, DOCUMENT_SIZE, file), 1, DOCUMENT_SIZE - 1);
    (void)fclose(file);
    start = strstr(text, fence);
    assert_non_null(start);
    vectors = json_loads(start + sizeof(fence) - 1, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(vectors);
    return vectors;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

static void assert_signed(const json_t *vector, const uint8_t *key)
{
    const char *body = text_of(vector, "body");
    const struct signed_request request = {
        .method = text_of(vector, "method"),
        .target = text_of(vector, "target"),
        .body = body,
        .body_length = strlen(body),
    };
    struct signature signature;
    uint8_t mac[SIGNATURE_MAC_SIZE];

    assert_int_equal(signature_read(text_of(vector, "timestamp"), text_of(vector, "signature"),
                                    NOW_S, &signature),
                     0);
    signature_make(&request, signature.timestamp_s, key, mac);
    assert_memory_equal(mac, signature.mac, sizeof(mac));
    assert_true(signature_matches(&signature, &request, key));
}

static void documented_requests_have_the_documented_signatures(void **state)
{
    json_t *vectors = read_vectors();
    const json_t *requests = json_object_get(vectors, "requests");
    uint8_t key[SIGNING_KEY_SIZE];

    (void)state;
    assert_false(hex_decode(text_of(vectors, "signing_secret"), key, sizeof(key)));
    assert_true(json_array_size(requests) >= 5);
    for (size_t i = 0; i < json_array_size(requests); ++i)
        assert_signed(json_array_get(requests, i), key);
    json_decref(vectors);
}

static void documented_master_secrets_give_the_documented_secrets(void **state)
{
    json_t *vectors = read_vectors();
    const json_t *rows = json_object_get(vectors, "derivation");
    struct error error = {0};

    (void)state;
    assert_true(json_array_size(rows) >= 2);
    for (size_t i = 0; i < json_array_size(rows); ++i) {
        const json_t *row = json_array_get(rows, i);
        struct signing_master master;
        char text[SIGNING_KEY_TEXT_SIZE];

        assert_int_equal(signing_master_init(&master, text_of(row, "master_secret"), &error), 0);
        signing_key_derive_text(&master,
                                (uint64_t)json_integer_value(json_object_get(row, "key_id")), text);
        assert_string_equal(text, text_of(row, "signing_secret"));
    }
    json_decref(vectors);
}

static int read_headers(const char *timestamp, const char *text)
{
    struct signature signature;

    return signature_read(timestamp, text, NOW_S, &signature);
}

static void request_without_x_signature_is_not_signed(void **state)
{
    (void)state;
    assert_int_equal(read_headers(NULL, NULL), SIGNATURE_ABSENT);
    assert_int_equal(read_headers("1789000000", NULL), SIGNATURE_ABSENT);
    assert_int_equal(read_headers("nonsense", NULL), SIGNATURE_ABSENT);
}

static void malformed_timestamps_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "-1789000000",
        "+1789000000",
        " 1789000000",
        "1789000000 ",
        "01789000000",
        "1789000000.0",
        "1789000000,1789000000",
        "1.789e9",
        "0x6aa20380",
        "2026-09-10T00:26:40Z",
        "18446744073709551616",
        "99999999999999999999999999",
        "1789000000\t",
        "\xd9\xa1\xd9\xa7",
        "v1=",
    };

    (void)state;
    assert_int_equal(read_headers(NULL, "v1=" MAC_TEXT), SIGNATURE_MALFORMED);
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i)
        assert_int_equal(read_headers(texts[i], "v1=" MAC_TEXT), SIGNATURE_MALFORMED);
}

static void malformed_signatures_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "v1",
        "v1=",
        MAC_TEXT,
        "=" MAC_TEXT,
        "v2=" MAC_TEXT,
        "V1=" MAC_TEXT,
        "v1 =" MAC_TEXT,
        "v1= " MAC_TEXT,
        " v1=" MAC_TEXT,
        "v1=" MAC_TEXT " ",
        "v1=" MAC_TEXT "0",
        "v1=" MAC_TEXT MAC_TEXT,
        "v1=" MAC_TEXT ",v1=" MAC_TEXT,
        "v1=0x8cb233611102f05d3b9dd2b649f662033b93dfb16b4296b6d05b6eb576f310",
        "v1=8cb233611102f05d3b9dd2b649f662033b93dfb16b4296b6d05b6eb576f310d",
        "v1=8cb233611102f05d3b9dd2b649f662033b93dfb16b4296b6d05b6eb576f310dg",
        "v1=8cb233611102f05d 3b9dd2b649f662033b93dfb16b4296b6d05b6eb576f310d",
        "v1=8c:b2:33:61:11:02:f0:5d:3b:9d:d2:b6:49:f6:62:03:3b:93:df:b1:6b4",
        "v1=jLIzYRECbw07ndK2SfZiAzuT37FrQpa20FtutXbzENY=",
        "v1=\xc3\xa4",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i)
        assert_int_equal(read_headers("1789000000", texts[i]), SIGNATURE_MALFORMED);
}

static void hex_of_either_case_is_the_same_signature(void **state)
{
    struct signature lower, upper;

    (void)state;
    assert_int_equal(signature_read("1789000000", "v1=" MAC_TEXT, NOW_S, &lower), 0);
    assert_int_equal(
        signature_read("1789000000",
                       "v1=8CB233611102F05D3B9DD2B649F662033B93DFB16B4296B6D05B6EB576F310D6", NOW_S,
                       &upper),
        0);
    assert_memory_equal(lower.mac, upper.mac, sizeof(lower.mac));
}

static void clock_may_be_300_seconds_off_and_not_301(void **state)
{
    static const struct {
        const char *timestamp;
        int result;
    } times[] = {
        {"1789000000",           0                },
        {"1788999700",           0                },
        {"1788999699",           SIGNATURE_EXPIRED},
        {"1789000300",           0                },
        {"1789000301",           SIGNATURE_EXPIRED},
        {"0",                    SIGNATURE_EXPIRED},
        {"1789000000000",        SIGNATURE_EXPIRED},
        {"9223372036854775808",  SIGNATURE_EXPIRED},
        {"18446744073709551615", SIGNATURE_EXPIRED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(times); ++i)
        assert_int_equal(read_headers(times[i].timestamp, "v1=" MAC_TEXT), times[i].result);
}

static void nothing_is_given_out_of_a_refused_signature(void **state)
{
    struct signature signature = {.timestamp_s = 5, .mac = {7}};
    const struct signature before = signature;

    (void)state;
    assert_int_equal(signature_read("1", "v1=" MAC_TEXT, NOW_S, &signature), SIGNATURE_EXPIRED);
    assert_int_equal(signature_read("1789000000", "v1=", NOW_S, &signature), SIGNATURE_MALFORMED);
    assert_int_equal(signature.timestamp_s, before.timestamp_s);
    assert_memory_equal(signature.mac, before.mac, sizeof(before.mac));
}

static const uint8_t own_key[SIGNING_KEY_SIZE] = {1, 2, 3};
static const struct signed_request purchase = {"POST", "/vps?user_id=7", "{\"a\":1}", 7};

static void sign_purchase(struct signature *ret_signature)
{
    ret_signature->timestamp_s = NOW_S;
    signature_make(&purchase, NOW_S, own_key, ret_signature->mac);
}

static void what_was_changed_after_signing_does_not_match(void **state)
{
    static const struct signed_request changed[] = {
        {"PUT",    "/vps?user_id=7",   "{\"a\":1}",     7},
        {"post",   "/vps?user_id=7",   "{\"a\":1}",     7},
        {"POST",   "/vps?user_id=8",   "{\"a\":1}",     7},
        {"POST",   "/vps?user%5Fid=7", "{\"a\":1}",     7},
        {"POST",   "/vps?user_id=7&",  "{\"a\":1}",     7},
        {"POST",   "/VPS?user_id=7",   "{\"a\":1}",     7},
        {"POST",   "/vps",             "{\"a\":1}",     7},
        {"POST",   "/vps?user_id=7",   "{\"a\":2}",     7},
        {"POST",   "/vps?user_id=7",   "{\"a\":1}\n",   8},
        {"POST",   "/vps?user_id=7",   "{\"a\":1}\0\0", 9},
        {"POST",   "/vps?user_id=7",   "",              0},
        {"POST\n", "/vps?user_id=7",   "{\"a\":1}",     7},
    };
    struct signature signature;

    (void)state;
    sign_purchase(&signature);
    assert_true(signature_matches(&signature, &purchase, own_key));
    for (size_t i = 0; i < ARRAY_LENGTH(changed); ++i)
        assert_false(signature_matches(&signature, &changed[i], own_key));
    signature.timestamp_s += 1;
    assert_false(signature_matches(&signature, &purchase, own_key));
}

static void every_bit_of_the_mac_counts(void **state)
{
    struct signature signature;

    (void)state;
    sign_purchase(&signature);
    for (size_t bit = 0; bit < 8 * sizeof(signature.mac); ++bit) {
        signature.mac[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(signature_matches(&signature, &purchase, own_key));
        signature.mac[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_true(signature_matches(&signature, &purchase, own_key));
}

static void secret_of_another_key_does_not_match(void **state)
{
    struct signing_master master;
    uint8_t key[SIGNING_KEY_SIZE], other[SIGNING_KEY_SIZE];
    struct error error = {0};
    struct signature signature = {.timestamp_s = NOW_S};

    (void)state;
    assert_int_equal(signing_master_init(&master, MAC_TEXT, &error), 0);
    signing_key_derive(&master, 77, key);
    signature_make(&purchase, NOW_S, key, signature.mac);
    assert_true(signature_matches(&signature, &purchase, key));
    for (uint64_t key_id = 76; key_id <= 78; key_id += 2) {
        signing_key_derive(&master, key_id, other);
        assert_false(signature_matches(&signature, &purchase, other));
    }
}

static void macs_are_compared_whole_and_in_constant_time(void **state)
{
    struct signature signature;

    (void)state;
    sign_purchase(&signature);
    compared_bytes = 0;
    assert_true(signature_matches(&signature, &purchase, own_key));
    assert_int_equal(compared_bytes, SIGNATURE_MAC_SIZE);
    signature.mac[0] ^= 1;
    assert_false(signature_matches(&signature, &purchase, own_key));
    assert_int_equal(compared_bytes, 2 * SIGNATURE_MAC_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documented_requests_have_the_documented_signatures),
        cmocka_unit_test(documented_master_secrets_give_the_documented_secrets),
        cmocka_unit_test(request_without_x_signature_is_not_signed),
        cmocka_unit_test(malformed_timestamps_are_refused),
        cmocka_unit_test(malformed_signatures_are_refused),
        cmocka_unit_test(hex_of_either_case_is_the_same_signature),
        cmocka_unit_test(clock_may_be_300_seconds_off_and_not_301),
        cmocka_unit_test(nothing_is_given_out_of_a_refused_signature),
        cmocka_unit_test(what_was_changed_after_signing_does_not_match),
        cmocka_unit_test(every_bit_of_the_mac_counts),
        cmocka_unit_test(secret_of_another_key_does_not_match),
        cmocka_unit_test(macs_are_compared_whole_and_in_constant_time),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
