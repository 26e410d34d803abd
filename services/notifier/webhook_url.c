#include "services/notifier/webhook_url.h"

#include "lib/http/url_parts.h"
#include "services/notifier/address_rules.h"

#include <string.h>
#include <strings.h>

/* Bytes that no written URL has: control characters, blanks, and all beyond ASCII. */
static bool has_strange_bytes(const char *url)
{
    for (; *url != '\0'; ++url)
        if (*url <= ' ' || *url == '\\' || *url == 0x7f)
            return true;
    return false;
}

static bool is_in_domain(const char *host, const char *domain)
{
    const size_t length = strlen(host);
    const size_t tail = strlen(domain);

    return length >= tail && strcasecmp(host + length - tail, domain) == 0 &&
           (length == tail || host[length - tail - 1] == '.');
}

static int check_host(const char *host, bool is_https, bool allows_loopback)
{
    struct sockaddr_storage address;
    const bool is_numeric = address_parse(host, &address);
    const struct sockaddr *where = (const struct sockaddr *)&address;
    const bool is_local = is_in_domain(host, "localhost") || is_in_domain(host, "localhost.") ||
                          (is_numeric && address_is_loopback(where));

    if (is_local && allows_loopback)
        return 0;
    if (!is_https)
        return WEBHOOK_URL_INSECURE;
    if (is_local || (is_numeric && !address_is_public(where)))
        return WEBHOOK_URL_PRIVATE;
    return 0;
}

int webhook_url_check(const char *url, bool allows_loopback)
{
    CLEANUP(url_parts_deinit) struct url_parts parts = {0};
    bool is_https;

    if (strlen(url) > WEBHOOK_URL_LENGTH_MAX || has_strange_bytes(url) ||
        url_parts_read(url, &parts) || parts.has_login || parts.has_fragment)
        return WEBHOOK_URL_MALFORMED;
    is_https = strcmp(parts.scheme, "https") == 0;
    if (!is_https && strcmp(parts.scheme, "http") != 0)
        return WEBHOOK_URL_INSECURE;
    return check_host(parts.host, is_https, allows_loopback);
}
