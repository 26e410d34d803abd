#include "lib/http/url_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void parts_are_read_as_libcurl_would_call_them(void **state)
{
    CLEANUP(url_parts_deinit) struct url_parts parts = {0};

    (void)state;
    assert_false(url_parts_read("HTTPS://[::1]:8443/a?b", &parts));
    assert_string_equal(parts.scheme, "https");
    assert_string_equal(parts.host, "[::1]");
    assert_false(parts.has_login);
    assert_false(parts.has_fragment);
}

static void logins_and_fragments_are_told(void **state)
{
    static const struct {
        const char *url;
        bool has_login, has_fragment;
    } cases[] = {
        {"https://user@a.example/",     true,  false},
        {"https://:password@a.example", true,  false},
        {"https://a.example/#part",     false, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        CLEANUP(url_parts_deinit) struct url_parts parts = {0};

        assert_false(url_parts_read(cases[i].url, &parts));
        assert_int_equal(parts.has_login, cases[i].has_login);
        assert_int_equal(parts.has_fragment, cases[i].has_fragment);
    }
}

static void schemes_are_left_to_the_caller(void **state)
{
    CLEANUP(url_parts_deinit) struct url_parts parts = {0};

    (void)state;
    assert_false(url_parts_read("made-up://a.example/", &parts));
    assert_string_equal(parts.scheme, "made-up");
}

static void what_has_no_host_is_none(void **state)
{
    static const char *const texts[] = {"", "a b", "/path", "https://", "file:///etc/passwd"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        CLEANUP(url_parts_deinit) struct url_parts parts = {0};

        assert_true(url_parts_read(texts[i], &parts));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_read_as_libcurl_would_call_them),
        cmocka_unit_test(logins_and_fragments_are_told),
        cmocka_unit_test(schemes_are_left_to_the_caller),
        cmocka_unit_test(what_has_no_host_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
