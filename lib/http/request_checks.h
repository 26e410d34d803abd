/* What a request's headers must be so that all who read it see the same request (RFC 9112 sections
 * 3.2, 5.1, 6.1 and 11.2): libmicrohttpd 0.9.75 is too lenient. */
#pragma once

#include "lib/base/cleanup.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct request_headers {
    bool has_body;
    /* UINT64_MAX: chunked. */
    uint64_t announced_length;
    /* Why the request is refused; NULL: it is not. */
    const char *refusal;
};

/* `method` and `version` are those that libmicrohttpd has given. */
struct request_headers request_check_headers(struct MHD_Connection *mhd, const char *method,
                                             const char *version);
