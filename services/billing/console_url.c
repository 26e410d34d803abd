#include "services/billing/console_url.h"

#include "lib/http/url_parts.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* What would have to be escaped, in a URL or in the answer that carries it. */
static bool has_strange_bytes(const char *url)
{
    for (; *url != '\0'; ++url)
        if (*url <= ' ' || *url >= 0x7f || strchr("\"'<>\\^`{|}?#", *url) != NULL)
            return true;
    return false;
}

static bool is_loopback(const char *host)
{
    struct in_addr address;

    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static bool is_usable(const char *url)
{
    CLEANUP(url_parts_deinit) struct url_parts parts = {0};

    if (strlen(url) > CONSOLE_URL_LENGTH_MAX || has_strange_bytes(url) ||
        url_parts_read(url, &parts) || parts.has_login)
        return false;
    return strcmp(parts.scheme, "https") == 0 ||
           (strcmp(parts.scheme, "http") == 0 && is_loopback(parts.host));
}

bool console_url_normalize(char *url)
{
    size_t length = strlen(url);

    if (!is_usable(url))
        return true;
    while (url[length - 1] == '/')
        --length;
    url[length] = '\0';
    return false;
}
