#include "services/billing/provider_book.h"

#include "services/billing/config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The settings of each provider that the API names. */
static const struct member {
    const char *name;
    size_t offset;
} members[] = {
    {"crypto",    offsetof(struct billing_config, crypto)   },
    {"cryptobot", offsetof(struct billing_config, cryptobot)},
    {"xrocket",   offsetof(struct billing_config, xrocket)  },
    {"lolz",      offsetof(struct billing_config, lolz)     },
    {"sbp",       offsetof(struct billing_config, sbp)      },
};

static const struct provider_config *find_config(const struct billing_config *config,
                                                 const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(members); ++i)
        if (strcmp(members[i].name, name) == 0)
            return (const void *)((const char *)config + members[i].offset);
    return NULL;
}

static int fill(const struct billing_config *config, const struct provider *provider,
                struct provider_entry *entry, struct error *error)
{
    const struct provider_config *settings = find_config(config, provider->name);

    assert(settings != NULL);
    if (config->callback_base_url[0] != '\0' &&
        snprintf(entry->callback_url, sizeof(entry->callback_url), "%s/callbacks/%s",
                 config->callback_base_url, provider->name) >= (int)sizeof(entry->callback_url))
        return error_set(error, FAULT_HARD, "configuration: DEPOSIT_CALLBACK_BASE_URL is too long");
    entry->provider = provider;
    entry->lifetime_s = config->deposit_lifetime_s;
    entry->settings = (struct provider_settings){
        .base_url = settings->url,
        .token = settings->token,
        .secret = settings->secret,
        .account = settings->account,
        .dialect = settings->dialect,
        .callback_url = entry->callback_url,
        .return_url = config->return_url,
        .kopecks_per_usd = config->kopecks_per_usd,
        .fee_basis_points = settings->fee_basis_points,
    };
    return provider_entry_is_available(entry) ? provider_check(provider, &entry->settings, error)
                                              : 0;
}

int provider_book_init(const struct billing_config *config, struct provider_book *ret_book,
                       struct error *error)
{
    int result = 0;

    assert(provider_count <= PROVIDER_BOOK_MAX);
    *ret_book = (struct provider_book){.count = provider_count};
    for (size_t i = 0; result == 0 && i < provider_count; ++i)
        result = fill(config, providers[i], &ret_book->entries[i], error);
    return result;
}

const struct provider_entry *provider_book_find(const struct provider_book *book, const char *name)
{
    for (size_t i = 0; i < book->count; ++i)
        if (strcmp(book->entries[i].provider->name, name) == 0)
            return &book->entries[i];
    return NULL;
}

bool provider_entry_is_available(const struct provider_entry *entry)
{
    return entry->settings.token[0] != '\0';
}
