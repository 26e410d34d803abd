/* Another program in this one's place on the terminal: ssh, a browser. */
#pragma once

#include "lib/base/error.h"

/* Runs argv[0], found by PATH, until it ends; what the terminal sends (Ctrl-C) goes to it alone.
 * `ret_status` is its exit code, or 128 and the signal that ended it. FAULT_HARD: it can't be
 * started. */
MUST_CHECK int process_run(const char *const *argv, int *ret_status, struct error *error);
