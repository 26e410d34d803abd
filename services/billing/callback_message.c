#include "services/billing/callback_message.h"

#include <string.h>
#include <strings.h>

/* The headers as texts. */
struct headers {
    size_t count;
    const char *names[CALLBACK_HEADERS_MAX];
    char values[CALLBACK_HEADERS_MAX][CALLBACK_HEADER_SIZE];
};

/* What holds a NUL or is too long was not sent. */
static void add_header(struct headers *headers, const Slipway__V1__CallbackHeader *header)
{
    const ProtobufCBinaryData *value = &header->value;

    if (headers->count == CALLBACK_HEADERS_MAX || value->len >= CALLBACK_HEADER_SIZE ||
        (value->len > 0 && memchr(value->data, '\0', value->len) != NULL))
        return;
    headers->names[headers->count] = header->name;
    if (value->len > 0)
        memcpy(headers->values[headers->count], value->data, value->len);
    headers->values[headers->count][value->len] = '\0';
    ++headers->count;
}

static const char *find_header(void *context, const char *name)
{
    const struct headers *headers = context;

    for (size_t i = 0; i < headers->count; ++i)
        if (strcasecmp(headers->names[i], name) == 0)
            return headers->values[i];
    return NULL;
}

int callback_message_read(const Slipway__V1__ProviderCallback *message,
                          const struct provider_entry *entry, struct provider_invoice *ret_invoice,
                          struct error *error)
{
    struct headers headers = {.count = 0};
    const struct provider_callback callback = {
        .body = message->body.len > 0 ? (const void *)message->body.data : "",
        .body_length = message->body.len,
        .header = find_header,
        .header_context = &headers,
    };

    for (size_t i = 0; i < message->n_headers; ++i)
        add_header(&headers, message->headers[i]);
    return entry->provider->read_callback(&entry->settings, &callback, ret_invoice, error);
}
