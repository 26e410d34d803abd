/* The API's endpoints: one table with all that can be asked. */
#pragma once

#include "lib/base/error.h"
#include "lib/http/router.h"
#include "services/gateway/key_record.h"

#include <stddef.h>

struct request;

#define API_BASE "/hosting/api/v1"

enum endpoint_flag {
    /* Moves money: the money switch rules it, and it must carry an Idempotency-Key. */
    ENDPOINT_MONEY = 1U << 0,
    /* Operators only, whatever scopes a reseller has. */
    ENDPOINT_OPERATOR = 1U << 1,
    /* Takes a JSON body. */
    ENDPOINT_BODY = 1U << 2,
    /* May answer with an event stream. */
    ENDPOINT_STREAM = 1U << 3,
    /* Asks for no key, so there is no limit, scope or principal either. */
    ENDPOINT_OPEN = 1U << 4,
    /* What comes is passed on as it is, whatever its media type and query, and judged by who it is
     * for. */
    ENDPOINT_RAW = 1U << 5,
    /* Answers with a page for browsers, text/html. */
    ENDPOINT_PAGE = 1U << 6,
};

struct endpoint {
    struct route route;
    /* 0: none. */
    enum scope scope;
    unsigned flags;
    /* Names of the query parameters it takes, each followed by a space. */
    const char *query;
    /* 0: replied, or will reply. > 0: refused, request->problem says how. < 0: a fault. */
    int (*handle)(struct request *request, struct error *error);
};

const struct endpoint *endpoint_table(size_t *ret_count);

/* Changes something, so that a banned user may not call it: all but GET and what the scope vps:read
 * is enough for, such as a quote, which is a POST because it has a body. */
bool endpoint_writes(const struct endpoint *endpoint);
