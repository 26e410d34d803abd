#include "lib/base/condition.h"

#include "lib/base/clock.h"

void condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

struct timespec condition_deadline_at(int64_t until_us)
{
    return (struct timespec){.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
}

struct timespec condition_deadline_in(int64_t timeout_ms)
{
    return condition_deadline_at(clock_monotonic_us() + timeout_ms * 1000);
}
