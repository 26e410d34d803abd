/* The payment providers as the settings have them. */
#include "services/billing/config.h"
#include "services/billing/provider_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void load(struct billing_config *ret_config)
{
    struct error error;

    assert_int_equal(setenv("RPC_TOKEN", "t", 1), 0);
    assert_int_equal(setenv("BILLING_DATABASE", "d", 1), 0);
    assert_int_equal(config_load(billing_settings, billing_setting_count, ret_config, &error), 0);
}

static void every_provider_of_the_api_is_known_and_none_is_offered_without_a_token(void **state)
{
    static const char *const names[] = {"crypto", "cryptobot", "xrocket", "lolz", "sbp"};
    struct billing_config config = {0};
    struct provider_book book;
    struct error error;

    (void)state;
    load(&config);
    assert_int_equal(provider_book_init(&config, &book, &error), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(names); ++i) {
        const struct provider_entry *entry = provider_book_find(&book, names[i]);

        assert_non_null(entry);
        assert_false(provider_entry_is_available(entry));
    }
    assert_null(provider_book_find(&book, "paypal"));
}

static void provider_gets_its_own_settings(void **state)
{
    struct billing_config config = {0};
    const struct provider_entry *entry;
    struct provider_book book;
    struct error error;

    (void)state;
    load(&config);
    config.cryptobot.token = "1000:token";
    config.cryptobot.fee_basis_points = 150;
    config.callback_base_url = "https://api.example.com/hosting/api/v1";
    assert_int_equal(provider_book_init(&config, &book, &error), 0);
    entry = provider_book_find(&book, "cryptobot");
    assert_true(provider_entry_is_available(entry));
    assert_string_equal(entry->settings.base_url, "https://pay.crypt.bot");
    assert_string_equal(entry->settings.token, "1000:token");
    assert_int_equal(entry->settings.fee_basis_points, 150);
    assert_string_equal(entry->settings.callback_url,
                        "https://api.example.com/hosting/api/v1/callbacks/cryptobot");
    assert_int_equal(entry->lifetime_s, 3600);
}

static void provider_that_can_not_work_is_a_fault_at_the_start(void **state)
{
    struct billing_config config = {0};
    struct provider_book book;
    struct error error;
    char base[CALLBACK_URL_SIZE];

    (void)state;
    load(&config);
    config.lolz.token = "token";
    assert_int_equal(provider_book_init(&config, &book, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "lolz: secret"));
    load(&config);
    memset(base, 'a', sizeof(base) - 1);
    base[sizeof(base) - 1] = '\0';
    config.callback_base_url = base;
    assert_int_equal(provider_book_init(&config, &book, &error), FAULT_HARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_provider_of_the_api_is_known_and_none_is_offered_without_a_token),
        cmocka_unit_test(provider_gets_its_own_settings),
        cmocka_unit_test(provider_that_can_not_work_is_a_fault_at_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
