/* Callbacks of payment providers, as anyone may send them: whatever the bytes, a refusal, or a sane
 * invoice of which something is known to ask by.
 *
 * The first byte picks provider and dialect, and whether the signature is right, the header's own
 * first line, or missing. Right ones are made here, so that what lies behind them is reached. */
#include "services/billing/providers/provider.h"
#include "services/billing/providers/provider_canonical.h"
#include "services/billing/providers/provider_hmac.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sent {
    const char *name;
    char value[256];
};

static const char *header(void *context, const char *name)
{
    const struct sent *sent = context;

    return sent->name != NULL && strcasecmp(sent->name, name) == 0 ? sent->value : NULL;
}

/* What each provider would have sent over these bytes. */
static void sign(const struct provider *provider, const void *body, size_t length,
                 struct sent *sent)
{
    const bool coins = strcmp(provider->name, "crypto") == 0;
    CLEANUP(buffer_deinit) struct buffer text = {0};
    json_auto_t *root = NULL;

    if (strcmp(provider->name, "cryptobot") == 0 || strcmp(provider->name, "xrocket") == 0) {
        provider_hmac_sha256_hashed_key("token", body, length, sent->value);
        return;
    }
    if (strcmp(provider->name, "lolz") == 0) {
        memcpy(sent->value, "secret", sizeof("secret"));
        return;
    }
    if (provider_json_parse(body, length, &root, NULL) != 0 ||
        provider_canonical_append(
            &text, root, coins ? PROVIDER_CANONICAL_JS : PROVIDER_CANONICAL_PHP, NULL) != 0)
        return;
    if (coins)
        provider_hmac_sha512("secret", text.data, text.length, sent->value);
    else
        provider_hmac_sha256("secret", text.data, text.length, sent->value);
}

static const char *header_name(const struct provider *provider)
{
    static const char *const names[][2] = {
        {"crypto",    "x-nowpayments-sig"       },
        {"cryptobot", "crypto-pay-api-signature"},
        {"xrocket",   "rocket-pay-signature"    },
        {"lolz",      "x-secret-key"            },
        {"sbp",       "authorization"           },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); ++i)
        if (strcmp(names[i][0], provider->name) == 0)
            return names[i][1];
    return NULL;
}

static void assert_visible(const char *text, size_t size)
{
    assert(strnlen(text, size) < size);
    for (; *text != '\0'; ++text)
        assert(*text > ' ' && *text <= '~');
}

static void judge(const struct provider *provider, const char *dialect, struct sent *sent,
                  bool is_signed, const uint8_t *data, size_t size)
{
    const struct provider_settings settings = {
        .base_url = "https://api.example",
        .token = "token",
        .secret = "secret",
        .account = "77",
        .dialect = dialect,
        .callback_url = "",
        .return_url = "",
        .kopecks_per_usd = 9500,
    };
    const struct provider_callback callback = {data, size, header, sent};
    struct provider_invoice invoice;
    struct error error = {0};
    int result;

    memset(&invoice, 0, sizeof(invoice));
    result = provider->read_callback(&settings, &callback, &invoice, &error);
    if (result != 0) {
        assert(invoice.external_id[0] == '\0' && invoice.reference[0] == '\0');
        return;
    }
    assert_visible(invoice.external_id, sizeof(invoice.external_id));
    assert_visible(invoice.reference, sizeof(invoice.reference));
    assert(invoice.external_id[0] != '\0' || invoice.reference[0] != '\0');
    assert(invoice.paid_cents == 0 || !provider->confirm_callbacks);
    assert(is_signed || strncmp(dialect, "exchange", strlen("exchange")) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct provider *provider;
    struct sent sent = {0};
    size_t dialects = 0;
    unsigned how;
    const char *dialect;

    if (size < 1)
        return 0;
    provider = providers[data[0] % provider_count];
    while (provider->dialects[dialects] != NULL)
        ++dialects;
    dialect = dialects == 0 ? "" : provider->dialects[(data[0] / 16) % dialects];
    how = data[0] / 64;
    ++data;
    --size;
    if (how != 0)
        sent.name = header_name(provider);
    if (how >= 2)
        sign(provider, data, size, &sent);
    else if (how == 1)
        memcpy(sent.value, data, size < sizeof(sent.value) ? size : sizeof(sent.value) - 1);
    judge(provider, dialect, &sent, how >= 2, data, size);
    return 0;
}
