/* LOLZ (lzt.market) merchant invoices: lzt-market.readme.io/reference/paymentsinvoicecreate.
 *
 * A callback carries a fixed secret and no signature, so it is confirmed by asking. Invoices don't
 * name their currency; that the amount comes back as it was sent shows that it is in dollars. */
#include "lib/base/encoding.h"
#include "lib/base/money.h"
#include "services/billing/providers/provider_answer.h"
#include "services/billing/providers/provider_body.h"
#include "services/billing/providers/provider_hmac.h"
#include "services/billing/providers/provider_request.h"
#include "services/billing/providers/provider_table.h"
#include "services/billing/providers/provider_text.h"

#include <string.h>
#include <strings.h>

/* Undocumented; a month is more than a deposit ever lives. */
static const int64_t lifetime_max_s = 2678400;

static const struct provider_state_name states[] = {
    {"not_paid", PROVIDER_OPEN},
    {"paid",     PROVIDER_PAID},
};

/* Makes test invoices, and takes them as paid. */
static bool is_test(const struct provider_settings *settings)
{
    return strcmp(settings->dialect, "test") == 0;
}

static void begin(struct provider_request *request, const char *method,
                  const struct provider_settings *settings)
{
    provider_request_begin(request, method, settings, "/invoice");
    provider_request_add_header(request, "Authorization", "Bearer ", settings->token);
    provider_request_expect_json(request);
}

static void write_invoice(struct buffer *body, const struct provider_settings *settings,
                          const struct provider_order *order)
{
    char amount[MONEY_TEXT_SIZE];

    provider_body_begin(body);
    provider_body_add_text(body, "currency", "usd");
    provider_body_add_json(body, "amount", money_format(order->amount_cents, amount));
    provider_body_add_text(body, "payment_id", order->reference);
    provider_body_add_deposit(body, "comment", order->reference);
    provider_body_add_text(body, "url_success", settings->return_url);
    provider_body_add_optional(body, "url_callback", settings->callback_url);
    provider_body_add_json(body, "merchant_id", settings->account);
    provider_body_add_integer(body, "lifetime",
                              provider_body_lifetime(order->lifetime_s, lifetime_max_s));
    if (is_test(settings))
        provider_body_add_json(body, "is_test", "true");
    provider_body_end(body);
}

static int write_create(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};
    uint64_t merchant;

    if (!provider_takes_asset(&provider_lolz, settings, order->asset))
        return provider_answer_refuse(NULL, PROVIDER_REFUSED, "no coins are taken", error);
    if (decimal_parse_u64(settings->account, &merchant))
        return error_set(error, FAULT_HARD, "the merchant's id is no number");
    begin(&request, "POST", settings);
    write_invoice(&request.body, settings, order);
    return provider_request_finish(&request, ret_request, error);
}

static int write_find(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    begin(&request, "GET", settings);
    if (external_id[0] != '\0')
        provider_request_add_query(&request, "invoice_id", external_id);
    else
        provider_request_add_query(&request, "payment_id", order->reference);
    return provider_request_finish(&request, ret_request, error);
}

/* Another merchant's, in another currency, or paid with test money. */
static const char *foreign_member(const struct provider_settings *settings, const json_t *object)
{
    const char *merchant = provider_json_text(object, "merchant_id");
    const char *currency = provider_json_text(object, "currency");

    if (merchant != NULL && strcmp(merchant, settings->account) != 0)
        return "merchant_id";
    if (currency != NULL && strcasecmp(currency, "usd") != 0)
        return "currency";
    if (provider_json_is_on(object, "is_test") && !is_test(settings))
        return "is_test";
    return NULL;
}

/* There is no status for it: by the provider's own clock, where the answer tells it. */
static void let_expire(struct provider_invoice *invoice, int64_t now_us)
{
    if (invoice->state == PROVIDER_OPEN && invoice->expires_at_us > 0 && now_us > 0 &&
        invoice->expires_at_us <= now_us)
        invoice->state = PROVIDER_EXPIRED;
}

/* now_us: 0 where the answer does not tell. */
static int read_invoice(const struct provider_settings *settings, const json_t *object,
                        const struct provider_order *order, int64_t now_us,
                        struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice = {0};
    const char *foreign = foreign_member(settings, object);
    int result =
        provider_answer_identity(provider_json_text(object, "invoice_id"),
                                 provider_json_text(object, "payment_id"), order, &invoice, error);

    if (result != 0)
        return result;
    if (foreign != NULL)
        return provider_answer_broken(foreign, error);
    if (provider_answer_state(provider_json_text(object, "status"), states, ARRAY_LENGTH(states),
                              &invoice.state))
        return provider_answer_broken("status", error);
    if (provider_text_url(provider_json_text(object, "url"), invoice.pay_url,
                          sizeof(invoice.pay_url)))
        return provider_answer_broken("url", error);
    invoice.expires_at_us = provider_json_time_us(object, "expires_at");
    let_expire(&invoice, now_us);
    result =
        provider_answer_exact_amount(provider_json_text(object, "amount"), order, &invoice, error);
    if (result == 0)
        *ret_invoice = invoice;
    return result;
}

/* 0 and the whole answer, or why there is no invoice in it. */
static int read_envelope(const struct provider_settings *settings, unsigned status,
                         const void *body, size_t length, json_t **ret_root, struct error *error)
{
    json_auto_t *root = NULL;
    const json_t *errors;
    const char *words;
    const int result = provider_answer_parse(status, body, length, &root, error);

    if (result != 0)
        return result;
    if (provider_answer_is_success(status) && json_is_object(json_object_get(root, "invoice"))) {
        *ret_root = TAKE(root);
        return 0;
    }
    errors = provider_json_member(root, "errors");
    words = json_string_value(json_array_get(errors, 0));
    if (errors == NULL && json_object_get(root, "invoice") == NULL)
        return provider_answer_broken("invoice", error);
    return provider_answer_refuse(
        settings, status == 404 || errors == NULL ? PROVIDER_NOT_FOUND : PROVIDER_REFUSED,
        words != NULL ? words : "there is no invoice", error);
}

static int read_answer(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    const int result = read_envelope(settings, status, body, length, &root, error);

    if (result != 0)
        return result;
    return read_invoice(settings, provider_json_member(root, "invoice"), order,
                        provider_json_time_us(provider_json_member(root, "system_info"), "time"),
                        ret_invoice, error);
}

static int read_create(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    const int result = read_answer(settings, order, status, body, length, ret_invoice, error);

    return result == PROVIDER_NOT_FOUND ? PROVIDER_REFUSED : result;
}

static int read_find(const struct provider_settings *settings, const struct provider_order *order,
                     const char *external_id, unsigned status, const void *body, size_t length,
                     struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice;
    const int result = read_answer(settings, order, status, body, length, &invoice, error);

    if (result != 0)
        return result;
    if (external_id[0] != '\0' && strcmp(invoice.external_id, external_id) != 0)
        return provider_answer_broken("invoice_id", error);
    *ret_invoice = invoice;
    return 0;
}

/* The invoice itself, not wrapped. */
static int read_callback(const struct provider_settings *settings,
                         const struct provider_callback *callback,
                         struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    int result;

    if (!provider_secret_matches(callback->header(callback->header_context, "x-secret-key"),
                                 settings->secret))
        return PROVIDER_NOT_AUTHENTIC;
    result = provider_json_parse(callback->body, callback->body_length, &root, error);
    if (result != 0)
        return result;
    if (foreign_member(settings, root) != NULL)
        return PROVIDER_IGNORED;
    return provider_answer_hint(
        provider_json_text(root, "invoice_id"), provider_json_text(root, "payment_id"),
        provider_json_text(root, "status"), states, ARRAY_LENGTH(states), ret_invoice, error);
}

static const char *const dialects[] = {"live", "test", NULL};

const struct provider provider_lolz = {
    .name = "lolz",
    .dialects = dialects,
    .needs_secret = true,
    .needs_account = true,
    .needs_return_url = true,
    .confirm_callbacks = true,
    .takes_asset = provider_takes_no_asset,
    .write_create = write_create,
    .read_create = read_create,
    .write_find = write_find,
    .read_find = read_find,
    .read_callback = read_callback,
};
