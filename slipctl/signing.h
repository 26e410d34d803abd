/* Signed requests: HMAC-SHA256 under the key's signing secret, as docs of the API define it. Pure.
 */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    /* 64 hex digits and a NUL. */
    SIGNING_SECRET_TEXT_SIZE = 65,
    /* "X-Signature: v1=" and 64 hex digits. */
    SIGNING_HEADER_SIZE = 96,
};

/* What is signed; all borrowed. */
struct signed_parts {
    int64_t time_s;
    const char *method;
    /* Path and query exactly as they go over the wire. */
    const char *target;
    const char *body;
    size_t body_length;
};

/* 64 hex digits, as they are shown with the key. */
bool signing_secret_is_valid(const char *text);

/* The header "X-Signature: v1=…" under a valid secret. */
void signing_make_header(const char *secret_text, const struct signed_parts *parts,
                         char ret_header[static SIGNING_HEADER_SIZE]);
