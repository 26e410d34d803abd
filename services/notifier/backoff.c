#include "services/notifier/backoff.h"

static int64_t own_wait_ms(const struct backoff_rule *rule, const struct backoff_failure *failure)
{
    int64_t wait_ms = rule->first_ms;

    for (uint32_t i = 1; i < failure->attempts && wait_ms < rule->longest_ms; ++i)
        wait_ms *= 2;
    if (wait_ms > rule->longest_ms)
        wait_ms = rule->longest_ms;
    return wait_ms / 2 + (int64_t)failure->chance % (wait_ms - wait_ms / 2 + 1);
}

bool backoff_next(const struct backoff_rule *rule, const struct backoff_failure *failure,
                  int64_t *ret_next_us)
{
    int64_t wait_ms = own_wait_ms(rule, failure);
    int64_t asked_ms = rule->longest_ms;
    int64_t next_us;

    if (failure->retry_after_s <= rule->longest_ms / 1000)
        asked_ms = failure->retry_after_s * 1000;
    if (asked_ms > wait_ms)
        wait_ms = asked_ms;
    next_us = failure->now_us + wait_ms * 1000;
    if (next_us - failure->first_us > rule->give_up_ms * 1000)
        return true;
    *ret_next_us = next_us;
    return false;
}
