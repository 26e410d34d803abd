/* A wall clock that a test turns. Thread-safe. */
#pragma once

#include "lib/base/clock.h"

#include <stdatomic.h>

struct turned_clock {
    struct clock clock;
    _Atomic int64_t now_us;
};

/* Stands at an RFC 3339 time; `clock` is then good for options that take one. Must not move. */
void turned_clock_init(struct turned_clock *turned, const char *text);
void turned_clock_set(struct turned_clock *turned, int64_t now_us);
int64_t turned_clock_now_us(struct turned_clock *turned);
