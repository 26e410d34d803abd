/* The headers of signed requests, X-Timestamp before the first line feed and X-Signature behind it,
 * and the check of a request that consists of the same bytes. */
#include "services/gateway/signature.h"

#include "lib/base/encoding.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NOW_S = 1789000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read says the same as what was sent. */
static void check_read(const char *timestamp, const char *text, const struct signature *signature)
{
    char again[2 * SIGNATURE_MAC_SIZE + 1];

    hex_encode(signature->mac, sizeof(signature->mac), again);
    assert(strncmp(text, "v1=", 3) == 0 && strcasecmp(text + 3, again) == 0);
    (void)snprintf(again, sizeof(again), "%" PRIu64, signature->timestamp_s);
    assert(strcmp(again, timestamp) == 0);
    assert(signature->timestamp_s >= NOW_S - SIGNATURE_WINDOW_S &&
           signature->timestamp_s <= NOW_S + SIGNATURE_WINDOW_S);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[SIGNING_KEY_SIZE] = {1};
    CLEANUP(cleanup_free) char *timestamp = strndup((const char *)data, size);
    const struct signed_request request = {"POST", timestamp, data, size};
    struct signature signature = {.timestamp_s = NOW_S};
    char *text;

    assert(timestamp != NULL);
    signature_make(&request, signature.timestamp_s, key, signature.mac);
    assert(signature_matches(&signature, &request, key));
    signature.mac[size % SIGNATURE_MAC_SIZE] ^= 1;
    assert(!signature_matches(&signature, &request, key));
    text = strchr(timestamp, '\n');
    if (text == NULL)
        return 0;
    *text++ = '\0';
    if (signature_read(timestamp, text, NOW_S, &signature) == 0)
        check_read(timestamp, text, &signature);
    return 0;
}
