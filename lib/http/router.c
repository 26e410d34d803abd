#include "lib/http/router.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    SCORE_MATCHED = 1U << 31,
    SEGMENTS_MAX = 30,
};

static size_t segment_length(const char *text)
{
    return (size_t)(strchrnul(text, '/') - text);
}

/* 0: no match. Else the higher, the earlier the segments that are literal. Both texts begin with a
 * slash before each segment. */
static uint32_t score(const char *pattern, const char *path)
{
    uint32_t result = SCORE_MATCHED;

    for (unsigned segment = 0; *pattern == '/' && *path == '/'; segment++) {
        const size_t pattern_length = segment_length(++pattern);
        const size_t path_length = segment_length(++path);

        assert(segment < SEGMENTS_MAX);
        if (*pattern == '{') {
            if (path_length == 0 || path_length >= ROUTE_PARAMETER_SIZE)
                return 0;
        } else if (pattern_length != path_length || memcmp(pattern, path, path_length) != 0) {
            return 0;
        } else {
            result |= 1U << (SEGMENTS_MAX - segment);
        }
        pattern += pattern_length;
        path += path_length;
    }
    return *pattern == '\0' && *path == '\0' ? result : 0;
}

static void copy_parameters(const char *pattern, const char *path, struct route_match *ret_match)
{
    size_t count = 0;

    while (*pattern == '/') {
        const size_t length = segment_length(++path);

        if (*++pattern == '{') {
            assert(count < ROUTE_PARAMETERS_MAX);
            memcpy(ret_match->parameters[count], path, length);
            ret_match->parameters[count][length] = '\0';
            count++;
        }
        pattern += segment_length(pattern);
        path += length;
    }
}

static void add_allowed(char *allow, size_t size, const char *method)
{
    const size_t length = strlen(allow);
    const bool is_get = strcmp(method, "GET") == 0;

    (void)snprintf(allow + length, size - length, "%s%s%s", length > 0 ? ", " : "", method,
                   is_get ? ", HEAD" : "");
}

int router_match(const void *table, size_t count, size_t stride, const char *method,
                 const char *path, struct route_match *ret_match)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    const struct route *found = NULL;
    char allow[sizeof(ret_match->allow)] = "";
    uint32_t best = SCORE_MATCHED - 1;

    for (size_t i = 0; i < count; i++) {
        const struct route *route = (const void *)((const char *)table + i * stride);
        const uint32_t reached = score(route->pattern, path);

        if (reached < best || reached == 0)
            continue;
        if (reached > best) {
            best = reached;
            found = NULL;
            allow[0] = '\0';
        }
        if (strcmp(route->method, wanted) == 0)
            found = route;
        add_allowed(allow, sizeof(allow), route->method);
    }
    if (best < SCORE_MATCHED)
        return ROUTE_NOT_FOUND;
    if (found == NULL) {
        memcpy(ret_match->allow, allow, sizeof(allow));
        return ROUTE_METHOD_NOT_ALLOWED;
    }
    ret_match->route = found;
    copy_parameters(found->pattern, path, ret_match);
    return 0;
}
