/* protobuf-c takes `char *` where it only reads. */
#pragma once

#include <string.h>

/* The same pointer; what it points at is not changed. */
static inline char *proto_text(const char *text)
{
    char *writable;

    memcpy(&writable, &text, sizeof(writable));
    return writable;
}
