/* Crypto Pay (@CryptoBot), help.send.tg/en/articles/10279948-crypto-pay-api.
 *
 * Invoices are made in dollars (currency_type fiat) also when a coin is named, which then is the
 * only one accepted: priced in the coin, an invoice would have to be made at a rate of ours. */
#include "lib/base/money.h"
#include "services/billing/providers/provider_answer.h"
#include "services/billing/providers/provider_body.h"
#include "services/billing/providers/provider_hmac.h"
#include "services/billing/providers/provider_request.h"
#include "services/billing/providers/provider_table.h"
#include "services/billing/providers/provider_text.h"

/* The provider's own limit. */
static const int64_t lifetime_max_s = 2678400;

/* Their newest invoices among which one without a known id is looked for; 100 of them stay below
 * 256 KiB. */
#define RECENT_COUNT "100"

static void begin(struct provider_request *request, const char *method,
                  const struct provider_settings *settings, const char *path)
{
    provider_request_begin(request, method, settings, path);
    provider_request_add_header(request, "Crypto-Pay-API-Token", "", settings->token);
}

static void write_invoice(struct buffer *body, const struct provider_settings *settings,
                          const struct provider_order *order)
{
    char amount[MONEY_TEXT_SIZE];

    provider_body_begin(body);
    provider_body_add_text(body, "currency_type", "fiat");
    provider_body_add_text(body, "fiat", "USD");
    provider_body_add_optional(body, "accepted_assets", order->asset);
    provider_body_add_text(body, "amount", money_format(order->amount_cents, amount));
    provider_body_add_deposit(body, "description", order->reference);
    provider_body_add_text(body, "payload", order->reference);
    provider_body_add_json(body, "allow_comments", "false");
    provider_body_add_integer(body, "expires_in",
                              provider_body_lifetime(order->lifetime_s, lifetime_max_s));
    if (settings->return_url[0] != '\0') {
        provider_body_add_text(body, "paid_btn_name", "callback");
        provider_body_add_text(body, "paid_btn_url", settings->return_url);
    }
    provider_body_end(body);
}

static int write_create(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    if (!provider_takes_asset(&provider_cryptobot, settings, order->asset))
        return provider_answer_refuse(NULL, PROVIDER_REFUSED, "there is no such asset", error);
    begin(&request, "POST", settings, "/api/createInvoice");
    provider_request_expect_json(&request);
    write_invoice(&request.body, settings, order);
    return provider_request_finish(&request, ret_request, error);
}

static int write_find(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    (void)order;
    begin(&request, "GET", settings, "/api/getInvoices");
    provider_request_add_header(&request, "Accept", "", "application/json");
    /* There is no asking by payload. */
    if (external_id[0] != '\0')
        provider_request_add_query(&request, "invoice_ids", external_id);
    else
        provider_request_add_query(&request, "count", RECENT_COUNT);
    return provider_request_finish(&request, ret_request, error);
}

static const struct provider_state_name states[] = {
    {"active",  PROVIDER_OPEN   },
    {"paid",    PROVIDER_PAID   },
    {"expired", PROVIDER_EXPIRED},
};

/* Only what we made is counted in dollars; an app may have other invoices too. */
static bool is_in_dollars(const json_t *invoice)
{
    return provider_json_is(invoice, "currency_type", "fiat") &&
           provider_json_is(invoice, "fiat", "USD");
}

static const char *pay_url(const json_t *invoice)
{
    const char *url = provider_json_text(invoice, "bot_invoice_url");

    return url != NULL ? url : provider_json_text(invoice, "pay_url");
}

/* `order` is NULL where it is not known. */
static int read_invoice(const json_t *object, const struct provider_order *order,
                        struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice = {0};
    int result =
        provider_answer_identity(provider_json_text(object, "invoice_id"),
                                 provider_json_text(object, "payload"), order, &invoice, error);

    if (result != 0)
        return result;
    if (provider_answer_state(provider_json_text(object, "status"), states, ARRAY_LENGTH(states),
                              &invoice.state))
        return provider_answer_broken("status", error);
    if (!is_in_dollars(object))
        return provider_answer_broken("fiat", error);
    if (provider_text_url(pay_url(object), invoice.pay_url, sizeof(invoice.pay_url)))
        return provider_answer_broken("bot_invoice_url", error);
    invoice.expires_at_us = provider_json_time_us(object, "expiration_date");
    result =
        provider_answer_exact_amount(provider_json_text(object, "amount"), order, &invoice, error);
    if (result == 0)
        *ret_invoice = invoice;
    return result;
}

/* What `ok` says, whatever the HTTP status: 0 and the result, or why not. */
static int read_envelope(const struct provider_settings *settings, unsigned status,
                         const void *body, size_t length, json_t **ret_root, struct error *error)
{
    json_auto_t *root = NULL;
    const json_t *failure;
    int result = provider_answer_parse(status, body, length, &root, error);

    if (result != 0)
        return result;
    failure = provider_json_member(root, "error");
    if (json_is_true(provider_json_member(root, "ok")))
        *ret_root = TAKE(root);
    else if (!json_is_object(failure))
        result = provider_answer_broken("result", error);
    else if (provider_json_is(failure, "code", "429"))
        result = PROVIDER_BUSY;
    else
        result = provider_json_is(failure, "name", "INVOICE_NOT_FOUND") ? PROVIDER_NOT_FOUND
                                                                        : PROVIDER_REFUSED;
    return result <= 0 ? result
                       : provider_answer_refuse(settings, result,
                                                provider_json_text(failure, "name"), error);
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
    return read_invoice(provider_json_member(root, "result"), order, ret_invoice, error);
}

static bool is_wanted(const json_t *item, const struct provider_order *order,
                      const char *external_id)
{
    if (external_id[0] != '\0')
        return provider_json_is(item, "invoice_id", external_id);
    return provider_json_is(item, "payload", order->reference);
}

static int read_find(const struct provider_settings *settings, const struct provider_order *order,
                     const char *external_id, unsigned status, const void *body, size_t length,
                     struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    const json_t *items;
    int result = read_envelope(settings, status, body, length, &root, error);

    if (result != 0)
        return result;
    items = provider_json_member(provider_json_member(root, "result"), "items");
    if (!json_is_array(items))
        return provider_answer_broken("items", error);
    for (size_t i = 0; i < json_array_size(items); ++i)
        if (is_wanted(json_array_get(items, i), order, external_id))
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
    return provider_hmac_matches(
        callback->header(callback->header_context, "crypto-pay-api-signature"), expected);
}

/* update_id is not unique, so nothing is told of it: an invoice is paid once. */
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
    object = provider_json_member(root, "payload");
    if (!provider_json_is(root, "update_type", "invoice_paid") || !is_in_dollars(object))
        return PROVIDER_IGNORED;
    return read_invoice(object, NULL, ret_invoice, error);
}

static const char *const dialects[] = {NULL};

const struct provider provider_cryptobot = {
    .name = "cryptobot",
    .dialects = dialects,
    .confirm_callbacks = false,
    .write_create = write_create,
    .read_create = read_create,
    .write_find = write_find,
    .read_find = read_find,
    .read_callback = read_callback,
};
