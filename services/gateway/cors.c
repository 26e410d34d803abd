#include "services/gateway/cors.h"

#include <string.h>

bool cors_is_allowed(const char *allowed_origins, const char *origin)
{
    const size_t length = strlen(origin);
    const char *next = allowed_origins;

    while (length > 0 && *next != '\0') {
        next += strspn(next, " ,");
        if (strncmp(next, origin, length) == 0 && strchr(" ,", next[length]) != NULL)
            return true;
        next += strcspn(next, ",");
    }
    return false;
}

bool cors_apply(const char *allowed_origins, struct http_exchange *exchange)
{
    const char *origin = http_exchange_header(exchange, "Origin");
    struct buffer nothing = {0};

    if (origin == NULL || !cors_is_allowed(allowed_origins, origin))
        return false;
    http_exchange_set_header(exchange, "Access-Control-Allow-Origin", origin);
    http_exchange_set_header(exchange, "Vary", "Origin");
    http_exchange_set_header(exchange, "Access-Control-Expose-Headers",
                             "ETag, Idempotent-Replayed, Link, Location, Preference-Applied, "
                             "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id");
    if (strcmp(http_exchange_method(exchange), "OPTIONS") != 0 ||
        http_exchange_header(exchange, "Access-Control-Request-Method") == NULL)
        return false;
    http_exchange_set_header(exchange, "Access-Control-Allow-Methods", "GET, POST, DELETE");
    http_exchange_set_header(exchange, "Access-Control-Allow-Headers",
                             "Authorization, Content-Type, Idempotency-Key, If-None-Match, Prefer, "
                             "X-Request-Id, X-Signature, X-Timestamp");
    http_exchange_set_header(exchange, "Access-Control-Max-Age", "600");
    http_exchange_reply(exchange, 204, NULL, &nothing);
    return true;
}
