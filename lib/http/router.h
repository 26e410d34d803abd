/* Finds a service's endpoint by method and path, from one static table. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>

/* First member of each element of a service's endpoint table. */
struct route {
    /* "GET", "POST", …; HEAD is answered by GET. */
    const char *method;
    /* "/vps/{vps_id}/credentials": a segment in braces matches any non-empty segment; no other
     * pattern. A literal segment wins over a parameter. */
    const char *pattern;
};

enum { ROUTE_PARAMETERS_MAX = 4, ROUTE_PARAMETER_SIZE = 128 };

struct route_match {
    /* The table's element. */
    const struct route *route;
    /* In the order of the pattern. */
    char parameters[ROUTE_PARAMETERS_MAX][ROUTE_PARAMETER_SIZE];
    /* On ROUTE_METHOD_NOT_ALLOWED: "GET, HEAD, POST", for the Allow header. */
    char allow[64];
};

enum route_refusal {
    ROUTE_NOT_FOUND = 1,
    ROUTE_METHOD_NOT_ALLOWED,
};

/* `table` holds `count` elements, `stride` bytes apart. 0: matched. */
MUST_CHECK int router_match(const void *table, size_t count, size_t stride, const char *method,
                            const char *path, struct route_match *ret_match);
