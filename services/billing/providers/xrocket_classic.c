/* xRocket Pay as it was at pay.xrocket.tg: OpenAPI 1.3.1 of xrocket-pay-ts-sdk.
 *
 * It prices in coins only, so amounts are asked for in USDT, taken as dollars one to one; any other
 * coin would need a rate of ours and is refused. */
#include "lib/base/money.h"
#include "services/billing/providers/provider_answer.h"
#include "services/billing/providers/provider_body.h"
#include "services/billing/providers/provider_hmac.h"
#include "services/billing/providers/provider_request.h"
#include "services/billing/providers/provider_table.h"
#include "services/billing/providers/provider_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* 0 would be for ever. */
static const int64_t lifetime_max_s = 86400;

/* Among as many invoices one without a known id is looked for. */
#define RECENT_COUNT "100"

static const struct provider_state_name states[] = {
    {"active",  PROVIDER_OPEN   },
    {"paid",    PROVIDER_PAID   },
    {"expired", PROVIDER_EXPIRED},
};

static void begin(struct provider_request *request, const char *method,
                  const struct provider_settings *settings, const char *path)
{
    provider_request_begin(request, method, settings, path);
    provider_request_add_header(request, "Rocket-Pay-Key", "", settings->token);
    provider_request_expect_json(request);
}

static void write_invoice(struct buffer *body, const struct provider_settings *settings,
                          const struct provider_order *order)
{
    char amount[MONEY_TEXT_SIZE];

    provider_body_begin(body);
    provider_body_add_json(body, "amount", money_format(order->amount_cents, amount));
    provider_body_add_integer(body, "numPayments", 1);
    provider_body_add_text(body, "currency", "USDT");
    provider_body_add_deposit(body, "description", order->reference);
    provider_body_add_json(body, "commentsEnabled", "false");
    /* The address of a button, not where it calls us. */
    provider_body_add_optional(body, "callbackUrl", settings->return_url);
    provider_body_add_text(body, "payload", order->reference);
    provider_body_add_integer(body, "expiredIn",
                              provider_body_lifetime(order->lifetime_s, lifetime_max_s));
    provider_body_end(body);
}

static bool takes_asset(const struct provider_settings *settings, const char *asset)
{
    (void)settings;
    return strcasecmp(asset, "USDT") == 0;
}

static int write_create(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    if (!provider_takes_asset(&provider_xrocket_classic, settings, order->asset))
        return provider_answer_refuse(NULL, PROVIDER_REFUSED, "only USDT is taken", error);
    begin(&request, "POST", settings, "/tg-invoices");
    write_invoice(&request.body, settings, order);
    return provider_request_finish(&request, ret_request, error);
}

static int write_find(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    (void)order;
    /* There is no asking by payload. */
    if (external_id[0] != '\0') {
        begin(&request, "GET", settings, "/tg-invoices/");
        provider_request_add_path(&request, external_id);
    } else {
        begin(&request, "GET", settings, "/tg-invoices");
        provider_request_add_query(&request, "limit", RECENT_COUNT);
        provider_request_add_query(&request, "offset", "0");
    }
    return provider_request_finish(&request, ret_request, error);
}

/* From when it was made and for how long. 0: for ever, or it does not say. */
static int64_t expiry_us(const json_t *object)
{
    const int64_t created_us = provider_json_time_us(object, "created");
    const int64_t lifetime_us = provider_json_time_us(object, "expiredIn");
    int64_t expires_us;

    if (created_us <= 0 || lifetime_us <= 0 ||
        __builtin_add_overflow(created_us, lifetime_us, &expires_us))
        return 0;
    return expires_us;
}

static int read_invoice(const json_t *object, const struct provider_order *order,
                        struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice = {0};
    int result =
        provider_answer_identity(provider_json_text(object, "id"),
                                 provider_json_text(object, "payload"), order, &invoice, error);

    if (result != 0)
        return result;
    if (provider_answer_state(provider_json_text(object, "status"), states, ARRAY_LENGTH(states),
                              &invoice.state))
        return provider_answer_broken("status", error);
    if (!provider_json_is(object, "currency", "USDT"))
        return provider_answer_broken("currency", error);
    if (provider_text_url(provider_json_text(object, "link"), invoice.pay_url,
                          sizeof(invoice.pay_url)))
        return provider_answer_broken("link", error);
    invoice.expires_at_us = expiry_us(object);
    result =
        provider_answer_exact_amount(provider_json_text(object, "amount"), order, &invoice, error);
    if (result == 0)
        *ret_invoice = invoice;
    return result;
}

/* 0 and the data, or why not. */
static int read_envelope(const struct provider_settings *settings, unsigned status,
                         const void *body, size_t length, json_t **ret_root, struct error *error)
{
    json_auto_t *root = NULL;
    const int result = provider_answer_parse(status, body, length, &root, error);

    if (result != 0)
        return result;
    if (json_is_true(provider_json_member(root, "success"))) {
        *ret_root = TAKE(root);
        return 0;
    }
    if (!json_is_false(provider_json_member(root, "success")))
        return provider_answer_broken("success", error);
    return provider_answer_refuse(settings, status == 404 ? PROVIDER_NOT_FOUND : PROVIDER_REFUSED,
                                  provider_json_text(root, "message"), error);
}

static int read_create(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    const int result = read_envelope(settings, status, body, length, &root, error);

    if (result == PROVIDER_NOT_FOUND)
        return PROVIDER_REFUSED;
    if (result != 0)
        return result;
    return read_invoice(provider_json_member(root, "data"), order, ret_invoice, error);
}

static int read_find(const struct provider_settings *settings, const struct provider_order *order,
                     const char *external_id, unsigned status, const void *body, size_t length,
                     struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    const json_t *data, *items;
    const int result = read_envelope(settings, status, body, length, &root, error);

    if (result != 0)
        return result;
    data = provider_json_member(root, "data");
    if (external_id[0] != '\0')
        return provider_json_is(data, "id", external_id)
                   ? read_invoice(data, order, ret_invoice, error)
                   : provider_answer_broken("id", error);
    items = provider_json_member(data, "results");
    if (!json_is_array(items))
        return provider_answer_broken("results", error);
    for (size_t i = 0; i < json_array_size(items); ++i)
        if (provider_json_is(json_array_get(items, i), "payload", order->reference))
            return read_invoice(json_array_get(items, i), order, ret_invoice, error);
    return provider_answer_refuse(settings, PROVIDER_NOT_FOUND, "no such invoice", error);
}

static bool is_authentic(const struct provider_settings *settings,
                         const struct provider_callback *callback)
{
    char expected[PROVIDER_HMAC_SHA256_SIZE];

    if (settings->token[0] == '\0')
        return false;
    provider_hmac_sha256_hashed_key(settings->token, callback->body, callback->body_length,
                                    expected);
    return provider_hmac_matches(callback->header(callback->header_context, "rocket-pay-signature"),
                                 expected);
}

static int read_callback(const struct provider_settings *settings,
                         const struct provider_callback *callback,
                         struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    const json_t *object;
    int result;

    if (!is_authentic(settings, callback))
        return PROVIDER_NOT_AUTHENTIC;
    result = provider_json_parse(callback->body, callback->body_length, &root, error);
    if (result != 0)
        return result;
    object = provider_json_member(root, "data");
    if (!provider_json_is(root, "type", "invoicePay"))
        return PROVIDER_IGNORED;
    return provider_answer_hint(
        provider_json_text(object, "id"), provider_json_text(object, "payload"),
        provider_json_text(object, "status"), states, ARRAY_LENGTH(states), ret_invoice, error);
}

const struct provider provider_xrocket_classic = {
    .takes_asset = takes_asset,
    .write_create = write_create,
    .read_create = read_create,
    .write_find = write_find,
    .read_find = read_find,
    .read_callback = read_callback,
};
