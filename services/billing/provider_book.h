/* The payment providers as the settings have them. Read-only once it is filled; tokens and secrets
 * stand here and in provider requests only. */
#pragma once

#include "services/billing/providers/provider.h"

enum { PROVIDER_BOOK_MAX = 8, CALLBACK_URL_SIZE = 512 };

struct provider_entry {
    const struct provider *provider;
    struct provider_settings settings;
    /* Of an invoice. */
    int64_t lifetime_s;
    /* What settings.callback_url points to. */
    char callback_url[CALLBACK_URL_SIZE];
};

struct provider_book {
    struct provider_entry entries[PROVIDER_BOOK_MAX];
    size_t count;
};

struct billing_config;

/* Texts are borrowed from the configuration. FAULT_HARD: a provider that has a token can't work
 * with its other settings. `ret_book` must not move afterwards. */
MUST_CHECK int provider_book_init(const struct billing_config *config,
                                  struct provider_book *ret_book, struct error *error);

/* NULL: no provider of that name. */
const struct provider_entry *provider_book_find(const struct provider_book *book, const char *name);

/* It has a token; without one it is refused by name. */
bool provider_entry_is_available(const struct provider_entry *entry);
