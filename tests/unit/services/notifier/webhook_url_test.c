#include "services/notifier/webhook_url.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(const char *const *urls, bool allows_loopback, int expected)
{
    for (; *urls != NULL; ++urls)
        if (webhook_url_check(*urls, allows_loopback) != expected)
            fail_msg("%s: %d", *urls, webhook_url_check(*urls, allows_loopback));
}

static void public_urls_are_https(void **state)
{
    static const char *const good[] = {"https://a.example",
                                       "https://a.example:8443/x?y=1",
                                       "https://8.8.8.8/",
                                       "HTTPS://A.EXAMPLE/",
                                       "https://[2606:4700::1]/",
                                       "https://localhost.example/",
                                       NULL};
    static const char *const insecure[] = {"http://a.example/", "ftp://a.example/",
                                           "gopher://a.example/", "http://10.0.0.1/", NULL};

    (void)state;
    check(good, false, 0);
    check(good, true, 0);
    check(insecure, true, WEBHOOK_URL_INSECURE);
}

static void what_is_not_plainly_a_url_is_refused(void **state)
{
    static const char *const urls[] = {"",
                                       "a.example",
                                       "https://",
                                       "https://user@a.example/",
                                       "https://user:word@a.example/",
                                       "https://a.example/#part",
                                       "https://a.example/a b",
                                       "https://a.example\\@b.example/",
                                       "https://a.example/\r\nX: y",
                                       "https://\xd1\x84.example/",
                                       "https://a.example:99999/",
                                       "file:///etc/passwd",
                                       NULL};
    char long_url[2100] = "https://a.example/";

    (void)state;
    check(urls, true, WEBHOOK_URL_MALFORMED);
    memset(long_url + 18, 'x', sizeof(long_url) - 19);
    assert_int_equal(webhook_url_check(long_url, true), WEBHOOK_URL_MALFORMED);
    long_url[2048] = '\0';
    assert_int_equal(webhook_url_check(long_url, true), 0);
}

static void private_addresses_are_refused_in_every_spelling(void **state)
{
    static const char *const urls[] = {"https://10.1.2.3/",
                                       "https://169.254.169.254/latest/meta-data",
                                       "https://2852039166/",
                                       "https://0xa9fea9fe/",
                                       "https://0x7f.1/",
                                       "https://127.0.0.1/",
                                       "https://localhost/",
                                       "https://a.localhost/",
                                       "https://localhost./",
                                       "https://[::1]/",
                                       "https://[::ffff:10.0.0.1]/",
                                       "https://[fd00::1]/",
                                       NULL};

    (void)state;
    check(urls, false, WEBHOOK_URL_PRIVATE);
}

static void loopback_is_for_development(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:8080/", "https://127.0.0.1/",
                                       "http://localhost/x", "http://[::1]:99/", NULL};
    static const char *const still[] = {"https://10.0.0.1/", "https://[fe80::1]/", NULL};

    (void)state;
    check(urls, true, 0);
    check(still, true, WEBHOOK_URL_PRIVATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_urls_are_https),
        cmocka_unit_test(what_is_not_plainly_a_url_is_refused),
        cmocka_unit_test(private_addresses_are_refused_in_every_spelling),
        cmocka_unit_test(loopback_is_for_development),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
