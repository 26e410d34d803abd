/* What rules about URLs look at, as libcurl reads them (RFC 3986): the rules are the caller's.
 * Pure. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>

struct url_parts {
    /* Owned; in lower case, and as written, an IPv6 address in its brackets. */
    char *scheme, *host;
    /* A user or a password stands in it. */
    bool has_login;
    bool has_fragment;
};

void url_parts_deinit(struct url_parts *parts);

/* `ret_parts` is zeroed by the caller. True: it is no URL with a host, or no memory. */
MUST_CHECK bool url_parts_read(const char *url, struct url_parts *ret_parts);
