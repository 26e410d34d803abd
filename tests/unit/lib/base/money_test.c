#include "lib/base/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void price_is_rounded_half_up_to_the_cent(void **state)
{
    int64_t cents = 0;

    (void)state;
    assert_false(money_price(1004, 3, 500, &cents)); /* 28.614 */
    assert_int_equal(cents, 2861);
    assert_false(money_price(1, 1, 5000, &cents)); /* 0.005 */
    assert_int_equal(cents, 1);
    assert_false(money_price(1, 1, 5001, &cents));
    assert_int_equal(cents, 0);
    assert_false(money_price(1004, 12, MONEY_BASIS_POINTS, &cents));
    assert_int_equal(cents, 0);
}

static void price_that_does_not_fit_is_refused_and_leaves_the_output(void **state)
{
    int64_t cents = 7;

    (void)state;
    assert_true(money_price(INT64_MAX, 2, 0, &cents));
    assert_true(money_price(INT64_MAX / 2, 1, 0, &cents));
    assert_int_equal(cents, 7);
}

static void sum_that_does_not_fit_is_refused(void **state)
{
    int64_t cents = 7;

    (void)state;
    assert_true(money_add(INT64_MAX, 1, &cents));
    assert_int_equal(cents, 7);
    assert_false(money_add(40, 2, &cents));
    assert_int_equal(cents, 42);
}

static void texts_of_money_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t cents;
    } cases[] = {
        {"28.61",                 2861     },
        {"-5.00",                 -500     },
        {"7",                     700      },
        {"7.5",                   750      },
        {"0.01",                  1        },
        {"-0.00",                 0        },
        {"007.10",                710      },
        {"92233720368547758.07",  INT64_MAX},
        {"-92233720368547758.08", INT64_MIN},
    };
    int64_t cents = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        assert_false(money_parse(cases[i].text, &cents));
        assert_true(cents == cases[i].cents);
    }
}

static void texts_that_are_not_money_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "-",
        ".",
        ".5",
        "5.",
        "1.234",
        "1,00",
        "+1",
        " 1",
        "1 ",
        "1e3",
        "0x10",
        "--1",
        "1.-5",
        "NaN",
        "1.2.3",
        "92233720368547758.08",
        "-92233720368547758.09",
        "99999999999999999999",
    };
    int64_t cents = 7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i)
        assert_true(money_parse(cases[i], &cents));
    assert_int_equal(cents, 7);
}

static void what_is_formatted_reads_back(void **state)
{
    static const int64_t cases[] = {0, 1, -1, 99, -100, 2861, INT64_MAX, INT64_MIN};
    char text[MONEY_TEXT_SIZE];
    int64_t cents = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        assert_false(money_parse(money_format(cases[i], text), &cents));
        assert_true(cents == cases[i]);
    }
    assert_string_equal(money_format(-5, text), "-0.05");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(price_is_rounded_half_up_to_the_cent),
        cmocka_unit_test(price_that_does_not_fit_is_refused_and_leaves_the_output),
        cmocka_unit_test(sum_that_does_not_fit_is_refused),
        cmocka_unit_test(texts_of_money_are_read),
        cmocka_unit_test(texts_that_are_not_money_are_refused),
        cmocka_unit_test(what_is_formatted_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
