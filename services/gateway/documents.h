/* The OpenAPI document and the pages that are made from it when the gateway is built; see
 * openapi/bundle.py and openapi/pages.py. */
#pragma once

#include <stddef.h>

enum document_name {
    DOCUMENT_OPENAPI,
    DOCUMENT_REFERENCE,
    DOCUMENT_ERRORS,
    DOCUMENT_COUNT,
};

struct document {
    /* NUL-terminated; length without the NUL. */
    const char *text;
    size_t length;
    /* Of Content-Type, ETag and Content-Security-Policy. */
    const char *media_type, *etag, *policy;
};

const struct document *document_find(enum document_name name);
