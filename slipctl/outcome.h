/* How a command ends. The values are the process's exit codes, as the manual page lists them. */
#pragma once

#include "lib/base/error.h"

enum outcome {
    OUTCOME_DONE = 0,
    /* The server refused, what was ordered failed, or this machine could not do its part. */
    OUTCOME_REFUSED = 1,
    /* The command line is wrong; nothing was done. */
    OUTCOME_MISUSED = 2,
    /* The server can't be reached, or did not answer in time. */
    OUTCOME_UNREACHABLE = 3,
    /* No key, or one that the server does not know. */
    OUTCOME_LOGGED_OUT = 4,
};

/* Writes why (cut to fit, a sentence without secrets) and returns `outcome`. */
int outcome_set(struct error *error, enum outcome outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);
