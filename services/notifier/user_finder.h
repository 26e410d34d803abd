/* Asks billing which chat a user has. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

struct user_finder;

struct user_finder_options {
    /* "http://127.0.0.1:7101", and what billing must be sent to hear. Copied. */
    const char *url, *token;
    int64_t connect_timeout_ms, timeout_ms;
};

MUST_CHECK int user_finder_new(const struct user_finder_options *options,
                               struct user_finder **ret_finder, struct error *error);
/* Nobody may be waiting any more. Accepts NULL. */
void user_finder_free(struct user_finder *finder);

/* Waits for the answer; one thread at a time. *ret_telegram_id 0: there is none, or no such user.
 * FAULT_RETRY: billing could not say. */
MUST_CHECK int user_finder_ask(struct user_finder *finder, int64_t user_id,
                               int64_t *ret_telegram_id, struct error *error);
