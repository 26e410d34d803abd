#include "services/notifier/webhook_url.h"

#include "services/notifier/address_rules.h"

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
    CLEANUP(free_url) CURLU *parsed = curl_url();
    CLEANUP(free_part) char *scheme = NULL;
    CLEANUP(free_part) char *host = NULL;

    if (parsed == NULL || strlen(url) > WEBHOOK_URL_LENGTH_MAX || has_strange_bytes(url) ||
        curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK || host[0] == '\0' ||
        has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD) ||
        has_part(parsed, CURLUPART_FRAGMENT))
        return WEBHOOK_URL_MALFORMED;
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        return WEBHOOK_URL_INSECURE;
    return check_host(host, strcmp(scheme, "https") == 0, allows_loopback);
}
