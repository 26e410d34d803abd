/* xRocket Pay in its two generations; the dialect says which one is spoken. Every callback is
 * confirmed by asking, since the newer one's are not known to be signed. */
#include "services/billing/providers/provider_table.h"

#include <string.h>

static const struct provider *dialect_of(const struct provider_settings *settings)
{
    return strncmp(settings->dialect, "exchange", strlen("exchange")) == 0
               ? &provider_xrocket_exchange
               : &provider_xrocket_classic;
}

static bool takes_asset(const struct provider_settings *settings, const char *asset)
{
    return provider_takes_asset(dialect_of(settings), settings, asset);
}

static int write_create(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error)
{
    return dialect_of(settings)->write_create(settings, order, ret_request, error);
}

static int read_create(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    return dialect_of(settings)->read_create(settings, order, status, body, length, ret_invoice,
                                             error);
}

static int write_find(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error)
{
    return dialect_of(settings)->write_find(settings, order, external_id, ret_request, error);
}

static int read_find(const struct provider_settings *settings, const struct provider_order *order,
                     const char *external_id, unsigned status, const void *body, size_t length,
                     struct provider_invoice *ret_invoice, struct error *error)
{
    return dialect_of(settings)->read_find(settings, order, external_id, status, body, length,
                                           ret_invoice, error);
}

static int read_callback(const struct provider_settings *settings,
                         const struct provider_callback *callback,
                         struct provider_invoice *ret_invoice, struct error *error)
{
    return dialect_of(settings)->read_callback(settings, callback, ret_invoice, error);
}

/* "exchange-usdt" prices in USDT, one to one, should the newer generation not price in dollars. */
static const char *const dialects[] = {"classic", "exchange", "exchange-usdt", NULL};

const struct provider provider_xrocket = {
    .name = "xrocket",
    .dialects = dialects,
    .confirm_callbacks = true,
    .takes_asset = takes_asset,
    .write_create = write_create,
    .read_create = read_create,
    .write_find = write_find,
    .read_find = read_find,
    .read_callback = read_callback,
};
