/* xRocket Pay as it is at pay.api.xrocket.exchange: docs.xrocket.exchange, AsyncPayments 1.7.
 *
 * It knows our reference as clientInvoiceId and makes one invoice for it, however often it is asked
 * to. Whether a lifetime is in milliseconds or seconds is told differently by its users; the
 * documented default, 3600000 for what is usually an hour, speaks for milliseconds, and read as
 * seconds they would only let the invoice live longer. What the answer says counts. */
#include "lib/base/money.h"
#include "services/billing/providers/provider_answer.h"
#include "services/billing/providers/provider_body.h"
#include "services/billing/providers/provider_hmac.h"
#include "services/billing/providers/provider_request.h"
#include "services/billing/providers/provider_table.h"
#include "services/billing/providers/provider_text.h"

#include <string.h>

/* Its default, should it count in seconds. */
static const int64_t lifetime_max_s = 3600;

static const struct provider_state_name states[] = {
    {"active",    PROVIDER_OPEN   },
    {"paid",      PROVIDER_PAID   },
    {"expired",   PROVIDER_EXPIRED},
    {"cancelled", PROVIDER_FAILED },
};

static const char *price_currency(const struct provider_settings *settings)
{
    return strcmp(settings->dialect, "exchange-usdt") == 0 ? "USDT" : "USD";
}

static void begin(struct provider_request *request, const char *method,
                  const struct provider_settings *settings, const char *path)
{
    provider_request_begin(request, method, settings, path);
    provider_request_add_header(request, "Authorization", "Bearer ", settings->token);
    provider_request_expect_json(request);
}

static void write_addresses(struct buffer *body, const struct provider_settings *settings,
                            const struct provider_order *order)
{
    if (settings->callback_url[0] != '\0') {
        provider_body_begin_object(body, "callback");
        provider_body_add_text(body, "callbackUrl", settings->callback_url);
        provider_body_add_text(body, "payload", order->reference);
        provider_body_end(body);
    }
    if (settings->return_url[0] != '\0') {
        provider_body_begin_object(body, "url");
        provider_body_add_text(body, "successUrl", settings->return_url);
        provider_body_add_text(body, "cancelUrl", settings->return_url);
        provider_body_end(body);
    }
}

static void write_invoice(struct buffer *body, const struct provider_settings *settings,
                          const struct provider_order *order)
{
    char amount[MONEY_TEXT_SIZE];

    provider_body_begin(body);
    provider_body_add_text(body, "priceCurrency", price_currency(settings));
    provider_body_add_text(body, "priceAmount", money_format(order->amount_cents, amount));
    provider_body_add_integer(body, "numPayments", 1);
    if (order->asset[0] != '\0') {
        buffer_append_text(body, ",\"payCurrencies\":[\"");
        buffer_append_json_escaped(body, order->asset);
        buffer_append_text(body, "\"]");
    }
    provider_body_add_text(body, "clientInvoiceId", order->reference);
    provider_body_add_deposit(body, "description", order->reference);
    provider_body_add_integer(body, "expiresIn",
                              1000 * provider_body_lifetime(order->lifetime_s, lifetime_max_s));
    write_addresses(body, settings, order);
    provider_body_end(body);
}

static int write_create(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    if (!provider_takes_asset(&provider_xrocket_exchange, settings, order->asset))
        return provider_answer_refuse(NULL, PROVIDER_REFUSED, "there is no such asset", error);
    begin(&request, "POST", settings, "/api/v1/invoices");
    write_invoice(&request.body, settings, order);
    return provider_request_finish(&request, ret_request, error);
}

static int write_find(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error)
{
    CLEANUP(provider_request_deinit) struct provider_request request = {0};

    begin(&request, "GET", settings, "/api/v1/invoice");
    if (external_id[0] != '\0')
        provider_request_add_query(&request, "invoiceId", external_id);
    else
        provider_request_add_query(&request, "clientInvoiceId", order->reference);
    return provider_request_finish(&request, ret_request, error);
}

static const char *pay_url(const json_t *invoice)
{
    static const char *const names[] = {"telegramBotLink", "webLink", "telegramMiniAppLink"};
    const json_t *links = provider_json_member(invoice, "links");

    for (size_t i = 0; i < ARRAY_LENGTH(names); ++i)
        if (provider_json_text(links, names[i]) != NULL)
            return provider_json_text(links, names[i]);
    return NULL;
}

static int read_invoice(const struct provider_settings *settings, const json_t *object,
                        const struct provider_order *order, struct provider_invoice *ret_invoice,
                        struct error *error)
{
    struct provider_invoice invoice = {0};
    int result = provider_answer_identity(provider_json_text(object, "id"),
                                          provider_json_text(object, "clientInvoiceId"), order,
                                          &invoice, error);

    if (result != 0)
        return result;
    if (provider_answer_state(provider_json_text(object, "status"), states, ARRAY_LENGTH(states),
                              &invoice.state))
        return provider_answer_broken("status", error);
    if (!provider_json_is(object, "priceCurrency", price_currency(settings)))
        return provider_answer_broken("priceCurrency", error);
    if (provider_text_url(pay_url(object), invoice.pay_url, sizeof(invoice.pay_url)))
        return provider_answer_broken("links", error);
    invoice.expires_at_us = provider_json_time_us(object, "expiresAt");
    result = provider_answer_exact_amount(provider_json_text(object, "priceAmount"), order,
                                          &invoice, error);
    if (result == 0)
        *ret_invoice = invoice;
    return result;
}

/* RFC 9457: an error is known by its type. */
static int read_problem(const struct provider_settings *settings, unsigned status,
                        const json_t *problem, struct error *error)
{
    const char *words = provider_json_text(problem, "type");

    if (words == NULL)
        return provider_answer_broken("type", error);
    return provider_answer_refuse(settings, status == 404 ? PROVIDER_NOT_FOUND : PROVIDER_REFUSED,
                                  words, error);
}

static int read_answer(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error)
{
    json_auto_t *root = NULL;
    const int result = provider_answer_parse(status, body, length, &root, error);

    if (result != 0)
        return result;
    if (!provider_answer_is_success(status))
        return read_problem(settings, status, root, error);
    return read_invoice(settings, root, order, ret_invoice, error);
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
        return provider_answer_broken("id", error);
    *ret_invoice = invoice;
    return 0;
}

/* Wrong when one is sent and is not what the classic generation would have sent. */
static bool is_forged(const struct provider_settings *settings,
                      const struct provider_callback *callback)
{
    const char *sent = callback->header(callback->header_context, "rocket-pay-signature");
    char expected[PROVIDER_HMAC_SHA256_SIZE];

    provider_hmac_sha256_hashed_key(settings->token, callback->body, callback->body_length,
                                    expected);
    return sent != NULL && !provider_hmac_matches(sent, expected);
}

/* Whatever it says, it is but a hint of which invoice to ask for. Its form is not documented: our
 * reference is looked for where it was sent. */
static int read_callback(const struct provider_settings *settings,
                         const struct provider_callback *callback,
                         struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice = {.state = PROVIDER_OPEN};
    json_auto_t *root = NULL;
    const json_t *object;
    const char *reference;
    int result;

    if (settings->token[0] == '\0' || is_forged(settings, callback))
        return PROVIDER_NOT_AUTHENTIC;
    result = provider_json_parse(callback->body, callback->body_length, &root, error);
    if (result != 0)
        return result;
    object = json_is_object(provider_json_member(root, "data")) ? provider_json_member(root, "data")
                                                                : root;
    reference = provider_json_text(object, "clientInvoiceId");
    if (reference == NULL)
        reference = provider_json_text(object, "payload");
    if (provider_text_word(reference, invoice.reference, sizeof(invoice.reference)))
        return PROVIDER_IGNORED;
    *ret_invoice = invoice;
    return 0;
}

const struct provider provider_xrocket_exchange = {
    .write_create = write_create,
    .read_create = read_create,
    .write_find = write_find,
    .read_find = read_find,
    .read_callback = read_callback,
};
