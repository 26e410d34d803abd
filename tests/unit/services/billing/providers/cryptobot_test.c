/* Crypto Pay. Answers as its documentation has them; the signature was computed with Python's hmac
 * and hashlib. */
#include "provider_testing.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define INVOICE(id, amount, status, payload)                                                       \
    "{\"invoice_id\":" id ",\"hash\":\"IVbfPL53qX\",\"currency_type\":\"fiat\",\"fiat\":\"USD\","  \
    "\"amount\":\"" amount "\",\"bot_invoice_url\":\"https://t.me/CryptoBot?start=IVbfPL53qX\","   \
    "\"status\":\"" status "\",\"payload\":\"" payload                                             \
    "\",\"fee_amount\":1.5,\"expiration_date\":\"2026-09-09T13:00:00.000Z\"}"
#define OK(result)         "{\"ok\":true,\"result\":" result "}"
#define FAILED(code, name) "{\"ok\":false,\"error\":{\"code\":" code ",\"name\":\"" name "\"}}"
#define GOOD               OK(INVOICE("528890", "50", "active", "slipway-9002"))
#define EMPTY              OK("{\"items\":[]}")

static const struct provider_settings settings = {
    .base_url = "https://pay.crypt.bot",
    .token = "12345:AAtoken",
    .secret = "",
    .account = "",
    .dialect = "",
    .callback_url = "",
    .return_url = "",
};

static struct answer_reader creating(void)
{
    return (struct answer_reader){provider_find("cryptobot"), &settings, &test_order, NULL};
}

static struct answer_reader finding(const char *external_id)
{
    return (struct answer_reader){provider_find("cryptobot"), &settings, &test_order, external_id};
}

static const char *const create_headers[] = {"Crypto-Pay-API-Token: 12345:AAtoken",
                                             "Content-Type: application/json",
                                             "Accept: application/json", NULL};
static const char *const find_headers[] = {"Crypto-Pay-API-Token: 12345:AAtoken",
                                           "Accept: application/json", NULL};

static struct provider_request write_create(const struct provider_settings *with,
                                            const struct provider_order *order)
{
    struct provider_request request = {0};
    struct error error;

    assert_int_equal(provider_find("cryptobot")->write_create(with, order, &request, &error), 0);
    return request;
}

static void an_invoice_is_asked_for_in_dollars(void **state)
{
    struct provider_request request = write_create(&settings, &test_order);

    (void)state;
    expect_request(&request, "POST", "https://pay.crypt.bot/api/createInvoice", create_headers,
                   "{\"currency_type\":\"fiat\",\"fiat\":\"USD\",\"amount\":\"50.00\","
                   "\"description\":\"Deposit slipway-9002\",\"payload\":\"slipway-9002\","
                   "\"allow_comments\":false,\"expires_in\":3600}");
}

static void a_named_coin_is_the_only_one_accepted(void **state)
{
    struct provider_settings with = settings;
    struct provider_order order = test_order;
    struct provider_request request;

    (void)state;
    with.return_url = "https://example/thanks";
    order.asset = "TON";
    order.amount_cents = 100;
    order.lifetime_s = INT64_C(1) << 40;
    request = write_create(&with, &order);
    expect_request(&request, "POST", "https://pay.crypt.bot/api/createInvoice", create_headers,
                   "{\"currency_type\":\"fiat\",\"fiat\":\"USD\",\"accepted_assets\":\"TON\","
                   "\"amount\":\"1.00\",\"description\":\"Deposit slipway-9002\","
                   "\"payload\":\"slipway-9002\",\"allow_comments\":false,\"expires_in\":2678400,"
                   "\"paid_btn_name\":\"callback\",\"paid_btn_url\":\"https://example/thanks\"}");
}

static void a_lifetime_is_kept_within_what_is_taken(void **state)
{
    struct provider_order order = test_order;
    struct provider_request request;

    (void)state;
    order.lifetime_s = 0;
    request = write_create(&settings, &order);
    assert_non_null(strstr(request.body.data, "\"expires_in\":1}"));
    provider_request_deinit(&request);
}

static void what_is_no_coin_is_refused_before_anything_is_sent(void **state)
{
    struct provider_order order = test_order;
    struct provider_request request = {0};
    struct error error = {0};

    (void)state;
    order.asset = "TON,BTC";
    assert_int_equal(provider_find("cryptobot")->write_create(&settings, &order, &request, &error),
                     PROVIDER_REFUSED);
    assert_string_equal(error.text, "the provider refused: there is no such asset");
    assert_null(request.url.data);
}

static void an_invoice_is_looked_for_by_id_or_among_the_newest(void **state)
{
    const struct provider *provider = provider_find("cryptobot");
    struct provider_request request = {0};
    struct error error;

    (void)state;
    assert_int_equal(provider->write_find(&settings, &test_order, "528890", &request, &error), 0);
    expect_request(&request, "GET", "https://pay.crypt.bot/api/getInvoices?invoice_ids=528890",
                   find_headers, "");
    assert_int_equal(provider->write_find(&settings, &test_order, "", &request, &error), 0);
    expect_request(&request, "GET", "https://pay.crypt.bot/api/getInvoices?count=100", find_headers,
                   "");
}

static void a_made_invoice_is_read(void **state)
{
    const struct answer_reader reader = creating();
    const struct provider_invoice invoice = expect_answer(&reader, 200, GOOD, 0);

    (void)state;
    assert_string_equal(invoice.external_id, "528890");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_string_equal(invoice.pay_url, "https://t.me/CryptoBot?start=IVbfPL53qX");
    assert_int_equal(invoice.paid_cents, 0);
    assert_int_equal(invoice.expires_at_us, INT64_C(1788958800) * 1000000);
}

static void the_ok_member_decides_whatever_the_status(void **state)
{
    const struct answer_reader reader = creating();

    (void)state;
    expect_answer(&reader, 400, GOOD, 0);
    expect_answer(&reader, 200, FAILED("401", "UNAUTHORIZED"), PROVIDER_REFUSED);
    expect_answer(&reader, 401, FAILED("401", "UNAUTHORIZED"), PROVIDER_REFUSED);
    expect_answer(&reader, 400, FAILED("400", "INVOICE_NOT_FOUND"), PROVIDER_REFUSED);
    expect_answer(&reader, 200, FAILED("429", "TOO_MANY"), PROVIDER_BUSY);
    expect_answer(&reader, 200, "{\"ok\":false}", FAULT_HARD);
    expect_answer(&reader, 200, "{\"ok\":\"true\",\"result\":{}}", FAULT_HARD);
    expect_common_refusals(&reader);
}

static void words_that_quote_the_token_are_not_passed_on(void **state)
{
    const struct answer_reader reader = creating();
    struct provider_invoice invoice;
    struct error error = {0};

    (void)state;
    assert_int_equal(
        read_answer(&reader, 200, FAILED("401", "BAD 12345:AAtoken"), &invoice, &error),
        PROVIDER_REFUSED);
    assert_string_equal(error.text, "the provider refused, quoting a secret");
    assert_int_equal(read_answer(&reader, 200, FAILED("401", "NO_\\u00e9"), &invoice, &error),
                     PROVIDER_REFUSED);
    assert_string_equal(error.text, "the provider refused: NO_??");
}

static void another_amount_currency_or_reference_is_not_our_invoice(void **state)
{
    const struct answer_reader reader = creating();

    (void)state;
    expect_answer(&reader, 200, OK(INVOICE("1", "49.99", "active", "slipway-9002")), FAULT_HARD);
    expect_answer(&reader, 200, OK(INVOICE("1", "50", "active", "slipway-9003")), FAULT_HARD);
    expect_answer(&reader, 200, OK(INVOICE("1", "50", "deleted", "slipway-9002")), FAULT_HARD);
    expect_answer(&reader, 200,
                  "{\"ok\":true,\"result\":{\"invoice_id\":1,\"currency_type\":\"crypto\","
                  "\"asset\":\"TON\",\"amount\":\"50\",\"status\":\"active\","
                  "\"bot_invoice_url\":\"https://t.me/x\"}}",
                  FAULT_HARD);
}

static void half_an_answer_and_odd_members_do_no_harm(void **state)
{
    const struct answer_reader create = creating(), find = finding("528890");

    (void)state;
    expect_cuts_refused(&create, 200, GOOD);
    expect_odd_members_harmless(&create, 200, GOOD);
    expect_odd_members_harmless(
        &find, 200, OK("{\"items\":[" INVOICE("528890", "50", "paid", "slipway-9002") "]}"));
}

static void an_invoice_is_found_by_id(void **state)
{
    const struct answer_reader reader = finding("528890");
    const struct provider_invoice paid = expect_answer(
        &reader, 200,
        OK("{\"items\":[" INVOICE("528889", "50", "active", "slipway-9002") "," INVOICE(
            "528890", "50.000", "paid", "slipway-9002") "]}"),
        0);
    const struct provider_invoice expired = expect_answer(
        &reader, 200, OK("{\"items\":[" INVOICE("528890", "50", "expired", "slipway-9002") "]}"),
        0);

    (void)state;
    assert_int_equal(paid.state, PROVIDER_PAID);
    assert_int_equal(paid.paid_cents, 5000);
    assert_int_equal(expired.state, PROVIDER_EXPIRED);
    assert_int_equal(expired.paid_cents, 0);
    expect_answer(&reader, 200, EMPTY, PROVIDER_NOT_FOUND);
    expect_answer(&reader, 400, FAILED("400", "INVOICE_NOT_FOUND"), PROVIDER_NOT_FOUND);
    expect_answer(&reader, 200, OK("[]"), FAULT_HARD);
    expect_common_refusals(&reader);
}

static void an_invoice_whose_answer_was_lost_is_found_by_its_payload(void **state)
{
    const struct answer_reader reader = finding("");
    const struct provider_invoice found =
        expect_answer(&reader, 200,
                      OK("{\"items\":[" INVOICE("3", "1", "paid", "slipway-90021") "," INVOICE(
                          "2", "50", "active", "slipway-9002") ",{\"invoice_id\":1}]}"),
                      0);

    (void)state;
    assert_string_equal(found.external_id, "2");
    expect_answer(&reader, 200, EMPTY, PROVIDER_NOT_FOUND);
    expect_answer(&reader, 200, OK("{\"items\":[{},null,[],7]}"), PROVIDER_NOT_FOUND);
}

static const char webhook[] =
    "{\"update_id\":7,\"update_type\":\"invoice_paid\",\"request_date\":\"2026-09-09T12:00:05."
    "000Z\","
    "\"payload\":{\"invoice_id\":528890,\"hash\":\"IVbfPL53qX\",\"currency_type\":\"fiat\","
    "\"fiat\":\"USD\",\"amount\":\"50\",\"paid_asset\":\"USDT\",\"paid_amount\":\"50.02\","
    "\"fee_amount\":1.5,\"bot_invoice_url\":\"https://t.me/CryptoBot?start=IVbfPL53qX\","
    "\"status\":\"paid\",\"payload\":\"slipway-9002\","
    "\"expiration_date\":\"2026-09-09T13:00:00.000Z\"}}";
static const char webhook_signature[] =
    "e34064b3c741d696cdf21883f306fe22eed43cf24c8dcb4803430b4809947c0e";

static int read_webhook(const struct provider_settings *with, const char *signature,
                        const char *body, struct provider_invoice *ret_invoice)
{
    const struct test_callback callback = {"Crypto-Pay-Api-Signature", signature, body};

    return read_callback(provider_find("cryptobot"), with, &callback, ret_invoice);
}

static void a_signed_webhook_tells_what_was_paid(void **state)
{
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(read_webhook(&settings, webhook_signature, webhook, &invoice), 0);
    assert_invoice_is_sane(&invoice);
    assert_string_equal(invoice.external_id, "528890");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_PAID);
    assert_int_equal(invoice.paid_cents, 5000);
}

static void a_webhook_without_its_signature_is_not_authentic(void **state)
{
    struct provider_settings without = settings;
    char changed[sizeof(webhook)];
    struct provider_invoice invoice;

    (void)state;
    memcpy(changed, webhook, sizeof(webhook));
    *strstr(changed, "\"50\"") = '\'';
    assert_int_equal(read_webhook(&settings, NULL, webhook, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, "", webhook, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, "e34064b3", webhook, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, webhook_signature, changed, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, webhook_signature, "", &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    without.token = "";
    assert_int_equal(read_webhook(&without, webhook_signature, webhook, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
}

/* Python: hmac.new(sha256(token).digest(), body, sha256).hexdigest() */
static void other_updates_and_other_peoples_invoices_are_ignored(void **state)
{
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(
        read_webhook(&settings, "da045ee34eb54b2f8ab4484403501857094aff7c262add7232d09ad42f595fa5",
                     "{\"update_type\":\"invoice_viewed\"}", &invoice),
        PROVIDER_IGNORED);
    assert_int_equal(
        read_webhook(&settings, "592e0b71ea6b353690a1fc24282f50873af6d5d709f0fa4fea843e09d0e0b090",
                     "{\"update_type\":\"invoice_paid\",\"payload\":{\"invoice_id\":1,"
                     "\"currency_type\":\"crypto\",\"asset\":\"TON\",\"status\":\"paid\"}}",
                     &invoice),
        PROVIDER_IGNORED);
    assert_int_equal(
        read_webhook(&settings, "4bd4e87e4f15af927d20673e851356b39e956b287c73f10f7f4c6cd60356320a",
                     "{\"update_type\":\"invoice_paid\",\"payload\":{\"invoice_id\":1,"
                     "\"currency_type\":\"fiat\",\"fiat\":\"USD\",\"payload\":\"a b\"}}",
                     &invoice),
        PROVIDER_IGNORED);
    assert_int_equal(
        read_webhook(&settings, "4c6dc935a392757acb32a1da8428c9fb078c4509779a5a3d2e15f24b60422d45",
                     "paid!", &invoice),
        FAULT_HARD);
    assert_int_equal(
        read_webhook(&settings, "e9b53302a7ced7a5393e731bbec10b9fa73a3ada3c52a8033ea8a0dade49b6d2",
                     "{\"update_type\":\"invoice_paid\",\"payload\":{\"invoice_id\":1,"
                     "\"currency_type\":\"fiat\",\"fiat\":\"USD\"}}",
                     &invoice),
        FAULT_HARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invoice_is_asked_for_in_dollars),
        cmocka_unit_test(a_named_coin_is_the_only_one_accepted),
        cmocka_unit_test(a_lifetime_is_kept_within_what_is_taken),
        cmocka_unit_test(what_is_no_coin_is_refused_before_anything_is_sent),
        cmocka_unit_test(an_invoice_is_looked_for_by_id_or_among_the_newest),
        cmocka_unit_test(a_made_invoice_is_read),
        cmocka_unit_test(the_ok_member_decides_whatever_the_status),
        cmocka_unit_test(words_that_quote_the_token_are_not_passed_on),
        cmocka_unit_test(another_amount_currency_or_reference_is_not_our_invoice),
        cmocka_unit_test(half_an_answer_and_odd_members_do_no_harm),
        cmocka_unit_test(an_invoice_is_found_by_id),
        cmocka_unit_test(an_invoice_whose_answer_was_lost_is_found_by_its_payload),
        cmocka_unit_test(a_signed_webhook_tells_what_was_paid),
        cmocka_unit_test(a_webhook_without_its_signature_is_not_authentic),
        cmocka_unit_test(other_updates_and_other_peoples_invoices_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
