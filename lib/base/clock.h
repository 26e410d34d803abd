/* Time, injectable so that tests can turn it.
 *
 * Wall times are microseconds since 1970-01-01 UTC in int64_t; durations and deadlines are measured
 * with the monotonic clock, in milliseconds or microseconds as the name says.
 */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

/* "2026-09-09T12:00:00Z" and its NUL. */
#define CLOCK_TEXT_SIZE 32

struct clock {
    /* Wall time in microseconds. NULL: the system's. */
    int64_t (*now_us)(void *context);
    void *context;
};

/* `clock` may be NULL: the system's. */
int64_t clock_now_us(const struct clock *clock);

/* Never steps back; unrelated to wall time. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ms(void);

/* Sleeps at least that long; signals don't cut it short. */
void clock_sleep_ms(int64_t duration_ms);

/* RFC 3339 UTC, whole seconds. Returns `buffer`. Years 1970 to 9999; others come out as year 9999.
 */
const char *clock_format(int64_t time_us, char buffer[static CLOCK_TEXT_SIZE]);

/* Reads RFC 3339 ("2026-09-09T12:00:00Z", fractions and numeric offsets too). True when it is not.
 */
MUST_CHECK bool clock_parse(const char *text, int64_t *ret_time_us);

/* Adds calendar months; the day is cut to the month's last (31 January + 1 → 28 or 29 February).
 * `months` in 0 … 1200. */
int64_t clock_add_months(int64_t time_us, uint32_t months);
