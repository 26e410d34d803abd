#include "lib/http/url_parts.h"

#include <curl/curl.h>

static void free_part(char **part)
{
    curl_free(*part);
}

static void free_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static bool has_part(CURLU *url, CURLUPart part)
{
    CLEANUP(free_part) char *text = NULL;

    return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

void url_parts_deinit(struct url_parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
}

bool url_parts_read(const char *url, struct url_parts *ret_parts)
{
    CLEANUP(free_url) CURLU *parsed = curl_url();

    if (parsed == NULL ||
        curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &ret_parts->scheme, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &ret_parts->host, 0) != CURLUE_OK ||
        ret_parts->host[0] == '\0')
        return true;
    ret_parts->has_login = has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD);
    ret_parts->has_fragment = has_part(parsed, CURLUPART_FRAGMENT);
    return false;
}
