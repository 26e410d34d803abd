#include "services/gateway/callback_request.h"

#include "lib/base/cleanup.h"
#include "services/gateway/proto_text.h"

/* Where providers put a signature or a secret; billing knows which is whose. */
static const char *const signature_headers[] = {
    "Authorization", "Crypto-Pay-API-Signature", "Rocket-Pay-Signature",
    "X-Secret-Key",  "X-NowPayments-Sig",        "BTCPay-Sig",
    "Signature",
};

static_assert(ARRAY_LENGTH(signature_headers) <= CALLBACK_HEADERS_MAX, "there is room for each");

static void add_header(struct callback_request *request, const char *name, const char *value)
{
    Slipway__V1__CallbackHeader *header = &request->headers[request->command.n_headers];

    slipway__v1__callback_header__init(header);
    header->name = proto_text(name);
    header->value = (ProtobufCBinaryData){strlen(value), (uint8_t *)proto_text(value)};
    request->pointers[request->command.n_headers++] = header;
}

void callback_request_fill(const char *provider, const void *body, size_t length,
                           callback_header_fn header, void *context,
                           struct callback_request *ret_request)
{
    slipway__v1__provider_callback__init(&ret_request->command);
    ret_request->command.provider = proto_text(provider);
    ret_request->command.body = (ProtobufCBinaryData){length, (uint8_t *)proto_text(body)};
    ret_request->command.headers = ret_request->pointers;
    for (size_t i = 0; i < ARRAY_LENGTH(signature_headers); ++i) {
        const char *value = header(context, signature_headers[i]);

        if (value != NULL)
            add_header(ret_request, signature_headers[i], value);
    }
}
