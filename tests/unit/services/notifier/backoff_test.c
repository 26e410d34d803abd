#include "services/notifier/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The defaults of the settings. */
static const struct backoff_rule rule = {5000, 21600000, INT64_C(259200000)};

static int64_t wait_ms(uint32_t attempts, int64_t retry_after_s, uint32_t chance)
{
    const struct backoff_failure failure = {
        .attempts = attempts, .retry_after_s = retry_after_s, .chance = chance};
    int64_t next_us = -1;

    assert_false(backoff_next(&rule, &failure, &next_us));
    assert_int_equal(next_us % 1000, 0);
    return next_us / 1000;
}

static void waits_double_up_to_the_longest(void **state)
{
    (void)state;
    assert_int_equal(wait_ms(1, 0, 0), 2500);
    assert_int_equal(wait_ms(2, 0, 0), 5000);
    assert_int_equal(wait_ms(5, 0, 0), 40000);
    assert_int_equal(wait_ms(14, 0, 0), 10800000);
    assert_int_equal(wait_ms(4000000000U, 0, 0), 10800000);
}

static void half_of_a_wait_is_chance(void **state)
{
    (void)state;
    assert_int_equal(wait_ms(1, 0, 2500), 5000);
    assert_int_equal(wait_ms(1, 0, 2501), 2500);
    for (uint32_t chance = 0; chance < 10000; chance += 7) {
        const int64_t wait = wait_ms(3, 0, chance * 429496U);

        assert_in_range(wait, 10000, 20000);
    }
}

static void retry_after_is_obeyed_within_bounds(void **state)
{
    (void)state;
    assert_int_equal(wait_ms(1, 60, 0), 60000);
    assert_int_equal(wait_ms(5, 1, 0), 40000);
    assert_int_equal(wait_ms(1, 1000000, 0), 21600000);
    assert_int_equal(wait_ms(1, INT64_MAX, 0), 21600000);
}

static void it_is_tried_over_three_days_and_then_given_up(void **state)
{
    struct backoff_failure failure = {.attempts = 1};
    int64_t last_us = 0;

    (void)state;
    while (!backoff_next(&rule, &failure, &failure.now_us)) {
        assert_true(failure.now_us > last_us);
        last_us = failure.now_us;
        ++failure.attempts;
    }
    assert_in_range(last_us / 1000000, 3 * 86400 - 6 * 3600, 3 * 86400);
    assert_in_range(failure.attempts, 15, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_longest),
        cmocka_unit_test(half_of_a_wait_is_chance),
        cmocka_unit_test(retry_after_is_obeyed_within_bounds),
        cmocka_unit_test(it_is_tried_over_three_days_and_then_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
