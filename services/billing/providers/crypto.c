/* Coins straight to an address, by a gateway of NOWPayments' shape: documenter.getpostman.com and
 * nowpayments.io, API v1. One address (and memo) a deposit, at a locked rate; what arrives is
 * counted as its share of what was asked for. */
#include "lib/base/money.h"
#include "services/billing/providers/provider_amount.h"
#include "services/billing/providers/provider_answer.h"
#include "services/billing/providers/provider_body.h"
#include "services/billing/providers/provider_canonical.h"
#include "services/billing/providers/provider_hmac.h"
#include "services/billing/providers/provider_request.h"
#include "services/billing/providers/provider_table.h"
#include "services/billing/providers/provider_text.h"

#include <stdio.h>
#include <string.h>

/* Their newest payments among which one without a known id is looked for. */
#define RECENT_COUNT "100"

/* Only what is theirs for good counts as paid; partially_paid is as final as finished. */
static const struct provider_state_name states[] = {
    {"waiting",        PROVIDER_OPEN   },
    {"confirming",     PROVIDER_OPEN   },
    {"confirmed",      PROVIDER_OPEN   },
    {"sending",        PROVIDER_OPEN   },
    {"partially_paid", PROVIDER_PAID   },
    {"finished",       PROVIDER_PAID   },
    {"failed",         PROVIDER_FAILED },
    {"refunded",       PROVIDER_FAILED },
    {"expired",        PROVIDER_EXPIRED},
};

/* The rate is that of the moment of payment, and a payment may take a week. */
static bool is_floating(const struct provider_settings *settings)
{
    return strcmp(settings->dialect, "floating") == 0;
}

static void begin(struct provider_request *request, const char *method,
                  const struct provider_settings *settings, const char *path)
{
    provider_request_begin(request, method, settings, path);
    provider_request_add_header(request, "x-api-key", "", settings->token);
    provider_request_expect_json(request);
}

/* "USDT-TRC20" is their "usdttrc20"; a bare USDT, and no wish at all, are too. True when it is no
 * name of a coin. */
static bool their_currency(const char *asset, char *ret_currency, size_t size)
{
    size_t length = 0;

    if (asset[0] == '\0')
        asset = "usdt";
    if (!provider_text_is_asset(asset) || strlen(asset) >= size)
        return true;
    for (; *asset != '\0'; ++asset)
        if (*asset != '-' && *asset != '_')
            ret_currency[length++] =
                (char)(*asset >= 'A' && *asset <= 'Z' ? *asset | 0x20 : *asset);
    ret_currency[length] = '\0';
    if (strcmp(ret_currency, "usdt") == 0)
        (void)snprintf(ret_currency, size, "usdttrc20");
    return length == 0;
}

static void write_payment(struct buffer *body, const struct provider_settings *settings,
                          const struct provider_order *order, const char *currency)
{
    char amount[MONEY_TEXT_SIZE];

    provider_body_begin(body);
    provider_body_add_json(body, "price_amount", money_format(order->amount_cents, amount));
    provider_body_add_text(body, "price_currency", "usd");
    provider_body_add_text(body, "pay_currency", currency);
    provider_body_add_text(body, "order_id", order->reference);
    provider_body_add_deposit(body, "order_description", order->reference);
    provider_body_add_optional(body, "ipn_callback_url", settings->callback_url);
    provider_body_add_json(body, "is_fixed_rate", is_floating(settings) ? "false" : "true");
    provider_body_end(body);
}

static int write_create(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};
    char currency[PROVIDER_WORD_SIZE];

    if (their_currency(order->asset, currency, sizeof(currency)))
        return provider_answer_refuse(NULL, PROVIDER_REFUSED, "there is no such asset", error);
    begin(&request, "POST", settings, "/v1/payment");
    write_payment(&request.body, settings, order, currency);
    return provider_request_finish(&request, ret_request, error);
}

static int write_find(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    (void)order;
    begin(&request, "GET", settings, "/v1/payment/");
    /* There is no asking by our reference. */
    if (external_id[0] != '\0') {
        provider_request_add_path(&request, external_id);
    } else {
        provider_request_add_query(&request, "limit", RECENT_COUNT);
        provider_request_add_query(&request, "page", "0");
        provider_request_add_query(&request, "sortBy", "created_at");
        provider_request_add_query(&request, "orderBy", "desc");
    }
    return provider_request_finish(&request, ret_request, error);
}

/* At a fixed rate the offer ends before the payment does. */
static int64_t expiry_us(const struct provider_settings *settings, const json_t *payment)
{
    static const char *const names[] = {"expiration_estimate_date", "valid_until"};
    const bool floating = is_floating(settings);
    const int64_t expires_us = provider_json_time_us(payment, names[floating ? 1 : 0]);

    return expires_us != 0 ? expires_us : provider_json_time_us(payment, names[floating ? 0 : 1]);
}

static bool read_destination(const json_t *payment, struct provider_invoice *invoice)
{
    const char *network = provider_json_text(payment, "network");
    const char *memo = provider_json_text(payment, "payin_extra_id");

    if (network == NULL)
        network = provider_json_text(payment, "pay_currency");
    return provider_text_word(provider_json_text(payment, "pay_address"), invoice->address,
                              sizeof(invoice->address)) ||
           provider_text_word(network, invoice->network, sizeof(invoice->network)) ||
           provider_amount_plain(provider_json_text(payment, "pay_amount"), invoice->pay_amount,
                                 sizeof(invoice->pay_amount)) ||
           (memo != NULL && memo[0] != '\0' &&
            provider_text_word(memo, invoice->memo, sizeof(invoice->memo)));
}

/* The price, or its share that has arrived. A payment that an operator of theirs has declared
 * finished may have nothing in actually_paid. */
static bool count_paid(const json_t *payment, int64_t price_cents, struct provider_invoice *invoice)
{
    const char *arrived = provider_json_text(payment, "actually_paid");
    const bool finished = provider_json_is(payment, "payment_status", "finished");
    int64_t share;

    if (invoice->state != PROVIDER_PAID)
        return false;
    if (arrived == NULL && !finished)
        return true;
    if (arrived == NULL) {
        invoice->paid_cents = price_cents;
        return false;
    }
    if (provider_amount_share(price_cents, arrived, invoice->pay_amount, &share))
        return true;
    invoice->paid_cents = share == 0 && finished ? price_cents : share;
    return false;
}

static int read_payment(const struct provider_settings *settings, const json_t *payment,
                        const struct provider_order *order, struct provider_invoice *ret_invoice,
                        struct error *error)
{
    struct provider_invoice invoice = {0};
    int64_t price_cents;
    const int result =
        provider_answer_identity(provider_json_text(payment, "payment_id"),
                                 provider_json_text(payment, "order_id"), order, &invoice, error);

    if (result != 0)
        return result;
    if (provider_answer_state(provider_json_text(payment, "payment_status"), states,
                              ARRAY_LENGTH(states), &invoice.state))
        return provider_answer_broken("payment_status", error);
    if (!provider_json_is(payment, "price_currency", "usd"))
        return provider_answer_broken("price_currency", error);
    if (provider_amount_cents(provider_json_text(payment, "price_amount"), &price_cents) ||
        price_cents != order->amount_cents)
        return provider_answer_broken("price_amount", error);
    if (read_destination(payment, &invoice))
        return provider_answer_broken("address, network, amount or memo", error);
    if (count_paid(payment, price_cents, &invoice))
        return provider_answer_broken("actually_paid", error);
    invoice.expires_at_us = expiry_us(settings, payment);
    *ret_invoice = invoice;
    return 0;
}

/* 0 and the whole answer, or why it is an error. */
static int read_envelope(const struct provider_settings *settings, unsigned status,
                         const void *body, size_t length, json_t **ret_root, struct error *error)
{
    json_auto_t *root = NULL;
    const int result = provider_answer_parse(status, body, length, &root, error);

    if (result != 0)
        return result;
    if (provider_answer_is_success(status)) {
        *ret_root = TAKE(root);
        return 0;
    }
    if (provider_json_text(root, "message") == NULL)
        return provider_answer_broken("message", error);
    return provider_answer_refuse(settings, status == 404 ? PROVIDER_NOT_FOUND : PROVIDER_REFUSED,
                                  provider_json_text(root, "message"), error);
}

static int read_create(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    char currency[PROVIDER_WORD_SIZE];
    const int result = read_envelope(settings, status, body, length, &root, error);

    if (result == PROVIDER_NOT_FOUND)
        return PROVIDER_REFUSED;
    if (result != 0)
        return result;
    /* Coins of another kind sent to this address would be lost. */
    if (their_currency(order->asset, currency, sizeof(currency)) ||
        !provider_json_is(root, "pay_currency", currency))
        return provider_answer_broken("pay_currency", error);
    return read_payment(settings, root, order, ret_invoice, error);
}

static bool has_parent(const json_t *payment)
{
    const char *parent = provider_json_text(payment, "parent_payment_id");

    return parent != NULL && parent[0] != '\0' && strcmp(parent, "0") != 0;
}

/* Later payments to the same address name the first one as their parent. */
static int find_in_list(const struct provider_settings *settings, const json_t *root,
                        const struct provider_order *order, struct provider_invoice *ret_invoice,
                        struct error *error)
{
    const json_t *items = provider_json_member(root, "data");

    if (!json_is_array(items))
        return provider_answer_broken("data", error);
    for (size_t i = 0; i < json_array_size(items); ++i) {
        const json_t *item = json_array_get(items, i);

        if (provider_json_is(item, "order_id", order->reference) && !has_parent(item))
            return read_payment(settings, item, order, ret_invoice, error);
    }
    return provider_answer_refuse(settings, PROVIDER_NOT_FOUND, "no such payment", error);
}

static int read_find(const struct provider_settings *settings, const struct provider_order *order,
                     const char *external_id, unsigned status, const void *body, size_t length,
                     struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    const int result = read_envelope(settings, status, body, length, &root, error);

    /* The list wants a session of a person where a key does not do. A payment whose answer was lost
     * is then as good as none: nobody was shown its address. */
    if (result == PROVIDER_REFUSED && external_id[0] == '\0' && (status == 401 || status == 403))
        return PROVIDER_NOT_FOUND;
    if (result != 0)
        return result;
    if (external_id[0] == '\0')
        return find_in_list(settings, root, order, ret_invoice, error);
    if (!provider_json_is(root, "payment_id", external_id))
        return provider_answer_broken("payment_id", error);
    return read_payment(settings, root, order, ret_invoice, error);
}

static bool is_authentic(const struct provider_settings *settings,
                         const struct provider_callback *callback, json_t *root)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    char expected[PROVIDER_HMAC_SHA512_SIZE];

    if (settings->secret[0] == '\0' ||
        provider_canonical_append(&text, root, PROVIDER_CANONICAL_JS, NULL) != 0)
        return false;
    provider_hmac_sha512(settings->secret, text.data, text.length, expected);
    return provider_hmac_matches(callback->header(callback->header_context, "x-nowpayments-sig"),
                                 expected);
}

static int read_callback(const struct provider_settings *settings,
                         const struct provider_callback *callback,
                         struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;

    /* What can't be read can't be signed either. */
    if (callback->header(callback->header_context, "x-nowpayments-sig") == NULL ||
        provider_json_parse(callback->body, callback->body_length, &root, error) != 0 ||
        !is_authentic(settings, callback, root))
        return PROVIDER_NOT_AUTHENTIC;
    /* Coins sent again to an address are a payment of their own, at the rate of that moment; no
     * deposit asks for them, so what becomes of them is for people to decide. */
    if (has_parent(root))
        return PROVIDER_IGNORED;
    return provider_answer_hint(provider_json_text(root, "payment_id"),
                                provider_json_text(root, "order_id"),
                                provider_json_text(root, "payment_status"), states,
                                ARRAY_LENGTH(states), ret_invoice, error);
}

static const char *const dialects[] = {"fixed", "floating", NULL};

const struct provider provider_crypto = {
    .name = "crypto",
    .dialects = dialects,
    .needs_secret = true,
    .confirm_callbacks = true,
    .write_create = write_create,
    .read_create = read_create,
    .write_find = write_find,
    .read_find = read_find,
    .read_callback = read_callback,
};
