#include "slipctl/retry.h"

#include "lib/base/error.h"

static bool may_go_again(const struct attempt *attempt)
{
    if (attempt->outcome == FAULT_RETRY)
        return true;
    if (attempt->outcome != 0)
        return attempt->outcome == FAULT_UNCERTAIN && attempt->is_repeatable;
    if (attempt->status == 429)
        return true;
    return attempt->is_repeatable &&
           (attempt->status == 503 || attempt->status == 504 || attempt->is_in_work);
}

int64_t retry_wait_ms(const struct attempt *attempt, struct backoff *backoff, int64_t left_ms)
{
    int64_t wait_ms;

    if (!may_go_again(attempt) || backoff->attempt + 1 >= RETRY_ATTEMPTS_MAX)
        return RETRY_NEVER;
    wait_ms = backoff_next_ms(backoff);
    /* Compared in seconds, since what a server names may not fit as milliseconds. */
    if (attempt->outcome == 0 && attempt->retry_after_s > wait_ms / 1000) {
        if (attempt->retry_after_s > left_ms / 1000)
            return RETRY_NEVER;
        wait_ms = attempt->retry_after_s * 1000;
    }
    return wait_ms < left_ms ? wait_ms : RETRY_NEVER;
}
