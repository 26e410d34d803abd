/* A URL as a user names it. What is allowed never leads to a numeric address of ours. */
#include "services/notifier/address_rules.h"
#include "services/notifier/webhook_url.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_allowed(const char *url)
{
    CURLU *parsed = curl_url();
    struct sockaddr_storage address;
    char *host = NULL;

    assert(parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK);
    assert(curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    assert(!address_parse(host, &address) || address_is_public((const struct sockaddr *)&address));
    curl_free(host);
    curl_url_cleanup(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *url = strndup((const char *)data, size);

    assert(url != NULL);
    if (webhook_url_check(url, false) == 0) {
        assert(webhook_url_check(url, true) == 0);
        check_allowed(url);
    }
    return 0;
}
