#include "lib/base/clock.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t at(const char *text)
{
    int64_t time_us = 0;

    assert_false(clock_parse(text, &time_us));
    return time_us;
}

static void months_end_on_the_last_day_of_a_shorter_month(void **state)
{
    static const struct {
        const char *from;
        uint32_t months;
        const char *to;
    } cases[] = {
        {"2026-01-31T12:00:00Z", 1,  "2026-02-28T12:00:00Z"},
        {"2028-01-31T12:00:00Z", 1,  "2028-02-29T12:00:00Z"},
        {"2026-12-15T00:00:00Z", 1,  "2027-01-15T00:00:00Z"},
        {"2026-09-09T12:00:00Z", 12, "2027-09-09T12:00:00Z"},
        {"2026-08-31T23:59:59Z", 6,  "2027-02-28T23:59:59Z"},
        {"2026-03-31T01:02:03Z", 0,  "2026-03-31T01:02:03Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        char text[CLOCK_TEXT_SIZE];

        assert_string_equal(
            clock_format(clock_add_months(at(cases[i].from), cases[i].months), text), cases[i].to);
    }
}

static void microseconds_survive_added_months(void **state)
{
    (void)state;
    assert_true(clock_add_months(at("2026-01-31T12:00:00.123456Z"), 1) ==
                at("2026-02-28T12:00:00.123456Z"));
}

static void offsets_and_fractions_are_read(void **state)
{
    (void)state;
    assert_true(at("2026-09-09T14:00:00+02:00") == at("2026-09-09T12:00:00Z"));
    assert_true(at("2026-09-09T07:30:00.5-04:30") == at("2026-09-09T12:00:00.5Z"));
    assert_true(at("1970-01-01T00:00:01Z") == 1000000);
}

static void texts_that_are_not_times_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "2026-09-09",
        "2026-09-09T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-09-09T12:00:00Zx",
        "2026-09-09T12:00:00+2:00",
        "2026-09-09T12:00:00+25:00",
        "now",
    };
    int64_t time_us = 7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i)
        assert_true(clock_parse(cases[i], &time_us));
    assert_true(time_us == 7);
}

static int64_t frozen(void *context)
{
    return *(int64_t *)context;
}

static void an_injected_clock_is_asked(void **state)
{
    int64_t time_us = 42;
    const struct clock clock = {.now_us = frozen, .context = &time_us};

    (void)state;
    assert_true(clock_now_us(&clock) == 42);
    assert_true(clock_now_us(NULL) > at("2020-01-01T00:00:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_end_on_the_last_day_of_a_shorter_month),
        cmocka_unit_test(microseconds_survive_added_months),
        cmocka_unit_test(offsets_and_fractions_are_read),
        cmocka_unit_test(texts_that_are_not_times_are_refused),
        cmocka_unit_test(an_injected_clock_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
