#include "lib/base/condition.h"

#include "lib/base/clock.h"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_wait_lasts_until_its_deadline_on_the_monotonic_clock(void **state)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    const int64_t began_us = clock_monotonic_us();
    const struct timespec deadline = condition_deadline_in(20);
    pthread_cond_t condition;
    int result = 0;

    (void)state;
    condition_init(&condition);
    (void)pthread_mutex_lock(&mutex);
    while (result == 0)
        result = pthread_cond_timedwait(&condition, &mutex, &deadline);
    (void)pthread_mutex_unlock(&mutex);
    assert_int_equal(result, ETIMEDOUT);
    assert_true(clock_monotonic_us() - began_us >= 20000);
    (void)pthread_cond_destroy(&condition);
}

static void a_time_is_parted_into_seconds_and_nanoseconds(void **state)
{
    const struct timespec deadline = condition_deadline_at(7000009);

    (void)state;
    assert_int_equal(deadline.tv_sec, 7);
    assert_int_equal(deadline.tv_nsec, 9000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_lasts_until_its_deadline_on_the_monotonic_clock),
        cmocka_unit_test(a_time_is_parted_into_seconds_and_nanoseconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
