/* Which URLs an endpoint may have. Pure: no name is looked up here; what a name leads to is checked
 * when it is connected to. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>

enum { WEBHOOK_URL_LENGTH_MAX = 2048 };

enum webhook_url_refusal {
    /* Not a URL, too long, with a user, a password or a fragment. */
    WEBHOOK_URL_MALFORMED = 1,
    /* Neither https nor, where it is allowed, http to this machine. */
    WEBHOOK_URL_INSECURE,
    /* Names an address outside the public internet. */
    WEBHOOK_URL_PRIVATE,
};

/* `allows_loopback` is for development: http and https to this machine itself. */
MUST_CHECK int webhook_url_check(const char *url, bool allows_loopback);
