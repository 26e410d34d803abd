/* Decimal text and cents: down for what arrived, up for what is asked for, no fraction lost. */
#include "services/billing/providers/provider_amount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_cents(const char *text, int64_t expected)
{
    int64_t cents = -1;

    if (provider_amount_cents(text, &cents))
        fail_msg("%s is refused", text);
    assert_int_equal(cents, expected);
}

static void amounts_are_rounded_down_to_the_cent(void **state)
{
    (void)state;
    assert_cents("50", 5000);
    assert_cents("50.0", 5000);
    assert_cents("50.00", 5000);
    assert_cents("50.000000000000000000", 5000);
    assert_cents("49.999999999999999999", 4999);
    assert_cents("0.009", 0);
    assert_cents("0", 0);
    assert_cents("0.07", 7);
    assert_cents("005.10", 510);
    assert_cents("1e2", 10000);
    assert_cents("1.5E+1", 1500);
    assert_cents("125e-2", 125);
    assert_cents("1e-7", 0);
    assert_cents("92233720368547758.07", INT64_MAX);
}

static void what_is_no_amount_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        ".5",
                                        "5.",
                                        "1.2.3",
                                        "1,5",
                                        " 1",
                                        "1 ",
                                        "0x10",
                                        "NaN",
                                        "Infinity",
                                        "1e",
                                        "1e+",
                                        "1e31",
                                        "1e-31",
                                        "1ee1",
                                        "1e1.5",
                                        "12a",
                                        "92233720368547758.08",
                                        "1234567890123456789012345678901",
                                        "1e25"};
    int64_t cents = 77;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); ++i)
        if (!provider_amount_cents(wrong[i], &cents))
            fail_msg("'%s' is taken as %lld", wrong[i], (long long)cents);
    assert_true(provider_amount_cents(NULL, &cents));
    assert_int_equal(cents, 77);
}

static void assert_plain(const char *text, const char *expected)
{
    char plain[64];

    assert_false(provider_amount_plain(text, plain, sizeof(plain)));
    assert_string_equal(plain, expected);
}

static void a_number_is_written_without_an_exponent(void **state)
{
    char plain[4] = "as";

    (void)state;
    assert_plain("0", "0");
    assert_plain("0.0", "0");
    assert_plain("50.100", "50.1");
    assert_plain("1e-7", "0.0000001");
    assert_plain("1.5e3", "1500");
    assert_plain("0.00083400", "0.000834");
    assert_plain("10", "10");
    assert_plain("1234567890123456789012345678e8", "123456789012345678901234567800000000");
    assert_true(provider_amount_plain("1234", plain, sizeof(plain)));
    assert_true(provider_amount_plain("x", plain, sizeof(plain)));
    assert_string_equal(plain, "as");
}

static void assert_share(int64_t cents, const char *part, const char *whole, int64_t expected)
{
    int64_t share = -1;

    if (provider_amount_share(cents, part, whole, &share))
        fail_msg("%s of %s is refused", part, whole);
    assert_int_equal(share, expected);
}

static void a_share_is_counted_at_the_locked_rate_and_rounded_down(void **state)
{
    int64_t share = 77;

    (void)state;
    assert_share(5000, "0.000834", "0.000834", 5000);
    assert_share(5000, "0.000417", "0.000834", 2500);
    assert_share(5000, "1.668e-3", "0.000834", 10000);
    assert_share(5000, "0.000833999999999999", "0.000834", 4999);
    assert_share(5000, "0", "0.000834", 0);
    assert_share(100000, "123456789012.123456789012345678", "123456789012.123456789012345678",
                 100000);
    assert_share(1, "2", "3", 0);
    assert_true(provider_amount_share(5000, "1", "0", &share));
    assert_true(provider_amount_share(5000, "1", "0.000", &share));
    assert_true(provider_amount_share(-1, "1", "1", &share));
    assert_true(provider_amount_share(5000, "x", "1", &share));
    assert_true(provider_amount_share(5000, "1", "", &share));
    assert_true(provider_amount_share(INT64_MAX, "123456789012345678901234567890", "1", &share));
    assert_true(provider_amount_share(INT64_MAX, "2", "1", &share));
    assert_int_equal(share, 77);
}

static void roubles_are_asked_for_up_to_the_kopeck(void **state)
{
    int64_t kopecks = 77;

    (void)state;
    assert_false(provider_amount_kopecks(5000, 9500, &kopecks));
    assert_int_equal(kopecks, 475000);
    assert_false(provider_amount_kopecks(1, 9501, &kopecks));
    assert_int_equal(kopecks, 96);
    assert_false(provider_amount_kopecks(1, 1, &kopecks));
    assert_int_equal(kopecks, 1);
    assert_true(provider_amount_kopecks(0, 9500, &kopecks));
    assert_true(provider_amount_kopecks(100, 0, &kopecks));
    assert_true(provider_amount_kopecks(100, -1, &kopecks));
    assert_true(provider_amount_kopecks(INT64_MAX, 9500, &kopecks));
    assert_int_equal(kopecks, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_rounded_down_to_the_cent),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(a_number_is_written_without_an_exponent),
        cmocka_unit_test(a_share_is_counted_at_the_locked_rate_and_rounded_down),
        cmocka_unit_test(roubles_are_asked_for_up_to_the_kopeck),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
