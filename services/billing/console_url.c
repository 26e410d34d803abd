#include "services/billing/console_url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

static void free_part(char **part)
{
    curl_free(*part);
}

static void free_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static bool has_part(CURLU *parsed, CURLUPart part)
{
    CLEANUP(free_part) char *text = NULL;

    return curl_url_get(parsed, part, &text, 0) == CURLUE_OK;
}

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
    CLEANUP(free_url) CURLU *parsed = curl_url();
    CLEANUP(free_part) char *scheme = NULL;
    CLEANUP(free_part) char *host = NULL;

    if (parsed == NULL || strlen(url) > CONSOLE_URL_LENGTH_MAX || has_strange_bytes(url) ||
        curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK || host[0] == '\0' ||
        has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD))
        return false;
    return strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host));
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
