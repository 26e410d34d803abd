/* LOLZ merchant invoices. */
#include "provider_testing.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define INVOICE(id, amount, status, more)                                                          \
    "{\"invoice_id\":" id ",\"user_id\":1,\"merchant_id\":77,\"invoice_date\":1788955200,"         \
    "\"expires_at\":1788958800,\"amount\":" amount ",\"status\":\"" status                         \
    "\",\"paid_date\":0,\"payer_user_id\":0,\"payment_id\":\"slipway-9002\",\"resend_attempts\":0" \
    ",\"url\":\"https://lzt.market/invoice/" id "/\"" more "}"
#define ANSWER(invoice, time)                                                                      \
    "{\"invoice\":" invoice ",\"system_info\":{\"visitor_id\":1,\"time\":" time "}}"
#define GOOD ANSWER(INVOICE("700001", "50", "not_paid", ",\"is_test\":0"), "1788955200")

static const struct provider_settings settings = {
    .base_url = "https://api.lzt.market",
    .token = "jwt",
    .secret = "merchant-secret",
    .account = "77",
    .dialect = "",
    .callback_url = "https://api.example/callbacks/lolz",
    .return_url = "https://example/thanks",
};

static const char *const headers[] = {"Authorization: Bearer jwt", "Content-Type: application/json",
                                      "Accept: application/json", NULL};

static struct answer_reader reader_of(const struct provider_settings *with, const char *external_id)
{
    return (struct answer_reader){provider_find("lolz"), with, &test_order, external_id};
}

static int write_create(const struct provider_settings *with, const char *asset,
                        struct provider_request *ret_request)
{
    struct provider_order order = test_order;
    struct error error;

    order.asset = asset;
    return provider_find("lolz")->write_create(with, &order, ret_request, &error);
}

static void an_invoice_is_asked_for_under_our_reference(void **state)
{
    struct provider_settings testing = settings;
    struct provider_request request = {0};

    (void)state;
    assert_int_equal(write_create(&settings, "", &request), 0);
    expect_request(&request, "POST", "https://api.lzt.market/invoice", headers,
                   "{\"currency\":\"usd\",\"amount\":50.00,\"payment_id\":\"slipway-9002\","
                   "\"comment\":\"Deposit slipway-9002\","
                   "\"url_success\":\"https://example/thanks\","
                   "\"url_callback\":\"https://api.example/callbacks/lolz\",\"merchant_id\":77,"
                   "\"lifetime\":3600}");
    testing.dialect = "test";
    testing.callback_url = "";
    assert_int_equal(write_create(&testing, "", &request), 0);
    expect_request(&request, "POST", "https://api.lzt.market/invoice", headers,
                   "{\"currency\":\"usd\",\"amount\":50.00,\"payment_id\":\"slipway-9002\","
                   "\"comment\":\"Deposit slipway-9002\","
                   "\"url_success\":\"https://example/thanks\",\"merchant_id\":77,"
                   "\"lifetime\":3600,\"is_test\":true}");
    assert_int_equal(write_create(&settings, "USDT", &request), PROVIDER_REFUSED);
    testing.account = "77,\"x\":1";
    assert_int_equal(write_create(&testing, "", &request), FAULT_HARD);
}

static void an_invoice_is_looked_for_by_its_id_or_ours(void **state)
{
    const struct provider *provider = provider_find("lolz");
    struct provider_request request = {0};
    struct error error;

    (void)state;
    assert_int_equal(provider->write_find(&settings, &test_order, "700001", &request, &error), 0);
    expect_request(&request, "GET", "https://api.lzt.market/invoice?invoice_id=700001", headers,
                   "");
    assert_int_equal(provider->write_find(&settings, &test_order, "", &request, &error), 0);
    expect_request(&request, "GET", "https://api.lzt.market/invoice?payment_id=slipway-9002",
                   headers, "");
}

static void a_made_invoice_is_read_with_its_amount_as_number_or_text(void **state)
{
    const struct answer_reader reader = reader_of(&settings, NULL);
    const struct provider_invoice invoice = expect_answer(&reader, 200, GOOD, 0);

    (void)state;
    assert_string_equal(invoice.external_id, "700001");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_string_equal(invoice.pay_url, "https://lzt.market/invoice/700001/");
    assert_int_equal(invoice.expires_at_us, INT64_C(1788958800) * 1000000);
    expect_answer(&reader, 200, ANSWER(INVOICE("1", "\"50.00\"", "not_paid", ""), "1"), 0);
    expect_cuts_refused(&reader, 200, GOOD);
    expect_odd_members_harmless(&reader, 200, GOOD);
    expect_common_refusals(&reader);
}

static void an_amount_that_may_be_in_roubles_is_not_ours(void **state)
{
    const struct answer_reader reader = reader_of(&settings, NULL);

    (void)state;
    expect_answer(&reader, 200, ANSWER(INVOICE("1", "4000", "not_paid", ""), "1"), FAULT_HARD);
    expect_answer(&reader, 200,
                  ANSWER(INVOICE("1", "50", "not_paid", ",\"currency\":\"rub\""), "1"), FAULT_HARD);
    expect_answer(&reader, 200,
                  ANSWER(INVOICE("1", "50", "not_paid", ",\"currency\":\"USD\""), "1"), 0);
}

static void a_test_invoice_counts_in_the_test_dialect_only(void **state)
{
    struct provider_settings testing = settings;
    const struct answer_reader live = reader_of(&settings, "1"), test = reader_of(&testing, "1");
    static const char by_number[] = ANSWER(INVOICE("1", "50", "paid", ",\"is_test\":1"), "1");
    static const char by_word[] = ANSWER(INVOICE("1", "50", "paid", ",\"is_test\":true"), "1");

    (void)state;
    testing.dialect = "test";
    expect_answer(&live, 200, by_number, FAULT_HARD);
    expect_answer(&live, 200, by_word, FAULT_HARD);
    expect_answer(&test, 200, by_number, 0);
    expect_answer(&test, 200, by_word, 0);
}

static void an_invoice_is_found_and_expires_by_the_providers_clock(void **state)
{
    const struct answer_reader reader = reader_of(&settings, "700001");
    const struct answer_reader lost = reader_of(&settings, "");
    const struct provider_invoice paid =
        expect_answer(&reader, 200, ANSWER(INVOICE("700001", "50", "paid", ""), "1788999999"), 0);
    const struct provider_invoice expired = expect_answer(
        &reader, 200, ANSWER(INVOICE("700001", "50", "not_paid", ""), "1788958800"), 0);
    const struct provider_invoice open = expect_answer(
        &reader, 200, ANSWER(INVOICE("700001", "50", "not_paid", ""), "1788958799"), 0);
    const struct provider_invoice unknown =
        expect_answer(&reader, 200, "{\"invoice\":" INVOICE("700001", "50", "not_paid", "") "}", 0);

    (void)state;
    assert_int_equal(paid.state, PROVIDER_PAID);
    assert_int_equal(paid.paid_cents, 5000);
    assert_int_equal(expired.state, PROVIDER_EXPIRED);
    assert_int_equal(open.state, PROVIDER_OPEN);
    assert_int_equal(unknown.state, PROVIDER_OPEN);
    assert_string_equal(expect_answer(&lost, 200, GOOD, 0).external_id, "700001");
    expect_answer(&reader, 200, ANSWER(INVOICE("700002", "50", "paid", ""), "1"), FAULT_HARD);
    expect_odd_members_harmless(&reader, 200, ANSWER(INVOICE("700001", "50", "paid", ""), "1"));
    expect_common_refusals(&reader);
}

static void an_invoice_that_is_not_there_is_told_in_two_ways(void **state)
{
    const struct answer_reader create = reader_of(&settings, NULL), find = reader_of(&settings, "");

    (void)state;
    expect_answer(&find, 404, "{\"errors\":[\"The requested invoice could not be found.\"]}",
                  PROVIDER_NOT_FOUND);
    expect_answer(&find, 200, "{\"invoice\":null}", PROVIDER_NOT_FOUND);
    expect_answer(&find, 200, "{\"invoice\":[]}", PROVIDER_NOT_FOUND);
    expect_answer(&find, 403, "{\"errors\":[\"no scope\"]}", PROVIDER_REFUSED);
    expect_answer(&find, 400, "{\"errors\":{\"payment_id\":\"?\"}}", PROVIDER_REFUSED);
    expect_answer(&create, 400, "{\"errors\":[\"payment_id: has been used already\"]}",
                  PROVIDER_REFUSED);
    expect_answer(&create, 404, "{\"errors\":[\"no such merchant\"]}", PROVIDER_REFUSED);
}

static int read_webhook(const struct provider_settings *with, const char *secret, const char *body,
                        struct provider_invoice *ret_invoice)
{
    const struct test_callback callback = {"X-Secret-Key", secret, body};

    return read_callback(provider_find("lolz"), with, &callback, ret_invoice);
}

static void a_webhook_is_known_by_its_secret_and_only_a_hint(void **state)
{
    static const char paid[] = INVOICE("700001", "50", "paid", ",\"is_test\":0");
    struct provider_settings without = settings;
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(read_webhook(&settings, "merchant-secret", paid, &invoice), 0);
    assert_string_equal(invoice.external_id, "700001");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_PAID);
    assert_int_equal(invoice.paid_cents, 0);
    assert_true(provider_find("lolz")->confirm_callbacks);
    assert_int_equal(read_webhook(&settings, NULL, paid, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, "", paid, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, "merchant-secreT", paid, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    without.secret = "";
    assert_int_equal(read_webhook(&without, "", paid, &invoice), PROVIDER_NOT_AUTHENTIC);
    without = settings;
    without.account = "78";
    assert_int_equal(read_webhook(&without, "merchant-secret", paid, &invoice), PROVIDER_IGNORED);
    assert_int_equal(read_webhook(&settings, "merchant-secret", "paid", &invoice), FAULT_HARD);
    assert_int_equal(read_webhook(&settings, "merchant-secret", "{}", &invoice), FAULT_HARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invoice_is_asked_for_under_our_reference),
        cmocka_unit_test(an_invoice_is_looked_for_by_its_id_or_ours),
        cmocka_unit_test(a_made_invoice_is_read_with_its_amount_as_number_or_text),
        cmocka_unit_test(an_amount_that_may_be_in_roubles_is_not_ours),
        cmocka_unit_test(a_test_invoice_counts_in_the_test_dialect_only),
        cmocka_unit_test(an_invoice_is_found_and_expires_by_the_providers_clock),
        cmocka_unit_test(an_invoice_that_is_not_there_is_told_in_two_ways),
        cmocka_unit_test(a_webhook_is_known_by_its_secret_and_only_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
