/* The table of providers, and which settings they can work with. */
#include "provider_testing.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_table_is_in_the_apis_order(void **state)
{
    static const char *const names[] = {"crypto", "cryptobot", "xrocket", "lolz", "sbp"};

    (void)state;
    assert_int_equal(provider_count, ARRAY_LENGTH(names));
    for (size_t i = 0; i < provider_count; ++i) {
        assert_string_equal(providers[i]->name, names[i]);
        assert_ptr_equal(provider_find(names[i]), providers[i]);
        assert_true(providers[i]->write_create != NULL && providers[i]->read_create != NULL &&
                    providers[i]->write_find != NULL && providers[i]->read_find != NULL &&
                    providers[i]->read_callback != NULL && providers[i]->dialects != NULL);
    }
    assert_null(provider_find("paypal"));
    assert_null(provider_find(""));
    /* Whose callbacks are signed over what counts need not be asked again. */
    for (size_t i = 0; i < provider_count; ++i)
        assert_int_equal(providers[i]->confirm_callbacks,
                         strcmp(providers[i]->name, "cryptobot") != 0);
}

static const struct provider_settings whole = {
    .base_url = "https://api.example",
    .token = "token",
    .secret = "secret",
    .account = "77",
    .dialect = "",
    .callback_url = "",
    .return_url = "https://example/thanks",
    .kopecks_per_usd = 9500,
};

static void expect_wrong(const char *name, struct provider_settings settings, const char *member)
{
    struct error error = {0};

    if (provider_check(provider_find(name), &settings, &error) != FAULT_HARD ||
        strstr(error.text, member) == NULL)
        fail_msg("%s without %s: %s", name, member, error.text);
}

static void settings_are_checked_by_name(void **state)
{
    struct provider_settings settings;
    struct error error;

    (void)state;
    for (size_t i = 0; i < provider_count; ++i)
        for (const char *const *dialect = providers[i]->dialects; *dialect != NULL; ++dialect) {
            settings = whole;
            settings.dialect = *dialect;
            assert_int_equal(provider_check(providers[i], &settings, &error), 0);
        }
    for (size_t i = 0; i < provider_count; ++i) {
        settings = whole;
        settings.base_url = "api.example";
        expect_wrong(providers[i]->name, settings, "base_url");
        settings = whole;
        settings.token = "";
        expect_wrong(providers[i]->name, settings, "token");
        settings = whole;
        settings.dialect = "klingon";
        expect_wrong(providers[i]->name, settings, "dialect");
        settings = whole;
        settings.callback_url = "/callbacks";
        expect_wrong(providers[i]->name, settings, "callback_url");
        settings = whole;
        settings.return_url = "/thanks";
        expect_wrong(providers[i]->name, settings, "return_url");
    }
}

static void what_only_some_providers_need_is_asked_of_those(void **state)
{
    struct provider_settings settings = whole;
    struct error error;

    (void)state;
    settings.secret = settings.account = settings.return_url = "";
    settings.kopecks_per_usd = 0;
    assert_int_equal(provider_check(provider_find("cryptobot"), &settings, &error), 0);
    assert_int_equal(provider_check(provider_find("xrocket"), &settings, &error), 0);
    expect_wrong("crypto", settings, "secret");
    expect_wrong("lolz", settings, "secret");
    expect_wrong("sbp", settings, "secret");
    settings.secret = "secret";
    assert_int_equal(provider_check(provider_find("crypto"), &settings, &error), 0);
    expect_wrong("lolz", settings, "account");
    expect_wrong("sbp", settings, "account");
    settings.account = "77";
    expect_wrong("lolz", settings, "return_url");
    expect_wrong("sbp", settings, "kopecks_per_usd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_the_apis_order),
        cmocka_unit_test(settings_are_checked_by_name),
        cmocka_unit_test(what_only_some_providers_need_is_asked_of_those),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
