#include "services/billing/providers/provider_table.h"
#include "services/billing/providers/provider_text.h"

#include <string.h>

const struct provider *const providers[] = {
    &provider_crypto, &provider_cryptobot, &provider_xrocket, &provider_lolz, &provider_sbp,
};

const size_t provider_count = ARRAY_LENGTH(providers);

const struct provider *provider_find(const char *name)
{
    for (size_t i = 0; i < provider_count; ++i)
        if (strcmp(providers[i]->name, name) == 0)
            return providers[i];
    return NULL;
}

bool provider_takes_no_asset(const struct provider_settings *settings, const char *asset)
{
    (void)settings;
    (void)asset;
    return false;
}

bool provider_takes_asset(const struct provider *provider, const struct provider_settings *settings,
                          const char *asset)
{
    if (asset[0] == '\0')
        return true;
    return provider_text_is_asset(asset) &&
           (provider->takes_asset == NULL || provider->takes_asset(settings, asset));
}

static bool speaks(const struct provider *provider, const char *dialect)
{
    if (dialect[0] == '\0')
        return true;
    for (const char *const *known = provider->dialects; *known != NULL; ++known)
        if (strcmp(*known, dialect) == 0)
            return true;
    return false;
}

static bool is_url(const char *text)
{
    char copy[PROVIDER_URL_SIZE];

    return !provider_text_url(text, copy, sizeof(copy));
}

/* An optional address. */
static bool is_url_or_none(const char *text)
{
    return text[0] == '\0' || is_url(text);
}

static const char *first_wrong(const struct provider *provider,
                               const struct provider_settings *settings)
{
    if (!is_url(settings->base_url))
        return "base_url";
    if (settings->token[0] == '\0')
        return "token";
    if (provider->needs_secret && settings->secret[0] == '\0')
        return "secret";
    if (provider->needs_account && settings->account[0] == '\0')
        return "account";
    if (!speaks(provider, settings->dialect))
        return "dialect";
    if (!is_url_or_none(settings->callback_url))
        return "callback_url";
    if (!is_url_or_none(settings->return_url) ||
        (provider->needs_return_url && settings->return_url[0] == '\0'))
        return "return_url";
    if (provider->needs_kopecks && settings->kopecks_per_usd <= 0)
        return "kopecks_per_usd";
    return NULL;
}

int provider_check(const struct provider *provider, const struct provider_settings *settings,
                   struct error *error)
{
    const char *wrong = first_wrong(provider, settings);

    if (wrong == NULL)
        return 0;
    return error_set(error, FAULT_HARD, "%s: %s is missing or can't be used", provider->name,
                     wrong);
}
