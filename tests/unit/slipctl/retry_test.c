#include "slipctl/retry.h"

#include "lib/base/error.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t wait_after(struct attempt attempt, int64_t left_ms)
{
    struct backoff backoff = {100, 1000, 0};

    return retry_wait_ms(&attempt, &backoff, left_ms);
}

static void what_is_surely_not_done_goes_again(void **state)
{
    (void)state;
    assert_in_range(wait_after((struct attempt){.outcome = FAULT_RETRY}, 60000), 0, 100);
    assert_in_range(wait_after((struct attempt){.status = 429}, 60000), 0, 100);
}

static void a_write_without_a_key_is_not_done_twice(void **state) /* INV-3 */
{
    static const unsigned statuses[] = {200, 400, 401, 402, 404, 409, 422, 500, 502, 503, 504};

    (void)state;
    assert_int_equal(wait_after((struct attempt){.outcome = FAULT_UNCERTAIN}, 60000), RETRY_NEVER);
    for (size_t i = 0; i < ARRAY_LENGTH(statuses); ++i)
        assert_int_equal(wait_after((struct attempt){.status = statuses[i]}, 60000), RETRY_NEVER);
    assert_int_equal(wait_after((struct attempt){.status = 409, .is_in_work = true}, 60000),
                     RETRY_NEVER);
}

static void what_may_be_repeated_goes_again_when_that_can_help(void **state)
{
    static const unsigned again[] = {429, 503, 504};
    static const unsigned not_again[] = {200, 400, 401, 402, 403, 404, 409, 422, 500, 502};

    (void)state;
    assert_in_range(
        wait_after((struct attempt){.outcome = FAULT_UNCERTAIN, .is_repeatable = true}, 60000), 0,
        100);
    for (size_t i = 0; i < ARRAY_LENGTH(again); ++i)
        assert_in_range(
            wait_after((struct attempt){.status = again[i], .is_repeatable = true}, 60000), 0, 100);
    for (size_t i = 0; i < ARRAY_LENGTH(not_again); ++i)
        assert_int_equal(
            wait_after((struct attempt){.status = not_again[i], .is_repeatable = true}, 60000),
            RETRY_NEVER);
    assert_in_range(
        wait_after((struct attempt){.status = 409, .is_in_work = true, .is_repeatable = true},
                   60000),
        0, 100);
    assert_int_equal(
        wait_after((struct attempt){.outcome = FAULT_HARD, .is_repeatable = true}, 60000),
        RETRY_NEVER);
}

static void the_server_says_how_long_to_wait(void **state)
{
    const struct attempt attempt = {.status = 429, .retry_after_s = 5};
    const struct attempt endless = {.status = 429, .retry_after_s = INT64_MAX};

    (void)state;
    assert_int_equal(wait_after(attempt, 60000), 5000);
    assert_int_equal(wait_after(attempt, 5001), 5000);
    assert_int_equal(wait_after(attempt, 5000), RETRY_NEVER);
    assert_int_equal(wait_after(attempt, 100), RETRY_NEVER);
    assert_int_equal(wait_after(endless, INT64_MAX), RETRY_NEVER);
}

static void tries_end(void **state)
{
    const struct attempt attempt = {.outcome = FAULT_RETRY};
    struct backoff backoff = {1, 1, 0};
    int tries = 1;

    (void)state;
    while (retry_wait_ms(&attempt, &backoff, 60000) != RETRY_NEVER)
        ++tries;
    assert_int_equal(tries, RETRY_ATTEMPTS_MAX);
    assert_int_equal(wait_after(attempt, 0), RETRY_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_surely_not_done_goes_again),
        cmocka_unit_test(a_write_without_a_key_is_not_done_twice),
        cmocka_unit_test(what_may_be_repeated_goes_again_when_that_can_help),
        cmocka_unit_test(the_server_says_how_long_to_wait),
        cmocka_unit_test(tries_end),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
