/* SBP, the Russian fast payments, by Lava Business: the official SDK LavaDevelop/lava-sdk.
 *
 * It counts in roubles: the amount is made of dollars at the rate of the settings, rounded up to
 * the kopeck, and goes along as a custom field, so that what was paid is counted at the rate of
 * the invoice even when the settings have another one by then. */
#include "lib/base/encoding.h"
#include "lib/base/money.h"
#include "services/billing/providers/provider_amount.h"
#include "services/billing/providers/provider_answer.h"
#include "services/billing/providers/provider_body.h"
#include "services/billing/providers/provider_canonical.h"
#include "services/billing/providers/provider_hmac.h"
#include "services/billing/providers/provider_request.h"
#include "services/billing/providers/provider_table.h"
#include "services/billing/providers/provider_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The lower of the two limits that its clients name. */
static const int64_t lifetime_max_minutes = 7200;

#define KOPECKS_FIELD "kopecks="

enum { KOPECKS_FIELD_SIZE = 32 };

static const struct provider_state_name states[] = {
    {"created", PROVIDER_OPEN   },
    {"pending", PROVIDER_OPEN   },
    {"success", PROVIDER_PAID   },
    {"cancel",  PROVIDER_FAILED },
    {"error",   PROVIDER_FAILED },
    {"expired", PROVIDER_EXPIRED},
};

/* The signature inside, as the official SDK has it; otherwise as a header over the exact bytes. */
static bool signs_in_body(const struct provider_settings *settings)
{
    return strcmp(settings->dialect, "body") == 0;
}

/* What PHP would have written of this JSON, under a key. */
static int sign_canonical(const char *key, const void *json, size_t length,
                          char ret_hex[static PROVIDER_HMAC_SHA256_SIZE], struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    json_auto_t *root = NULL;
    int result = provider_json_parse(json, length, &root, error);

    if (result == 0)
        result = provider_canonical_append(&text, root, PROVIDER_CANONICAL_PHP, error);
    if (result == 0)
        provider_hmac_sha256(key, text.data, text.length, ret_hex);
    return result;
}

/* The body is ready but for its end. */
static int sign(struct provider_request *request, const struct provider_settings *settings,
                struct error *error)
{
    struct buffer *body = &request->body;
    char signature[PROVIDER_HMAC_SHA256_SIZE];
    int result;

    provider_body_end(body);
    if (body->overflown)
        return error_set(error, FAULT_HARD, "no memory for a request to a provider");
    if (!signs_in_body(settings)) {
        provider_hmac_sha256(settings->token, body->data, body->length, signature);
        provider_request_add_header(request, "Signature", "", signature);
        return 0;
    }
    result = sign_canonical(settings->token, body->data, body->length, signature, error);
    if (result != 0)
        return result;
    --body->length;
    provider_body_add_text(body, "signature", signature);
    provider_body_end(body);
    return 0;
}

static void write_invoice(struct buffer *body, const struct provider_settings *settings,
                          const struct provider_order *order, int64_t kopecks)
{
    const int64_t minutes = order->lifetime_s / 60 + (order->lifetime_s % 60 != 0);
    char sum[MONEY_TEXT_SIZE], field[KOPECKS_FIELD_SIZE];

    (void)money_format(kopecks, sum);
    (void)snprintf(field, sizeof(field), KOPECKS_FIELD "%" PRId64, kopecks);
    provider_body_begin(body);
    /* The SDK sends a text; the others, whose signatures don't depend on it, a number. */
    if (signs_in_body(settings))
        provider_body_add_text(body, "sum", sum);
    else
        provider_body_add_json(body, "sum", sum);
    provider_body_add_text(body, "orderId", order->reference);
    provider_body_add_text(body, "shopId", settings->account);
    provider_body_add_optional(body, "hookUrl", settings->callback_url);
    provider_body_add_optional(body, "successUrl", settings->return_url);
    provider_body_add_optional(body, "failUrl", settings->return_url);
    provider_body_add_integer(body, "expire",
                              provider_body_lifetime(minutes, lifetime_max_minutes));
    provider_body_add_text(body, "customFields", field);
    provider_body_add_deposit(body, "comment", order->reference);
    provider_body_add_json(body, "includeService", "[\"sbp\"]");
}

static int write_create(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};
    int64_t kopecks;
    int result;

    if (!provider_takes_asset(&provider_sbp, settings, order->asset))
        return provider_answer_refuse(NULL, PROVIDER_REFUSED, "no coins are taken", error);
    if (provider_amount_kopecks(order->amount_cents, settings->kopecks_per_usd, &kopecks))
        return error_set(error, FAULT_HARD, "an amount can't be counted in kopecks");
    provider_request_begin(&request, "POST", settings, "/business/invoice/create");
    provider_request_expect_json(&request);
    write_invoice(&request.body, settings, order, kopecks);
    result = sign(&request, settings, error);
    return result != 0 ? result : provider_request_finish(&request, ret_request, error);
}

static int write_find(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};
    int result;

    provider_request_begin(&request, "POST", settings, "/business/invoice/status");
    provider_request_expect_json(&request);
    provider_body_begin(&request.body);
    provider_body_add_text(&request.body, "shopId", settings->account);
    if (external_id[0] != '\0')
        provider_body_add_text(&request.body, "invoiceId", external_id);
    else
        provider_body_add_text(&request.body, "orderId", order->reference);
    result = sign(&request, settings, error);
    return result != 0 ? result : provider_request_finish(&request, ret_request, error);
}

/* One message of an error that is a text, or an object with lists of texts by field. */
static const char *first_words(json_t *failure)
{
    void *at = json_object_iter(failure);

    if (json_is_string(failure))
        return json_string_value(failure);
    if (at != NULL)
        return json_string_value(json_array_get(json_object_iter_value(at), 0));
    return NULL;
}

/* 0 and the whole answer, or why there are no data in it. The status inside counts where HTTP's is
 * a success. */
static int read_envelope(const struct provider_settings *settings, unsigned status,
                         const void *body, size_t length, json_t **ret_root, struct error *error)
{
    json_auto_t *root = NULL;
    const char *words;
    int result = provider_answer_parse(status, body, length, &root, error);

    if (result != 0)
        return result;
    if (provider_answer_is_success(status) && json_is_object(provider_json_member(root, "data"))) {
        *ret_root = TAKE(root);
        return 0;
    }
    if (provider_json_member(root, "error") == NULL)
        return provider_answer_broken("data", error);
    words = first_words(json_object_get(root, "error"));
    result = status == 404 || provider_json_is(root, "status", "404")   ? PROVIDER_NOT_FOUND
             : status == 429 || provider_json_is(root, "status", "429") ? PROVIDER_BUSY
                                                                        : PROVIDER_REFUSED;
    return provider_answer_refuse(settings, result, words, error);
}

static bool is_other_shop(const struct provider_settings *settings, const json_t *data)
{
    const char *shop = provider_json_text(data, "shop_id");

    return shop != NULL && strcmp(shop, settings->account) != 0;
}

/* The time of its end comes without a zone and is left out. */
static int read_create(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice = {.state = PROVIDER_OPEN};
    json_auto_t *root = NULL;
    const json_t *data;
    int64_t asked, kopecks;
    int result = read_envelope(settings, status, body, length, &root, error);

    if (result == PROVIDER_NOT_FOUND)
        return PROVIDER_REFUSED;
    if (result != 0)
        return result;
    data = provider_json_member(root, "data");
    if (is_other_shop(settings, data))
        return provider_answer_broken("shop_id", error);
    if (provider_amount_kopecks(order->amount_cents, settings->kopecks_per_usd, &asked) ||
        provider_amount_cents(provider_json_text(data, "amount"), &kopecks) || kopecks != asked)
        return provider_answer_broken("amount", error);
    if (provider_text_url(provider_json_text(data, "url"), invoice.pay_url,
                          sizeof(invoice.pay_url)))
        return provider_answer_broken("url", error);
    result = provider_answer_identity(provider_json_text(data, "id"), NULL, order, &invoice, error);
    if (result == 0)
        *ret_invoice = invoice;
    return result;
}

/* What was asked for in roubles: as the invoice says, or else by the settings. */
static bool asked_sum(const struct provider_settings *settings, const struct provider_order *order,
                      const json_t *data, char ret_sum[static MONEY_TEXT_SIZE])
{
    const char *field = provider_json_text(data, "custom_fields");
    const size_t prefix = strlen(KOPECKS_FIELD);
    uint64_t number;
    int64_t kopecks;

    if (field != NULL && strncmp(field, KOPECKS_FIELD, prefix) == 0) {
        if (decimal_parse_u64(field + prefix, &number) || number == 0 || number > INT64_MAX)
            return true;
        kopecks = (int64_t)number;
    } else if (provider_amount_kopecks(order->amount_cents, settings->kopecks_per_usd, &kopecks)) {
        return true;
    }
    (void)money_format(kopecks, ret_sum);
    return false;
}

static int read_status(const struct provider_settings *settings, const struct provider_order *order,
                       const json_t *data, struct provider_invoice *invoice, struct error *error)
{
    char sum[MONEY_TEXT_SIZE];
    const int result =
        provider_answer_identity(provider_json_text(data, "id"),
                                 provider_json_text(data, "order_id"), order, invoice, error);

    if (result != 0)
        return result;
    if (is_other_shop(settings, data))
        return provider_answer_broken("shop_id", error);
    if (provider_answer_state(provider_json_text(data, "status"), states, ARRAY_LENGTH(states),
                              &invoice->state))
        return provider_answer_broken("status", error);
    if (invoice->state != PROVIDER_PAID)
        return 0;
    if (asked_sum(settings, order, data, sum))
        return provider_answer_broken("custom_fields", error);
    if (provider_amount_share(order->amount_cents, provider_json_text(data, "amount"), sum,
                              &invoice->paid_cents))
        return provider_answer_broken("amount", error);
    return 0;
}

/* The status does not repeat where the invoice's page is: https://pay.lava.ru/invoice/<id>, when
 * the API is at https://api.lava.ru; below the API itself where there are no such two names. */
static bool guess_page(const struct provider_settings *settings, struct provider_invoice *invoice)
{
    static const char api[] = "https://api.";
    const bool twins = strncmp(settings->base_url, api, strlen(api)) == 0;
    char url[2 * PROVIDER_URL_SIZE];

    (void)snprintf(url, sizeof(url), "%s%.*s/invoice/%.*s", twins ? "https://pay." : "",
                   PROVIDER_URL_SIZE, settings->base_url + (twins ? strlen(api) : 0),
                   PROVIDER_ID_SIZE, invoice->external_id);
    return provider_text_url(url, invoice->pay_url, sizeof(invoice->pay_url));
}

static int read_find(const struct provider_settings *settings, const struct provider_order *order,
                     const char *external_id, unsigned status, const void *body, size_t length,
                     struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice = {0};
    json_auto_t *root = NULL;
    int result = read_envelope(settings, status, body, length, &root, error);

    if (result != 0)
        return result;
    result = read_status(settings, order, provider_json_member(root, "data"), &invoice, error);
    if (result != 0)
        return result;
    if (external_id[0] != '\0' && strcmp(invoice.external_id, external_id) != 0)
        return provider_answer_broken("id", error);
    if (guess_page(settings, &invoice))
        return provider_answer_broken("page", error);
    *ret_invoice = invoice;
    return 0;
}

/* Signed with the shop's additional key, over the members in PHP's own order and spelling. */
static int check_signature(const struct provider_settings *settings,
                           const struct provider_callback *callback, struct error *error)
{
    const char *sent = callback->header(callback->header_context, "Authorization");
    char expected[PROVIDER_HMAC_SHA256_SIZE];

    /* What can't be read can't be signed either. */
    if (sent == NULL || settings->secret[0] == '\0' ||
        sign_canonical(settings->secret, callback->body, callback->body_length, expected, error) !=
            0)
        return PROVIDER_NOT_AUTHENTIC;
    return provider_hmac_matches(sent, expected) ? 0 : PROVIDER_NOT_AUTHENTIC;
}

static int read_callback(const struct provider_settings *settings,
                         const struct provider_callback *callback,
                         struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    int result = check_signature(settings, callback, error);

    if (result != 0)
        return result;
    result = provider_json_parse(callback->body, callback->body_length, &root, error);
    if (result != 0)
        return result;
    /* 4 is a payment of a subscription, which we never ask for. */
    if (provider_json_is(root, "type", "4"))
        return PROVIDER_IGNORED;
    return provider_answer_hint(
        provider_json_text(root, "invoice_id"), provider_json_text(root, "order_id"),
        provider_json_text(root, "status"), states, ARRAY_LENGTH(states), ret_invoice, error);
}

static const char *const dialects[] = {"header", "body", NULL};

const struct provider provider_sbp = {
    .name = "sbp",
    .dialects = dialects,
    .needs_secret = true,
    .needs_account = true,
    .needs_kopecks = true,
    .confirm_callbacks = true,
    .takes_asset = provider_takes_no_asset,
    .write_create = write_create,
    .read_create = read_create,
    .write_find = write_find,
    .read_find = read_find,
    .read_callback = read_callback,
};
