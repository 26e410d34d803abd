#include "slipctl/base_url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define USUAL_PATH "/hosting/api/v1"

struct parts {
    CURLU *url;
    char *scheme, *host, *path, *whole;
};

static void parts_deinit(struct parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->path);
    curl_free(parts->whole);
    curl_url_cleanup(parts->url);
}

static bool has(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    const bool is_there = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return is_there;
}

/* True: no URL that can be used. */
static bool split(const char *text, struct parts *parts)
{
    parts->url = curl_url();
    return parts->url == NULL || curl_url_set(parts->url, CURLUPART_URL, text, 0) != CURLUE_OK ||
           curl_url_get(parts->url, CURLUPART_SCHEME, &parts->scheme, 0) != CURLUE_OK ||
           curl_url_get(parts->url, CURLUPART_HOST, &parts->host, 0) != CURLUE_OK ||
           curl_url_get(parts->url, CURLUPART_PATH, &parts->path, 0) != CURLUE_OK;
}

/* "localhost" is loopback by RFC 6761; of other names nobody knows where they lead. */
static bool is_loopback(const char *host)
{
    struct in_addr address;

    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static bool is_web(const struct parts *parts, bool allow_plain)
{
    if (strcmp(parts->scheme, "https") == 0)
        return true;
    return strcmp(parts->scheme, "http") == 0 && (allow_plain || is_loopback(parts->host));
}

static const char *complaint(const struct parts *parts, bool allow_plain)
{
    if (strcmp(parts->scheme, "https") != 0 && strcmp(parts->scheme, "http") != 0)
        return "it must begin with https://";
    if (!is_web(parts, allow_plain))
        return "http would show the key to everybody on the way; use https (or --insecure-http "
               "where nobody else is)";
    if (has(parts->url, CURLUPART_USER) || has(parts->url, CURLUPART_PASSWORD))
        return "a user name or password does not belong into it";
    if (has(parts->url, CURLUPART_QUERY) || has(parts->url, CURLUPART_FRAGMENT))
        return "a query or fragment does not belong into it";
    return NULL;
}

/* The path without slashes at its end, or the usual one. True: no memory. */
static bool set_path(struct parts *parts)
{
    size_t length = strlen(parts->path);

    while (length > 0 && parts->path[length - 1] == '/')
        --length;
    parts->path[length] = '\0';
    return curl_url_set(parts->url, CURLUPART_PATH, length > 0 ? parts->path : USUAL_PATH, 0) !=
               CURLUE_OK ||
           curl_url_get(parts->url, CURLUPART_URL, &parts->whole, 0) != CURLUE_OK;
}

int base_url_parse(const char *text, bool allow_plain, struct base_url *ret_url,
                   struct error *error)
{
    CLEANUP(parts_deinit) struct parts parts = {0};
    const char *wrong;
    const char *path;

    if (split(text, &parts))
        return error_set(error, FAULT_HARD,
                         "The API's address is not a URL such as https://api.example.com.");
    wrong = complaint(&parts, allow_plain);
    if (wrong != NULL)
        return error_set(error, FAULT_HARD, "The API's address can't be used: %s.", wrong);
    if (set_path(&parts) || strlen(parts.whole) >= sizeof(ret_url->text))
        return error_set(error, FAULT_HARD, "The API's address is too long.");
    path = strchr(parts.whole + strlen(parts.scheme) + strlen("://"), '/');
    ret_url->path_at = (size_t)(path - parts.whole);
    ret_url->is_plain = strcmp(parts.scheme, "http") == 0;
    memcpy(ret_url->text, parts.whole, strlen(parts.whole) + 1);
    return 0;
}

void base_url_append_encoded(struct buffer *out, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:,";

    for (; *text != '\0'; ++text)
        if (strchr(plain, *text) != NULL)
            buffer_append(out, text, 1);
        else
            buffer_append_format(out, "%%%02X", (unsigned char)*text);
}

bool base_url_is_safe_link(const char *text)
{
    CLEANUP(parts_deinit) struct parts parts = {0};

    for (const char *at = text; *at != '\0'; ++at)
        if (*at <= ' ' || *at > '~')
            return false;
    return !split(text, &parts) && is_web(&parts, false);
}
