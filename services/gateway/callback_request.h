/* What a payment provider has sent to /callbacks/{provider}, as it is passed on. */
#pragma once

#include "proto/billing.pb-c.h"

#include <stddef.h>

enum { CALLBACK_HEADERS_MAX = 8 };

/* `command` points into the rest. Not to be copied. */
struct callback_request {
    Slipway__V1__ProviderCallback command;
    Slipway__V1__CallbackHeader headers[CALLBACK_HEADERS_MAX];
    Slipway__V1__CallbackHeader *pointers[CALLBACK_HEADERS_MAX];
};

/* NULL: the header was not sent. */
typedef const char *(*callback_header_fn)(void *context, const char *name);

/* Takes the headers that providers sign with, and no other. Texts and the body are borrowed. */
void callback_request_fill(const char *provider, const void *body, size_t length,
                           callback_header_fn header, void *context,
                           struct callback_request *ret_request);
