#include "slipctl/base_url.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void addresses_get_the_usual_path_and_lose_slashes(void **state)
{
    static const struct {
        const char *given, *meant, *path;
        bool is_plain;
    } rows[] = {
        {"https://api.example.com",                       "https://api.example.com/hosting/api/v1", "/hosting/api/v1",
         false                                                                                                              },
        {"https://api.example.com/",                      "https://api.example.com/hosting/api/v1", "/hosting/api/v1",
         false                                                                                                              },
        {"https://api.example.com:8443/hosting/api/v1//",
         "https://api.example.com:8443/hosting/api/v1",                                             "/hosting/api/v1", false},
        {"https://example.com/a/b",                       "https://example.com/a/b",                "/a/b",            false},
        {"http://127.0.0.1:8080",                         "http://127.0.0.1:8080/hosting/api/v1",   "/hosting/api/v1", true },
        {"http://127.9.9.9",                              "http://127.9.9.9/hosting/api/v1",        "/hosting/api/v1", true },
        {"http://localhost:1",                            "http://localhost:1/hosting/api/v1",      "/hosting/api/v1", true },
        {"http://[::1]:1",                                "http://[::1]:1/hosting/api/v1",          "/hosting/api/v1", true },
    };
    struct base_url url;
    struct error error;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); ++i) {
        assert_int_equal(base_url_parse(rows[i].given, false, &url, &error), 0);
        assert_string_equal(url.text, rows[i].meant);
        assert_string_equal(url.text + url.path_at, rows[i].path);
        assert_int_equal(url.is_plain, rows[i].is_plain);
    }
}

static void what_would_show_the_key_is_refused(void **state)
{
    static const char *const refused[] = {
        "http://api.example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.com",
        "http://localhost.evil.com",
        "http://[::2]",
        "http://128.0.0.1",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "https://user@example.com",
        "https://user:word@example.com",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "example.com",
        "",
        "https://",
        "http://127.0.0.1@evil.com",
    };
    struct base_url url;
    struct error error;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refused); ++i)
        assert_int_equal(base_url_parse(refused[i], false, &url, &error), FAULT_HARD);
    assert_int_equal(base_url_parse("http://10.0.0.1", true, &url, &error), 0);
    assert_true(url.is_plain);
    assert_int_equal(base_url_parse("ftp://10.0.0.1", true, &url, &error), FAULT_HARD);
}

static void errors_do_not_repeat_the_address(void **state)
{
    struct base_url url;
    struct error error;

    (void)state;
    assert_int_equal(base_url_parse("https://me:hunter2@example.com", false, &url, &error),
                     FAULT_HARD);
    assert_null(strstr(error.text, "hunter2"));
}

static void segments_and_values_are_encoded(void **state)
{
    CLEANUP(buffer_deinit) struct buffer out = {0};

    (void)state;
    base_url_append_encoded(&out, "checkout:5678 /../?&=#%\xc3\xa4");
    assert_string_equal(out.data, "checkout:5678%20%2F..%2F%3F%26%3D%23%25%C3%A4");
}

static void only_web_links_may_be_opened(void **state)
{
    (void)state;
    assert_true(base_url_is_safe_link("https://console.example.com/?token=abc"));
    assert_true(base_url_is_safe_link("http://127.0.0.1:6080/vnc.html#x"));
    assert_false(base_url_is_safe_link("http://example.com/"));
    assert_false(base_url_is_safe_link("javascript:alert(1)"));
    assert_false(base_url_is_safe_link("file:///etc/passwd"));
    assert_false(base_url_is_safe_link("--help"));
    assert_false(base_url_is_safe_link("https://example.com/ --x"));
    assert_false(base_url_is_safe_link("https://example.com/\x1b[0m"));
    assert_false(base_url_is_safe_link(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_get_the_usual_path_and_lose_slashes),
        cmocka_unit_test(what_would_show_the_key_is_refused),
        cmocka_unit_test(errors_do_not_repeat_the_address),
        cmocka_unit_test(segments_and_values_are_encoded),
        cmocka_unit_test(only_web_links_may_be_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
