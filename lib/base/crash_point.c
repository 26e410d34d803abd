#include "lib/base/crash_point.h"

#ifdef SLIPWAY_CRASH_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void crash_point(const char *name)
{
    static atomic_long passes;
    const char *wanted = getenv("SLIPWAY_CRASH_AT");
    const size_t length = strlen(name);
    long after;

    if (wanted == NULL || strncmp(wanted, name, length) != 0 ||
        (wanted[length] != '\0' && wanted[length] != ':'))
        return;
    after = wanted[length] == ':' ? strtol(wanted + length + 1, NULL, 10) : 1;
    if (atomic_fetch_add(&passes, 1) + 1 >= after)
        (void)raise(SIGKILL);
}

#else

/* An empty translation unit is not C. */
extern int crash_points_are_not_compiled_in;

#endif
