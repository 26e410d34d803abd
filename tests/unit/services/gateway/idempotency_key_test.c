#include "services/gateway/idempotency_key.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>

static void keys_of_8_to_200_visible_characters_are_valid(void **state)
{
    char longest[202];

    (void)state;
    assert_true(idempotency_key_is_valid("12345678"));
    assert_true(idempotency_key_is_valid("a!~b-_.Z0"));
    assert_false(idempotency_key_is_valid("1234567"));
    assert_false(idempotency_key_is_valid(""));
    assert_false(idempotency_key_is_valid("with blank"));
    assert_false(idempotency_key_is_valid("with\ttab.."));
    assert_false(idempotency_key_is_valid("umlaut-\xc3\xa4-x"));
    memset(longest, 'x', sizeof(longest));
    longest[200] = '\0';
    assert_true(idempotency_key_is_valid(longest));
    longest[200] = 'x';
    longest[201] = '\0';
    assert_false(idempotency_key_is_valid(longest));
}

static void fingerprint_of(const char *path, uint64_t user_id, const char *text, uint8_t *ret_hash)
{
    json_t *body = json_loads(text, 0, NULL);

    assert_non_null(body);
    assert_true(idempotency_fingerprint(path, user_id, body, ret_hash));
    json_decref(body);
}

static void same_request_written_differently_has_one_fingerprint(void **state) /* INV-3 */
{
    uint8_t first[IDEMPOTENCY_HASH_SIZE], second[IDEMPOTENCY_HASH_SIZE];

    (void)state;
    fingerprint_of("/vps", 42, "{\"a\":1,\"b\":[true,null]}", first);
    fingerprint_of("/vps", 42, " { \"b\" : [ true, null ],\n\"a\":1 } ", second);
    assert_memory_equal(first, second, sizeof(first));
}

static void other_path_user_or_body_has_another_fingerprint(void **state)
{
    uint8_t first[IDEMPOTENCY_HASH_SIZE], other[IDEMPOTENCY_HASH_SIZE];

    (void)state;
    fingerprint_of("/vps", 42, "{\"a\":1}", first);
    fingerprint_of("/vpt", 42, "{\"a\":1}", other);
    assert_memory_not_equal(first, other, sizeof(first));
    fingerprint_of("/vps", 43, "{\"a\":1}", other);
    assert_memory_not_equal(first, other, sizeof(first));
    fingerprint_of("/vps", 42, "{\"a\":2}", other);
    assert_memory_not_equal(first, other, sizeof(first));
    assert_true(idempotency_fingerprint("/vps", 42, NULL, other));
    assert_memory_not_equal(first, other, sizeof(first));
}

static void scope_tells_users_routes_and_keys_apart(void **state)
{
    static const struct {
        uint64_t user_id;
        const char *method, *pattern, *key;
    } others[] = {
        {43, "POST",  "/vps",  "12345678"},
        {42, "PUT",   "/vps",  "12345678"},
        {42, "POST",  "/vps1", "2345678" },
        {42, "POST",  "/vps",  "12345679"},
        {4,  "2POST", "/vps",  "12345678"},
    };
    uint8_t first[IDEMPOTENCY_HASH_SIZE], other[IDEMPOTENCY_HASH_SIZE];

    (void)state;
    idempotency_scope(42, "POST", "/vps", "12345678", first);
    idempotency_scope(42, "POST", "/vps", "12345678", other);
    assert_memory_equal(first, other, sizeof(first));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); ++i) {
        idempotency_scope(others[i].user_id, others[i].method, others[i].pattern, others[i].key,
                          other);
        assert_memory_not_equal(first, other, sizeof(first));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_8_to_200_visible_characters_are_valid),
        cmocka_unit_test(same_request_written_differently_has_one_fingerprint),
        cmocka_unit_test(other_path_user_or_body_has_another_fingerprint),
        cmocka_unit_test(scope_tells_users_routes_and_keys_apart),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
