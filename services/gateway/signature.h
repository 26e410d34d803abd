/* Signed requests: the headers X-Timestamp and X-Signature, read before the body is there and
 * checked with it. Pure. docs/signing.md tells callers what is signed and how. */
#pragma once

#include "lib/base/signing_key.h"

#include <stddef.h>

enum {
    /* HMAC-SHA256. */
    SIGNATURE_MAC_SIZE = 32,
    /* How far the caller's clock may be off, either way. */
    SIGNATURE_WINDOW_S = 300,
};

enum signature_refusal {
    /* No X-Signature was sent. */
    SIGNATURE_ABSENT = 1,
    /* One of the headers is not what it must be, or X-Timestamp is missing. */
    SIGNATURE_MALFORMED,
    SIGNATURE_EXPIRED,
};

struct signature {
    uint64_t timestamp_s;
    uint8_t mac[SIGNATURE_MAC_SIZE];
};

/* What a signature is over. All borrowed. */
struct signed_request {
    const char *method;
    /* Path and query as they stood in the request line. */
    const char *target;
    const void *body;
    size_t body_length;
};

/* Reads "<unix seconds>" and "v1=<64 hex digits>"; either may be NULL: not sent. `now_s` is the
 * time, in seconds since 1970. > 0: enum signature_refusal. */
MUST_CHECK int signature_read(const char *timestamp, const char *text, int64_t now_s,
                              struct signature *ret_signature);

/* The MAC of a request at a time, under the 32 bytes of a signing secret. */
void signature_make(const struct signed_request *request, uint64_t timestamp_s,
                    const uint8_t key[static SIGNING_KEY_SIZE],
                    uint8_t ret_mac[static SIGNATURE_MAC_SIZE]);

/* Whether the signature is this request's; compared in constant time. */
MUST_CHECK bool signature_matches(const struct signature *signature,
                                  const struct signed_request *request,
                                  const uint8_t key[static SIGNING_KEY_SIZE]);
