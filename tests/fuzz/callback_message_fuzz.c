/* ProviderCallback as it comes off the wire: the first byte picks the provider, the rest is the
 * packed message. */
#include "services/billing/callback_message.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct provider_settings settings = {
    .base_url = "https://provider.example",
    .token = "1000:token",
    .secret = "secret",
    .account = "77",
    .dialect = "",
    .callback_url = "",
    .return_url = "https://shop.example/",
    .kopecks_per_usd = 9000,
};

/* Texts of an invoice end within their members. */
static void check_invoice(const struct provider_invoice *invoice)
{
    assert(memchr(invoice->external_id, '\0', sizeof(invoice->external_id)) != NULL);
    assert(memchr(invoice->reference, '\0', sizeof(invoice->reference)) != NULL);
    assert(invoice->paid_cents >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slipway__V1__ProviderCallback *message;
    struct provider_invoice invoice = {0};
    struct provider_entry entry = {.settings = settings};
    struct error error;

    if (size < 1)
        return 0;
    entry.provider = providers[data[0] % provider_count];
    message = slipway__v1__provider_callback__unpack(NULL, size - 1, data + 1);
    if (message == NULL)
        return 0;
    if (callback_message_read(message, &entry, &invoice, &error) == 0)
        check_invoice(&invoice);
    slipway__v1__provider_callback__free_unpacked(message, NULL);
    return 0;
}
