/* Conditions whose waits are timed by the monotonic clock, so that a step of the wall clock neither
 * ends nor prolongs them (pthread_condattr_setclock(3)). */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* To be destroyed with pthread_cond_destroy(). */
void condition_init(pthread_cond_t *condition);

/* What pthread_cond_timedwait() takes: that time of clock_monotonic_us(); so long from now. */
struct timespec condition_deadline_at(int64_t until_us);
struct timespec condition_deadline_in(int64_t timeout_ms);
