#include "lib/base/backoff.h"

#include <sodium.h>

int64_t backoff_next_ms(struct backoff *backoff)
{
    int64_t ceiling_ms = backoff->first_ms;

    for (uint32_t i = 0; i < backoff->attempt && ceiling_ms < backoff->longest_ms; ++i)
        ceiling_ms *= 2;
    if (ceiling_ms > backoff->longest_ms)
        ceiling_ms = backoff->longest_ms;
    ++backoff->attempt;
    return (int64_t)randombytes_uniform((uint32_t)ceiling_ms + 1);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->attempt = 0;
}
