#include "services/gateway/token_bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct rate_policy five = {.per_minute = 5, .burst = 5};

static void a_full_bucket_gives_exactly_its_burst(void **state)
{
    struct token_bucket bucket = {0};

    (void)state;
    for (int i = 0; i < 5; ++i)
        assert_int_equal(token_bucket_take(&bucket, &five, 1000, 1), 1);
    assert_int_equal(token_bucket_take(&bucket, &five, 1000, 1), 0);
    assert_int_equal(token_bucket_left(&bucket, &five), 0);
    assert_int_equal(token_bucket_wait_us(&bucket, &five), 12000000);
}

static void a_token_comes_back_after_its_share_of_the_minute(void **state)
{
    struct token_bucket bucket = {0};

    (void)state;
    assert_int_equal(token_bucket_take(&bucket, &five, 0, 9), 5);
    assert_int_equal(token_bucket_take(&bucket, &five, 11999999, 1), 0);
    assert_int_equal(token_bucket_take(&bucket, &five, 12000000, 1), 1);
    assert_int_equal(token_bucket_take(&bucket, &five, 12000000, 1), 0);
}

static void a_bucket_never_holds_more_than_its_burst(void **state)
{
    struct token_bucket bucket = {0};

    (void)state;
    assert_int_equal(token_bucket_take(&bucket, &five, 0, 3), 3);
    assert_int_equal(token_bucket_take(&bucket, &five, INT64_MAX, 100), 5);
}

static void a_clock_that_steps_back_gives_nothing(void **state)
{
    struct token_bucket bucket = {0};

    (void)state;
    assert_int_equal(token_bucket_take(&bucket, &five, 60000000, 5), 5);
    assert_int_equal(token_bucket_take(&bucket, &five, 0, 1), 0);
    assert_int_equal(token_bucket_take(&bucket, &five, 60000000, 1), 0);
}

static void largest_policy_does_not_overflow(void **state)
{
    const struct rate_policy largest = {.per_minute = 1000000000, .burst = 1000000000};
    struct token_bucket bucket = {0};

    (void)state;
    assert_int_equal(token_bucket_take(&bucket, &largest, 0, 1000000000), 1000000000);
    assert_int_equal(token_bucket_take(&bucket, &largest, INT64_MAX, INT64_MAX), 1000000000);
    assert_int_equal(token_bucket_wait_us(&bucket, &largest), 1);
}

static void low_limits_are_asked_for_one_by_one(void **state)
{
    (void)state;
    assert_int_equal(rate_lease_next(&five, 1, 0), 1);
    assert_int_equal(rate_lease_next(&five, 0, 0), 1);
}

static void a_busy_key_takes_ever_more_at_once_up_to_the_bound(void **state)
{
    const struct rate_policy policy = {.per_minute = 600000, .burst = 600000};
    int64_t lease = 0;

    (void)state;
    lease = rate_lease_next(&policy, lease, 0);
    assert_int_equal(lease, 1);
    for (int i = 0; i < 12; ++i)
        lease = rate_lease_next(&policy, lease, 0);
    assert_int_equal(lease, 1000);
    assert_int_equal(rate_lease_next(&policy, lease, 990), 10);
    assert_int_equal(rate_lease_next(&policy, lease, 1000), 1);
}

static void headers_follow_the_draft(void **state)
{
    const struct rate_policy policy = {.per_minute = 600, .burst = 100};
    char text[RATE_HEADER_SIZE];

    (void)state;
    rate_header_policy(&policy, text);
    assert_string_equal(text, "\"default\";q=600;w=60");
    rate_header_limit(&policy, 99, text);
    assert_string_equal(text, "\"default\";r=99;t=1");
    rate_header_limit(&policy, 0, text);
    assert_string_equal(text, "\"default\";r=0;t=10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_gives_exactly_its_burst),
        cmocka_unit_test(a_token_comes_back_after_its_share_of_the_minute),
        cmocka_unit_test(a_bucket_never_holds_more_than_its_burst),
        cmocka_unit_test(a_clock_that_steps_back_gives_nothing),
        cmocka_unit_test(largest_policy_does_not_overflow),
        cmocka_unit_test(low_limits_are_asked_for_one_by_one),
        cmocka_unit_test(a_busy_key_takes_ever_more_at_once_up_to_the_bound),
        cmocka_unit_test(headers_follow_the_draft),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
