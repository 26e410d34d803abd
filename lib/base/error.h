/* Faults, and the words that explain them.
 *
 * Results all over Slipway: 0 done; > 0 a refusal of the callee's own enum, which the direct caller
 * answers; < 0 a fault, one of the below, passed up unchanged with its text in struct error.
 * Outputs are untouched unless the result is 0. Only the loop that owns a request or a message
 * logs.
 */
#pragma once

#include "lib/base/cleanup.h"

#include <stddef.h>

enum fault {
    /* May go through when tried again: a dependency is down, slow, or asked for a retry. */
    FAULT_RETRY = -1,
    /* Trying again does not help: broken input from a peer, a refused statement, no memory. */
    FAULT_HARD = -2,
    /* Done or not done, nobody knows: the answer to a commit or a request was lost. */
    FAULT_UNCERTAIN = -3,
};

/* Lives on the caller's stack; never holds a secret. */
struct error {
    char text[384];
};

/* Writes the text (cut to fit) and returns `fault`. `error` may be NULL. */
int error_set(struct error *error, enum fault fault, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "prefix: " before the text that is there; returns `fault` unchanged. `error` may be NULL. */
int error_prefix(struct error *error, int fault, const char *prefix);

/* "retry", "hard", "uncertain": for logs and metrics. */
const char *fault_name(int fault);
