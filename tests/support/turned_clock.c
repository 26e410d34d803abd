#include "tests/support/turned_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t read_clock(void *context)
{
    struct turned_clock *turned = context;

    return atomic_load(&turned->now_us);
}

void turned_clock_init(struct turned_clock *turned, const char *text)
{
    int64_t now_us = 0;

    assert_false(clock_parse(text, &now_us));
    atomic_init(&turned->now_us, now_us);
    turned->clock = (struct clock){.now_us = read_clock, .context = turned};
}

void turned_clock_set(struct turned_clock *turned, int64_t now_us)
{
    atomic_store(&turned->now_us, now_us);
}

int64_t turned_clock_now_us(struct turned_clock *turned)
{
    return atomic_load(&turned->now_us);
}
