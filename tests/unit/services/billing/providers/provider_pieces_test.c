/* What the adapters are made of: texts, JSON with its digits kept, keyed hashes, requests. The
 * hashes were computed with Python's hmac and hashlib. */
#include "services/billing/providers/provider_hmac.h"
#include "services/billing/providers/provider_json.h"
#include "services/billing/providers/provider_request.h"
#include "services/billing/providers/provider_text.h"

#include "provider_testing.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void words_are_visible_ascii_of_bounded_length(void **state)
{
    char word[8] = "as was";

    (void)state;
    assert_true(provider_text_word(NULL, word, sizeof(word)));
    assert_true(provider_text_word("", word, sizeof(word)));
    assert_true(provider_text_word("12345678", word, sizeof(word)));
    assert_true(provider_text_word("a b", word, sizeof(word)));
    assert_true(provider_text_word("a\n", word, sizeof(word)));
    assert_true(provider_text_word("caf\xc3\xa9", word, sizeof(word)));
    assert_true(provider_text_word("\x7f", word, sizeof(word)));
    assert_string_equal(word, "as was");
    assert_false(provider_text_word("1234567", word, sizeof(word)));
    assert_string_equal(word, "1234567");
}

static void only_web_addresses_that_need_no_escaping_are_shown(void **state)
{
    static const char *const wrong[] = {"",
                                        "t.me/x",
                                        "javascript:alert(1)",
                                        "ftp://x",
                                        "https://",
                                        "http:///x",
                                        "https:// x",
                                        "https://x/\"",
                                        "https://x/'",
                                        "https://x/<",
                                        "https://x/>",
                                        "https://x/\\",
                                        "https://x/`",
                                        "https://caf\xc3\xa9",
                                        "HTTPS://x"};
    char url[33] = "as was";

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); ++i)
        if (!provider_text_url(wrong[i], url, sizeof(url)))
            fail_msg("'%s' is taken", wrong[i]);
    assert_true(provider_text_url(NULL, url, sizeof(url)));
    assert_true(provider_text_url("https://x/3456789012345678901234567", url, sizeof(url)));
    assert_string_equal(url, "as was");
    assert_false(provider_text_url("https://t.me/CryptoBot?start=IV1", url, sizeof(url)));
    assert_false(provider_text_url("http://x", url, sizeof(url)));
}

static void words_of_an_error_are_cut_and_printable(void **state)
{
    char words[6];

    (void)state;
    provider_text_words("a\n\xff"
                        "bcdef",
                        words, sizeof(words));
    assert_string_equal(words, "a??bc");
    provider_text_words(NULL, words, sizeof(words));
    assert_string_equal(words, "");
}

static json_t *parse(const char *text)
{
    json_t *root = NULL;
    struct error error = {0};

    if (provider_json_parse(text, strlen(text), &root, &error) != 0)
        fail_msg("%s: %s", text, error.text);
    return root;
}

static void numbers_keep_their_digits_and_read_as_texts_do(void **state)
{
    json_auto_t *root = parse("{\"a\":0.10000000000000000555,\"b\":\"0.1\",\"c\":1e-7,\"d\":-0,"
                              "\"e\":18446744073709551616,\"f\":\"q\\\"1\\\\\",\"g\":[1,2]}");

    (void)state;
    assert_string_equal(provider_json_text(root, "a"), "0.10000000000000000555");
    assert_string_equal(provider_json_text(root, "b"), "0.1");
    assert_string_equal(provider_json_text(root, "c"), "1e-7");
    assert_string_equal(provider_json_text(root, "d"), "-0");
    assert_string_equal(provider_json_text(root, "e"), "18446744073709551616");
    assert_string_equal(provider_json_text(root, "f"), "q\"1\\");
    assert_null(provider_json_text(root, "g"));
    assert_null(provider_json_text(root, "h"));
    assert_null(provider_json_text(NULL, "a"));
    assert_true(provider_json_is(root, "b", "0.1"));
    assert_false(provider_json_is(root, "g", "1"));
}

static void switches_and_times_come_in_several_forms(void **state)
{
    json_auto_t *root =
        parse("{\"a\":true,\"b\":1,\"c\":\"1\",\"d\":0,\"e\":false,\"f\":null,\"g\":1788955200,"
              "\"h\":\"2026-09-09T12:00:00.000Z\",\"i\":\"soon\",\"j\":99999999999999999}");

    (void)state;
    assert_true(provider_json_is_on(root, "a") && provider_json_is_on(root, "b") &&
                provider_json_is_on(root, "c"));
    assert_false(provider_json_is_on(root, "d") || provider_json_is_on(root, "e") ||
                 provider_json_is_on(root, "f") || provider_json_is_on(root, "x"));
    assert_int_equal(provider_json_time_us(root, "g"), INT64_C(1788955200) * 1000000);
    assert_int_equal(provider_json_time_us(root, "h"), INT64_C(1788955200) * 1000000);
    assert_int_equal(provider_json_time_us(root, "i"), 0);
    assert_int_equal(provider_json_time_us(root, "j"), 0);
    assert_int_equal(provider_json_time_us(root, "f"), 0);
}

static void what_is_no_strict_object_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "null",
                                        "1",
                                        "[]",
                                        "\"a\"",
                                        "{",
                                        "{\"a\":1",
                                        "{\"a\":1}x",
                                        "{\"a\":1,\"a\":1}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"a\":\"\\u0000\"}",
                                        "{\"a\":\"\\ud800\"}",
                                        "{'a':1}",
                                        "{\"a\":1,}",
                                        "{\"a\":\"unclosed",
                                        "{\"a\":\"\\",
                                        "{\"a\":NaN}",
                                        "{\"a\":1\"b\"}",
                                        "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"};
    json_t *root = NULL;
    struct error error;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); ++i)
        if (provider_json_parse(wrong[i], strlen(wrong[i]), &root, &error) != FAULT_HARD)
            fail_msg("%s is taken", wrong[i]);
    assert_int_equal(provider_json_parse("{\"a\":\0}", 7, &root, &error), FAULT_HARD);
    assert_null(root);
}

static void a_body_over_a_mebibyte_is_refused(void **state)
{
    const size_t length = 1024 * 1024 + 1;
    char *body = malloc(length);
    json_t *root = NULL;
    struct error error;

    (void)state;
    assert_non_null(body);
    memset(body, ' ', length);
    body[0] = '{';
    body[1] = '}';
    assert_int_equal(provider_json_parse(body, length, &root, &error), FAULT_HARD);
    assert_int_equal(provider_json_parse(body, length - 1, &root, &error), 0);
    json_decref(root);
    free(body);
}

/* RFC 4231, test case 2, and Python. */
static void keyed_hashes_are_those_of_the_standard(void **state)
{
    static const char message[] = "what do ya want for nothing?";
    char sha256[PROVIDER_HMAC_SHA256_SIZE], sha512[PROVIDER_HMAC_SHA512_SIZE];

    (void)state;
    provider_hmac_sha256("Jefe", message, strlen(message), sha256);
    assert_string_equal(sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    provider_hmac_sha512("Jefe", message, strlen(message), sha512);
    assert_string_equal(sha512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549"
                                "758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    provider_hmac_sha256_hashed_key("12345:AAtoken", "{\"update_id\":1}", 15, sha256);
    assert_string_equal(sha256, "732d88b4494905f4adb266a102f0f89cc40f117da4941a8bc43db5662d3c18a4");
}

static void signatures_match_whole_and_in_either_case(void **state)
{
    (void)state;
    assert_true(provider_hmac_matches("00ffab", "00ffab"));
    assert_true(provider_hmac_matches("00FFAB", "00ffab"));
    assert_false(provider_hmac_matches(NULL, "00ffab"));
    assert_false(provider_hmac_matches("", "00ffab"));
    assert_false(provider_hmac_matches("00ffa", "00ffab"));
    assert_false(provider_hmac_matches("00ffab0", "00ffab"));
    assert_false(provider_hmac_matches("00ffac", "00ffab"));
    assert_true(provider_secret_matches("s3cret", "s3cret"));
    assert_false(provider_secret_matches("S3cret", "s3cret"));
    assert_false(provider_secret_matches("s3cre", "s3cret"));
    assert_false(provider_secret_matches(NULL, "s3cret"));
    assert_false(provider_secret_matches("", ""));
}

static void a_request_escapes_what_it_is_given(void **state)
{
    const struct provider_settings settings = {.base_url = "https://api.example"};
    struct provider_request built = {0}, request = {0};
    const char *const headers[] = {"X-Key: k", NULL};
    struct error error;

    (void)state;
    provider_request_begin(&built, "GET", &settings, "/a/");
    provider_request_add_path(&built, "b/../c?d#e%\xff");
    provider_request_add_query(&built, "x", "1&y=2 +\r\n");
    provider_request_add_query(&built, "z", "-._~");
    provider_request_add_header(&built, "X-Key", "", "k");
    assert_int_equal(provider_request_finish(&built, &request, &error), 0);
    expect_request(&request, "GET",
                   "https://api.example/a/b%2F..%2Fc%3Fd%23e%25%FF?x=1%26y%3D2%20%2B%0D%0A&z=-._~",
                   headers, "");
}

static void a_secret_that_would_break_a_header_is_refused_and_not_told(void **state)
{
    const struct provider_settings settings = {.base_url = "https://api.example"};
    const struct provider_settings spaced = {.base_url = "https://api.example "};
    struct provider_request request = {0};
    struct error error = {0};

    (void)state;
    {
        CLEANUP(provider_request_deinit) struct provider_request built = {0};

        provider_request_begin(&built, "GET", &settings, "/");
        provider_request_add_header(&built, "X-Key", "", "k3y\r\nX-Other: 1");
        assert_int_equal(provider_request_finish(&built, &request, &error), FAULT_HARD);
        assert_null(strstr(error.text, "k3y"));
    }
    {
        CLEANUP(provider_request_deinit) struct provider_request built = {0};

        provider_request_begin(&built, "GET", &spaced, "/");
        assert_int_equal(provider_request_finish(&built, &request, &error), FAULT_HARD);
    }
    assert_null(request.url.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_visible_ascii_of_bounded_length),
        cmocka_unit_test(only_web_addresses_that_need_no_escaping_are_shown),
        cmocka_unit_test(words_of_an_error_are_cut_and_printable),
        cmocka_unit_test(numbers_keep_their_digits_and_read_as_texts_do),
        cmocka_unit_test(switches_and_times_come_in_several_forms),
        cmocka_unit_test(what_is_no_strict_object_is_refused),
        cmocka_unit_test(a_body_over_a_mebibyte_is_refused),
        cmocka_unit_test(keyed_hashes_are_those_of_the_standard),
        cmocka_unit_test(signatures_match_whole_and_in_either_case),
        cmocka_unit_test(a_request_escapes_what_it_is_given),
        cmocka_unit_test(a_secret_that_would_break_a_header_is_refused_and_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
