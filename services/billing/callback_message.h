/* A ProviderCallback as providers read it. Pure. */
#pragma once

#include "services/billing/provider_book.h"

#include "proto/billing.pb-c.h"

/* Larger bodies, and headers that are longer or more, are not looked at. */
enum {
    CALLBACK_BODY_MAX = 256 * 1024,
    CALLBACK_HEADERS_MAX = 16,
    CALLBACK_HEADER_SIZE = 1024,
};

/* Judges and reads it as provider->read_callback() does. */
MUST_CHECK int callback_message_read(const Slipway__V1__ProviderCallback *message,
                                     const struct provider_entry *entry,
                                     struct provider_invoice *ret_invoice, struct error *error);
