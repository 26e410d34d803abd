/* xRocket Pay in both generations; signatures were computed with Python's hmac and hashlib. */
#include "provider_testing.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CLASSIC(id, amount, status, payload)                                                       \
    "{\"id\":" id ",\"amount\":" amount ",\"totalActivations\":1,\"currency\":\"USDT\","           \
    "\"payload\":\"" payload "\",\"created\":\"2026-09-09T12:00:00.000Z\",\"paid\":null,"          \
    "\"status\":\"" status "\",\"expiredIn\":3600,\"link\":\"https://t.me/xRocket?start=inv_1\"}"
#define SUCCESS(data) "{\"success\":true,\"data\":" data "}"
#define GOOD_CLASSIC  SUCCESS(CLASSIC("50123", "50", "active", "slipway-9002"))
#define LIST(items)   SUCCESS("{\"total\":3,\"limit\":100,\"offset\":0,\"results\":[" items "]}")

#define EXCHANGE(id, amount, currency, status, client)                                             \
    "{\"id\":\"" id "\",\"priceAmount\":\"" amount "\",\"priceCurrency\":\"" currency              \
    "\",\"clientInvoiceId\":\"" client "\",\"status\":\"" status                                   \
    "\",\"createdAt\":\"2026-09-09T12:00:00.000Z\",\"expiresAt\":\"2026-09-09T13:00:00.000Z\","    \
    "\"links\":{\"telegramBotLink\":\"https://t.me/xRocket?start=inv_2\","                         \
    "\"webLink\":\"https://xrocket.exchange/i/2\"}}"
#define GOOD_EXCHANGE EXCHANGE("9f3c", "50.00", "USD", "active", "slipway-9002")

static const struct provider_settings classic = {
    .base_url = "https://pay.xrocket.tg",
    .token = "rocket-token",
    .secret = "",
    .account = "",
    .dialect = "",
    .callback_url = "https://api.example/callbacks/xrocket",
    .return_url = "",
};
static const struct provider_settings exchange = {
    .base_url = "https://pay.api.xrocket.exchange",
    .token = "rocket-token",
    .secret = "",
    .account = "",
    .dialect = "exchange",
    .callback_url = "https://api.example/callbacks/xrocket",
    .return_url = "https://example/thanks",
};

static const char *const classic_headers[] = {"Rocket-Pay-Key: rocket-token",
                                              "Content-Type: application/json",
                                              "Accept: application/json", NULL};
static const char *const exchange_headers[] = {"Authorization: Bearer rocket-token",
                                               "Content-Type: application/json",
                                               "Accept: application/json", NULL};

static struct answer_reader reader_of(const struct provider_settings *settings,
                                      const char *external_id)
{
    return (struct answer_reader){provider_find("xrocket"), settings, &test_order, external_id};
}

static int write_create(const struct provider_settings *settings, const char *asset,
                        struct provider_request *ret_request)
{
    struct provider_order order = test_order;
    struct error error;

    order.asset = asset;
    return provider_find("xrocket")->write_create(settings, &order, ret_request, &error);
}

static void expect_find(const struct provider_settings *settings, const char *external_id,
                        const char *url, const char *const *headers)
{
    struct provider_request request = {0};
    struct error error;

    assert_int_equal(
        provider_find("xrocket")->write_find(settings, &test_order, external_id, &request, &error),
        0);
    expect_request(&request, "GET", url, headers, "");
}

static void the_classic_one_takes_dollars_as_usdt(void **state)
{
    static const char body[] = "{\"amount\":50.00,\"numPayments\":1,\"currency\":\"USDT\","
                               "\"description\":\"Deposit slipway-9002\",\"commentsEnabled\":false,"
                               "\"payload\":\"slipway-9002\",\"expiredIn\":3600}";
    struct provider_request request = {0};

    (void)state;
    assert_int_equal(write_create(&classic, "", &request), 0);
    expect_request(&request, "POST", "https://pay.xrocket.tg/tg-invoices", classic_headers, body);
    assert_int_equal(write_create(&classic, "usdt", &request), 0);
    expect_request(&request, "POST", "https://pay.xrocket.tg/tg-invoices", classic_headers, body);
    assert_int_equal(write_create(&classic, "TONCOIN", &request), PROVIDER_REFUSED);
    assert_null(request.url.data);
}

static void a_classic_invoice_is_looked_for_by_id_or_in_the_list(void **state)
{
    (void)state;
    expect_find(&classic, "50123", "https://pay.xrocket.tg/tg-invoices/50123", classic_headers);
    expect_find(&classic, "", "https://pay.xrocket.tg/tg-invoices?limit=100&offset=0",
                classic_headers);
}

static void a_made_classic_invoice_is_read(void **state)
{
    const struct answer_reader reader = reader_of(&classic, NULL);
    const struct provider_invoice invoice = expect_answer(&reader, 201, GOOD_CLASSIC, 0);

    (void)state;
    assert_string_equal(invoice.external_id, "50123");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_string_equal(invoice.pay_url, "https://t.me/xRocket?start=inv_1");
    assert_int_equal(invoice.expires_at_us, INT64_C(1788958800) * 1000000);
    expect_cuts_refused(&reader, 201, GOOD_CLASSIC);
    expect_odd_members_harmless(&reader, 201, GOOD_CLASSIC);
    expect_common_refusals(&reader);
}

static void a_classic_refusal_is_told_in_its_words(void **state)
{
    const struct answer_reader reader = reader_of(&classic, NULL);
    struct provider_invoice invoice;
    struct error error = {0};

    (void)state;
    assert_int_equal(read_answer(&reader, 400,
                                 "{\"success\":false,\"message\":\"Validation failed\","
                                 "\"errors\":[{\"property\":\"amount\",\"error\":\"too small\"}]}",
                                 &invoice, &error),
                     PROVIDER_REFUSED);
    assert_string_equal(error.text, "the provider refused: Validation failed");
    expect_answer(&reader, 401, "{\"success\":false,\"message\":\"Unauthorized\"}",
                  PROVIDER_REFUSED);
    expect_answer(&reader, 404, "{\"success\":false,\"message\":\"Not Found\"}", PROVIDER_REFUSED);
    expect_answer(&reader, 201, SUCCESS(CLASSIC("1", "50.01", "active", "slipway-9002")),
                  FAULT_HARD);
    expect_answer(&reader, 201, SUCCESS(CLASSIC("1", "50", "active", "slipway-9003")), FAULT_HARD);
}

static void a_classic_invoice_is_found(void **state)
{
    const struct answer_reader by_id = reader_of(&classic, "50123");
    const struct answer_reader by_payload = reader_of(&classic, "");
    const struct provider_invoice paid = expect_answer(
        &by_id, 200, SUCCESS(CLASSIC("50123", "50.000000000", "paid", "slipway-9002")), 0);
    const struct provider_invoice found = expect_answer(
        &by_payload, 200,
        LIST(CLASSIC("3", "1", "paid", "x") "," CLASSIC("2", "50", "expired", "slipway-9002")), 0);

    (void)state;
    assert_int_equal(paid.state, PROVIDER_PAID);
    assert_int_equal(paid.paid_cents, 5000);
    assert_string_equal(found.external_id, "2");
    assert_int_equal(found.state, PROVIDER_EXPIRED);
    expect_answer(&by_id, 404, "{\"success\":false,\"message\":\"Invoice not found\"}",
                  PROVIDER_NOT_FOUND);
    expect_answer(&by_id, 200, GOOD_EXCHANGE, FAULT_HARD);
    expect_answer(&by_id, 200, SUCCESS(CLASSIC("50124", "50", "paid", "slipway-9002")), FAULT_HARD);
    expect_answer(&by_payload, 200, LIST(""), PROVIDER_NOT_FOUND);
    expect_answer(&by_payload, 200, GOOD_CLASSIC, FAULT_HARD);
    expect_odd_members_harmless(&by_payload, 200, LIST(CLASSIC("2", "50", "paid", "slipway-9002")));
    expect_common_refusals(&by_id);
    expect_common_refusals(&by_payload);
}

static const char webhook[] =
    "{\"type\":\"invoicePay\",\"timestamp\":\"2026-09-09T12:00:05.000Z\",\"data\":{\"id\":50123,"
    "\"amount\":50,\"currency\":\"USDT\",\"payload\":\"slipway-9002\",\"status\":\"paid\","
    "\"link\":\"https://t.me/xRocket?start=inv_1\",\"payment\":{\"userId\":1,"
    "\"paymentAmount\":50}}}";
static const char webhook_signature[] =
    "214d67f489aff55cf1731e760dc2fcaec52cb9185287d50bfdd0f446d40de720";

static int read_webhook(const struct provider_settings *settings, const char *signature,
                        const char *body, struct provider_invoice *ret_invoice)
{
    const struct test_callback callback = {"rocket-pay-signature", signature, body};

    return read_callback(provider_find("xrocket"), settings, &callback, ret_invoice);
}

static void a_classic_webhook_must_be_signed(void **state)
{
    struct provider_settings without = classic;
    struct provider_invoice invoice;

    (void)state;
    without.token = "";
    assert_int_equal(read_webhook(&classic, webhook_signature, webhook, &invoice), 0);
    assert_string_equal(invoice.external_id, "50123");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_PAID);
    assert_int_equal(read_webhook(&classic, NULL, webhook, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&classic, webhook_signature + 1, webhook, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&classic, webhook_signature, webhook + 1, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&without, webhook_signature, webhook, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(
        read_webhook(&classic, "4fd580096ec14a59b04e895017fdac2e05f8bee3bbed48968e14073db204a642",
                     "{\"type\":\"subscriptionPay\"}", &invoice),
        PROVIDER_IGNORED);
}

static void the_newer_one_prices_in_dollars_under_our_id(void **state)
{
    struct provider_settings in_usdt = exchange;
    struct provider_request request = {0};

    (void)state;
    assert_int_equal(write_create(&exchange, "TONCOIN", &request), 0);
    expect_request(
        &request, "POST", "https://pay.api.xrocket.exchange/api/v1/invoices", exchange_headers,
        "{\"priceCurrency\":\"USD\",\"priceAmount\":\"50.00\",\"numPayments\":1,"
        "\"payCurrencies\":[\"TONCOIN\"],\"clientInvoiceId\":\"slipway-9002\","
        "\"description\":\"Deposit slipway-9002\",\"expiresIn\":3600000,"
        "\"callback\":{\"callbackUrl\":\"https://api.example/callbacks/xrocket\","
        "\"payload\":\"slipway-9002\"},\"url\":{\"successUrl\":\"https://example/thanks\","
        "\"cancelUrl\":\"https://example/thanks\"}}");
    in_usdt.dialect = "exchange-usdt";
    in_usdt.callback_url = in_usdt.return_url = "";
    assert_int_equal(write_create(&in_usdt, "", &request), 0);
    expect_request(&request, "POST", "https://pay.api.xrocket.exchange/api/v1/invoices",
                   exchange_headers,
                   "{\"priceCurrency\":\"USDT\",\"priceAmount\":\"50.00\",\"numPayments\":1,"
                   "\"clientInvoiceId\":\"slipway-9002\","
                   "\"description\":\"Deposit slipway-9002\",\"expiresIn\":3600000}");
    assert_int_equal(write_create(&exchange, "\"]", &request), PROVIDER_REFUSED);
}

static void a_newer_invoice_is_looked_for_by_its_id_or_ours(void **state)
{
    (void)state;
    expect_find(&exchange, "9f3c", "https://pay.api.xrocket.exchange/api/v1/invoice?invoiceId=9f3c",
                exchange_headers);
    expect_find(&exchange, "",
                "https://pay.api.xrocket.exchange/api/v1/invoice?clientInvoiceId=slipway-9002",
                exchange_headers);
}

static void a_newer_invoice_is_read(void **state)
{
    const struct answer_reader create = reader_of(&exchange, NULL);
    const struct answer_reader find = reader_of(&exchange, "9f3c");
    const struct answer_reader lost = reader_of(&exchange, "");
    const struct provider_invoice made = expect_answer(&create, 201, GOOD_EXCHANGE, 0);
    const struct provider_invoice paid =
        expect_answer(&find, 200, EXCHANGE("9f3c", "50", "USD", "paid", "slipway-9002"), 0);

    (void)state;
    assert_string_equal(made.external_id, "9f3c");
    assert_string_equal(expect_answer(&lost, 200, GOOD_EXCHANGE, 0).external_id, "9f3c");
    assert_string_equal(made.pay_url, "https://t.me/xRocket?start=inv_2");
    assert_int_equal(made.expires_at_us, INT64_C(1788958800) * 1000000);
    assert_int_equal(paid.state, PROVIDER_PAID);
    assert_int_equal(paid.paid_cents, 5000);
    expect_answer(&create, 201, EXCHANGE("1", "50.00", "USDT", "active", "slipway-9002"),
                  FAULT_HARD);
    expect_answer(&create, 201, EXCHANGE("1", "50.00", "USD", "frozen", "slipway-9002"),
                  FAULT_HARD);
    expect_answer(&find, 200, EXCHANGE("9f3d", "50.00", "USD", "paid", "slipway-9002"), FAULT_HARD);
    expect_cuts_refused(&create, 201, GOOD_EXCHANGE);
    expect_odd_members_harmless(&create, 201, GOOD_EXCHANGE);
    expect_odd_members_harmless(&find, 200, EXCHANGE("9f3c", "50", "USD", "paid", "slipway-9002"));
    expect_common_refusals(&create);
    expect_common_refusals(&find);
}

static void a_newer_problem_is_known_by_its_type(void **state)
{
    const struct answer_reader create = reader_of(&exchange, NULL);
    const struct answer_reader find = reader_of(&exchange, "");

    (void)state;
    expect_answer(&create, 400, "{\"type\":\"missing_invoice_amount\",\"status\":400}",
                  PROVIDER_REFUSED);
    expect_answer(&create, 404, "{\"type\":\"not_found\"}", PROVIDER_REFUSED);
    expect_answer(&find, 404, "{\"type\":\"invoice_not_found\"}", PROVIDER_NOT_FOUND);
    expect_answer(&find, 401, "{\"type\":\"unauthorized\"}", PROVIDER_REFUSED);
    expect_answer(&find, 400, "{\"detail\":\"?\"}", FAULT_HARD);
}

static void a_newer_webhook_is_a_hint_and_a_forged_one_none(void **state)
{
    static const char hint[] = "{\"type\":\"payment_status_changed\",\"data\":{\"id\":\"p-1\","
                               "\"status\":\"paid\",\"payload\":\"slipway-9002\"}}";
    struct provider_settings without = exchange;
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(read_webhook(&exchange, NULL, hint, &invoice), 0);
    assert_string_equal(invoice.external_id, "");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.paid_cents, 0);
    assert_int_equal(
        read_webhook(&exchange, NULL, "{\"clientInvoiceId\":\"slipway-9003\"}", &invoice), 0);
    assert_string_equal(invoice.reference, "slipway-9003");
    assert_int_equal(read_webhook(&exchange, webhook_signature, hint, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(
        read_webhook(&exchange, "faa5ec36eacf7b00e481ff0e6f75d753c121c984c456cdff61ab508aba9ad228",
                     "{\"clientInvoiceId\":\"slipway-9003\"}", &invoice),
        0);
    without.token = "";
    assert_int_equal(read_webhook(&without, NULL, hint, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&exchange, NULL, "{\"id\":\"p-1\"}", &invoice), PROVIDER_IGNORED);
    assert_int_equal(read_webhook(&exchange, NULL, "{\"payload\":\"a b\"}", &invoice),
                     PROVIDER_IGNORED);
    assert_int_equal(read_webhook(&exchange, NULL, "paid", &invoice), FAULT_HARD);
    assert_true(provider_find("xrocket")->confirm_callbacks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_classic_one_takes_dollars_as_usdt),
        cmocka_unit_test(a_classic_invoice_is_looked_for_by_id_or_in_the_list),
        cmocka_unit_test(a_made_classic_invoice_is_read),
        cmocka_unit_test(a_classic_refusal_is_told_in_its_words),
        cmocka_unit_test(a_classic_invoice_is_found),
        cmocka_unit_test(a_classic_webhook_must_be_signed),
        cmocka_unit_test(the_newer_one_prices_in_dollars_under_our_id),
        cmocka_unit_test(a_newer_invoice_is_looked_for_by_its_id_or_ours),
        cmocka_unit_test(a_newer_invoice_is_read),
        cmocka_unit_test(a_newer_problem_is_known_by_its_type),
        cmocka_unit_test(a_newer_webhook_is_a_hint_and_a_forged_one_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
