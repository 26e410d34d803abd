/* Answers of payment providers: whatever the bytes, an invoice that is fit to be shown, or a
 * refusal that leaves everything as it was.
 *
 * The first byte picks provider, dialect and question, the second the status. */
#include "services/billing/providers/provider.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct provider_order order = {
    .reference = "slipway-9002",
    .amount_cents = 5000,
    .asset = "",
    .lifetime_s = 3600,
};

static void assert_visible(const char *text, size_t size)
{
    assert(strnlen(text, size) < size);
    for (; *text != '\0'; ++text)
        assert(*text > ' ' && *text <= '~');
}

static void check(const struct provider_invoice *invoice)
{
    assert_visible(invoice->external_id, sizeof(invoice->external_id));
    assert_visible(invoice->reference, sizeof(invoice->reference));
    assert_visible(invoice->pay_url, sizeof(invoice->pay_url));
    assert_visible(invoice->address, sizeof(invoice->address));
    assert_visible(invoice->network, sizeof(invoice->network));
    assert_visible(invoice->memo, sizeof(invoice->memo));
    assert_visible(invoice->pay_amount, sizeof(invoice->pay_amount));
    assert(invoice->external_id[0] != '\0');
    assert(invoice->reference[0] == '\0' || strcmp(invoice->reference, order.reference) == 0);
    assert(invoice->pay_url[0] != '\0' || invoice->address[0] != '\0');
    assert(invoice->paid_cents >= 0);
    assert(invoice->paid_cents == 0 || invoice->state == PROVIDER_PAID);
}

static int read_as(const struct provider *provider, const char *dialect, unsigned question,
                   unsigned status, const uint8_t *data, size_t size,
                   struct provider_invoice *ret_invoice)
{
    const struct provider_settings settings = {
        .base_url = "https://api.example",
        .token = "token",
        .secret = "secret",
        .account = "77",
        .dialect = dialect,
        .callback_url = "",
        .return_url = "https://example/thanks",
        .kopecks_per_usd = 9500,
    };
    struct error error = {0};

    if (question == 0)
        return provider->read_create(&settings, &order, status, data, size, ret_invoice, &error);
    return provider->read_find(&settings, &order, question == 1 ? "" : "528890", status, data, size,
                               ret_invoice, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned statuses[] = {200, 201, 400, 401, 404, 422, 429, 500};
    static const struct provider_invoice untouched;
    struct provider_invoice invoice;
    size_t dialects = 0;
    const struct provider *provider;
    const char *dialect;

    if (size < 2)
        return 0;
    provider = providers[data[0] % provider_count];
    while (provider->dialects[dialects] != NULL)
        ++dialects;
    dialect = dialects == 0 ? "" : provider->dialects[(data[0] / 16) % dialects];
    memset(&invoice, 0, sizeof(invoice));
    if (read_as(provider, dialect, data[1] / 16 % 3, statuses[data[1] % ARRAY_LENGTH(statuses)],
                data + 2, size - 2, &invoice) == 0)
        check(&invoice);
    else
        assert(memcmp(&invoice, &untouched, sizeof(invoice)) == 0);
    return 0;
}
