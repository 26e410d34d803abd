#include "services/gateway/api_key.h"
#include "services/gateway/catalog_cache.h"
#include "services/gateway/cors.h"
#include "services/gateway/cursor.h"
#include "services/gateway/prefer.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>

static void prefer_wait_is_read_and_cut_to_30(void **state)
{
    (void)state;
    assert_int_equal(prefer_wait_s("wait=10"), 10);
    assert_int_equal(prefer_wait_s("respond-async, Wait = 7"), 7);
    assert_int_equal(prefer_wait_s("foo=\"a,b\"; x=1, wait=\"5\"; y"), 5);
    assert_int_equal(prefer_wait_s("wait=30"), 30);
    assert_int_equal(prefer_wait_s("wait=31"), 30);
    assert_int_equal(prefer_wait_s("wait=99999999999999999999"), 30);
}

static void a_wait_of_nothing_is_told_from_none(void **state)
{
    uint32_t seconds = 77;

    (void)state;
    assert_false(prefer_wait(NULL, &seconds));
    assert_false(prefer_wait("respond-async", &seconds));
    assert_false(prefer_wait("wait=", &seconds));
    assert_int_equal(seconds, 77);
    assert_true(prefer_wait("wait=0, wait=5", &seconds));
    assert_int_equal(seconds, 0);
    assert_true(prefer_wait("wait=x, wait=5", &seconds));
    assert_int_equal(seconds, 5);
}

static void prefer_that_makes_no_sense_is_ignored(void **state)
{
    static const char *const texts[] = {"",       "wait",     "wait=",      "wait=-1",
                                        "wait=x", "wait=1.5", "wait=0",     "await=3",
                                        ",,;=",   "wait=\"",  "=\"wait=3\""};

    (void)state;
    assert_int_equal(prefer_wait_s(NULL), 0);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i)
        assert_int_equal(prefer_wait_s(texts[i]), 0);
}

static void accept_lets_types_ranges_and_silence_through(void **state)
{
    (void)state;
    assert_true(accept_allows(NULL, "application/json"));
    assert_true(accept_allows("*/*", "application/json"));
    assert_true(accept_allows("text/html, application/*;q=0.5", "application/json"));
    assert_true(accept_allows("Application/JSON; charset=utf-8", "application/json"));
    assert_false(accept_allows("text/html", "application/json"));
    assert_false(accept_allows("application/json;q=0", "application/json"));
    assert_false(accept_allows("application/json;q=0.000", "application/json"));
    assert_true(accept_allows("application/json;q=0.001", "application/json"));
    assert_true(accept_names("application/json, text/event-stream", "text/event-stream"));
    assert_false(accept_names("*/*", "text/event-stream"));
    assert_false(accept_names(NULL, "text/event-stream"));
}

static void cursors_come_back_as_they_went(void **state)
{
    static const uint64_t ids[] = {1, 77, 255, 256, 9001, INT64_MAX};
    char cursor[CURSOR_SIZE];
    uint64_t id;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); ++i) {
        cursor_encode(ids[i], cursor);
        assert_false(cursor_decode(cursor, &id));
        assert_true(id == ids[i]);
    }
}

static void cursors_of_others_are_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "77",
                                        "AAAAAAAAAAAA",
                                        "AQAAAAAAAAAA",
                                        "Af__________",
                                        "AQAAAAAAAABN=",
                                        "AQAAAAAAAAB$",
                                        "AgAAAAAAAABN",
                                        "AQA\xbf\xbe\xbe\xba\x41\x41\x41\x42N"};
    uint64_t id = 5;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i)
        assert_true(cursor_decode(texts[i], &id));
    assert_int_equal(id, 5);
}

static void new_keys_have_the_shape_of_the_contract(void **state)
{
    char key[API_KEY_LENGTH + 1], other[API_KEY_LENGTH + 1];
    char header[64];

    (void)state;
    api_key_make(key);
    api_key_make(other);
    assert_true(api_key_is_shaped(key));
    assert_int_equal(strlen(key), 45);
    assert_string_not_equal(key, other);
    (void)snprintf(header, sizeof(header), "bearer %s", key);
    assert_string_equal(api_key_from_authorization(header), key);
}

static void what_is_no_bearer_key_is_refused(void **state)
{
    static const char *const headers[] = {
        "",
        "Bearer",
        "Bearer ",
        "Basic slip_hosting_0123456789abcdefghijABCDEFGHIJ01",
        "slip_hosting_0123456789abcdefghijABCDEFGHIJ01",
        "Bearer slip_hosting_0123456789abcdefghijABCDEFGHIJ0",
        "Bearer slip_hosting_0123456789abcdefghijABCDEFGHIJ012",
        "Bearer slip_hosting_0123456789abcdefghijABCDEFGHIJ0_",
        "Bearer slip_hosting_0123456789abcdefghijABCDEFGHIJ01 ",
        "Bearer Slip_hosting_0123456789abcdefghijABCDEFGHIJ01",
    };

    (void)state;
    assert_null(api_key_from_authorization(NULL));
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); ++i)
        assert_null(api_key_from_authorization(headers[i]));
    assert_non_null(
        api_key_from_authorization("Bearer slip_hosting_0123456789abcdefghijABCDEFGHIJ01"));
}

static void only_named_origins_are_allowed(void **state)
{
    static const char allowed[] = "https://a.example, https://b.example:8443";

    (void)state;
    assert_true(cors_is_allowed(allowed, "https://a.example"));
    assert_true(cors_is_allowed(allowed, "https://b.example:8443"));
    assert_false(cors_is_allowed(allowed, "https://b.example"));
    assert_false(cors_is_allowed(allowed, "https://a.example.evil"));
    assert_false(cors_is_allowed(allowed, "null"));
    assert_false(cors_is_allowed(allowed, ""));
    assert_false(cors_is_allowed("", "https://a.example"));
}

static void tags_match_weakly_and_in_lists(void **state)
{
    struct buffer body = {0};
    char etag[ETAG_SIZE];
    char list[64];

    (void)state;
    buffer_append_text(&body, "{}");
    etag_make(&body, etag);
    assert_string_equal(etag, "\"44136fa355b3678a\"");
    buffer_deinit(&body);
    assert_true(etag_matches("*", etag));
    assert_true(etag_matches(etag, etag));
    (void)snprintf(list, sizeof(list), "\"x\", W/%s", etag);
    assert_true(etag_matches(list, etag));
    assert_false(etag_matches("\"44136fa355b3678\"", etag));
    assert_false(etag_matches("", etag));
    assert_false(etag_matches(NULL, etag));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefer_wait_is_read_and_cut_to_30),
        cmocka_unit_test(a_wait_of_nothing_is_told_from_none),
        cmocka_unit_test(prefer_that_makes_no_sense_is_ignored),
        cmocka_unit_test(accept_lets_types_ranges_and_silence_through),
        cmocka_unit_test(cursors_come_back_as_they_went),
        cmocka_unit_test(cursors_of_others_are_refused),
        cmocka_unit_test(new_keys_have_the_shape_of_the_contract),
        cmocka_unit_test(what_is_no_bearer_key_is_refused),
        cmocka_unit_test(only_named_origins_are_allowed),
        cmocka_unit_test(tags_match_weakly_and_in_lists),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
