/* A gateway of NOWPayments' shape. The signature was computed with Python's hmac, hashlib and
 * json. */
#include "provider_testing.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PAYMENT(status, price, pay, paid, more)                                                    \
    "{\"payment_id\":\"5077125051\",\"payment_status\":\"" status                                  \
    "\",\"pay_address\":\"TNDFkiSmBQorNFacb3735q8MnT29sn8BLn\",\"price_amount\":" price            \
    ",\"price_currency\":\"usd\",\"pay_amount\":" pay ",\"actually_paid\":" paid                   \
    ",\"pay_currency\":\"usdttrc20\",\"order_id\":\"slipway-9002\",\"network\":\"trx\","           \
    "\"expiration_estimate_date\":\"2026-09-09T12:20:00.000Z\","                                   \
    "\"valid_until\":\"2026-09-16T12:00:00.000Z\"" more "}"
#define GOOD        PAYMENT("waiting", "50", "50.123456", "0", ",\"payin_extra_id\":null")
#define LIST(items) "{\"data\":[" items "],\"limit\":100,\"page\":0,\"total\":1}"

static const struct provider_settings settings = {
    .base_url = "https://api.nowpayments.io",
    .token = "api-key",
    .secret = "ipn-secret",
    .account = "",
    .dialect = "",
    .callback_url = "https://api.example/callbacks/crypto",
    .return_url = "",
};

static const char *const headers[] = {"x-api-key: api-key", "Content-Type: application/json",
                                      "Accept: application/json", NULL};

static struct answer_reader reader_of(const struct provider_settings *with, const char *external_id)
{
    return (struct answer_reader){provider_find("crypto"), with, &test_order, external_id};
}

static int write_create(const struct provider_settings *with, const char *asset,
                        struct provider_request *ret_request)
{
    struct provider_order order = test_order;
    struct error error;

    order.asset = asset;
    return provider_find("crypto")->write_create(with, &order, ret_request, &error);
}

static void a_payment_is_asked_for_at_a_fixed_rate(void **state)
{
    struct provider_settings floating = settings;
    struct provider_request request = {0};

    (void)state;
    assert_int_equal(write_create(&settings, "", &request), 0);
    expect_request(&request, "POST", "https://api.nowpayments.io/v1/payment", headers,
                   "{\"price_amount\":50.00,\"price_currency\":\"usd\","
                   "\"pay_currency\":\"usdttrc20\",\"order_id\":\"slipway-9002\","
                   "\"order_description\":\"Deposit slipway-9002\","
                   "\"ipn_callback_url\":\"https://api.example/callbacks/crypto\","
                   "\"is_fixed_rate\":true}");
    floating.dialect = "floating";
    floating.callback_url = "";
    assert_int_equal(write_create(&floating, "BTC", &request), 0);
    expect_request(&request, "POST", "https://api.nowpayments.io/v1/payment", headers,
                   "{\"price_amount\":50.00,\"price_currency\":\"usd\",\"pay_currency\":\"btc\","
                   "\"order_id\":\"slipway-9002\","
                   "\"order_description\":\"Deposit slipway-9002\",\"is_fixed_rate\":false}");
}

static void expect_currency(const char *asset, const char *currency)
{
    struct provider_request request = {0};

    assert_int_equal(write_create(&settings, asset, &request), 0);
    assert_non_null(strstr(request.body.data, currency));
    provider_request_deinit(&request);
}

static void a_coin_and_its_network_are_one_name(void **state)
{
    struct provider_request request = {0};

    (void)state;
    expect_currency("USDT", "\"pay_currency\":\"usdttrc20\"");
    expect_currency("USDT-TRC20", "\"pay_currency\":\"usdttrc20\"");
    expect_currency("usdt_erc20", "\"pay_currency\":\"usdterc20\"");
    expect_currency("TON", "\"pay_currency\":\"ton\"");
    assert_int_equal(write_create(&settings, "USDT on TRON", &request), PROVIDER_REFUSED);
    assert_int_equal(write_create(&settings, "--", &request), PROVIDER_REFUSED);
    assert_int_equal(write_create(&settings, "\"", &request), PROVIDER_REFUSED);
}

static void a_payment_is_looked_for_by_id_or_among_the_newest(void **state)
{
    const struct provider *provider = provider_find("crypto");
    struct provider_request request = {0};
    struct error error;

    (void)state;
    assert_int_equal(provider->write_find(&settings, &test_order, "5077125051", &request, &error),
                     0);
    expect_request(&request, "GET", "https://api.nowpayments.io/v1/payment/5077125051", headers,
                   "");
    assert_int_equal(provider->write_find(&settings, &test_order, "", &request, &error), 0);
    expect_request(&request, "GET",
                   "https://api.nowpayments.io/v1/payment/"
                   "?limit=100&page=0&sortBy=created_at&orderBy=desc",
                   headers, "");
}

static void a_made_payment_tells_where_the_coins_go(void **state)
{
    const struct answer_reader reader = reader_of(&settings, NULL);
    const struct provider_invoice invoice = expect_answer(&reader, 201, GOOD, 0);

    (void)state;
    assert_string_equal(invoice.external_id, "5077125051");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_string_equal(invoice.pay_url, "");
    assert_string_equal(invoice.address, "TNDFkiSmBQorNFacb3735q8MnT29sn8BLn");
    assert_string_equal(invoice.network, "trx");
    assert_string_equal(invoice.pay_amount, "50.123456");
    assert_string_equal(invoice.memo, "");
    assert_int_equal(invoice.paid_cents, 0);
    assert_int_equal(invoice.expires_at_us, INT64_C(1788956400) * 1000000);
    expect_cuts_refused(&reader, 201, GOOD);
    expect_odd_members_harmless(&reader, 201, GOOD);
    expect_common_refusals(&reader);
}

static void a_memo_is_never_left_out(void **state)
{
    const struct answer_reader reader = reader_of(&settings, NULL);
    const struct provider_invoice invoice = expect_answer(
        &reader, 201, PAYMENT("waiting", "50", "50", "0", ",\"payin_extra_id\":\"314159\""), 0);
    const struct provider_invoice number = expect_answer(
        &reader, 201, PAYMENT("waiting", "50", "50", "0", ",\"payin_extra_id\":314159"), 0);

    (void)state;
    assert_string_equal(invoice.memo, "314159");
    assert_string_equal(number.memo, "314159");
    expect_answer(&reader, 201,
                  PAYMENT("waiting", "50", "50", "0", ",\"payin_extra_id\":\"two words\""),
                  FAULT_HARD);
}

static void small_amounts_are_written_out(void **state)
{
    const struct answer_reader reader = reader_of(&settings, NULL);
    const struct provider_invoice invoice =
        expect_answer(&reader, 201, PAYMENT("waiting", "50", "8.3e-7", "0", ""), 0);

    (void)state;
    assert_string_equal(invoice.pay_amount, "0.00000083");
}

static void a_floating_payment_lasts_a_week(void **state)
{
    struct provider_settings floating = settings;
    const struct answer_reader reader = reader_of(&floating, NULL);

    (void)state;
    floating.dialect = "floating";
    assert_int_equal(expect_answer(&reader, 201, GOOD, 0).expires_at_us,
                     INT64_C(1789560000) * 1000000);
}

static void another_price_order_or_coin_is_not_our_payment(void **state)
{
    const struct answer_reader reader = reader_of(&settings, NULL);
    struct provider_order other = test_order;
    struct answer_reader in_btc = reader;

    (void)state;
    other.asset = "BTC";
    in_btc.order = &other;
    expect_answer(&in_btc, 201, GOOD, FAULT_HARD);
    expect_answer(&reader, 201, PAYMENT("waiting", "49.99", "50", "0", ""), FAULT_HARD);
    expect_answer(&reader, 201, PAYMENT("thinking", "50", "50", "0", ""), FAULT_HARD);
    other.asset = "";
    other.reference = "slipway-9003";
    expect_answer(&in_btc, 201, GOOD, FAULT_HARD);
}

static struct provider_invoice found(const char *payment)
{
    const struct answer_reader reader = reader_of(&settings, "5077125051");

    return expect_answer(&reader, 200, payment, 0);
}

static void what_arrived_counts_at_the_locked_rate(void **state)
{
    (void)state;
    assert_int_equal(found(PAYMENT("finished", "50", "0.000834", "0.000834", "")).paid_cents, 5000);
    assert_int_equal(found(PAYMENT("partially_paid", "50", "0.000834", "0.000417", "")).paid_cents,
                     2500);
    assert_int_equal(found(PAYMENT("finished", "50", "0.000834", "1.668e-3", "")).paid_cents,
                     10000);
    assert_int_equal(
        found(PAYMENT("finished", "50", "\"0.000834\"", "\"0.000833999\"", "")).paid_cents, 4999);
    assert_int_equal(found(PAYMENT("partially_paid", "50", "0.000834", "1e-9", "")).paid_cents, 0);
    /* Declared finished by people. */
    assert_int_equal(found(PAYMENT("finished", "50", "0.000834", "0", "")).paid_cents, 5000);
    assert_int_equal(found(PAYMENT("finished", "50", "0.000834", "null", "")).paid_cents, 5000);
}

static void only_final_statuses_are_paid(void **state)
{
    const struct answer_reader reader = reader_of(&settings, "5077125051");

    (void)state;
    assert_int_equal(found(PAYMENT("confirming", "50", "50", "50", "")).state, PROVIDER_OPEN);
    assert_int_equal(found(PAYMENT("confirming", "50", "50", "50", "")).paid_cents, 0);
    assert_int_equal(found(PAYMENT("confirmed", "50", "50", "50", "")).state, PROVIDER_OPEN);
    assert_int_equal(found(PAYMENT("sending", "50", "50", "50", "")).state, PROVIDER_OPEN);
    assert_int_equal(found(PAYMENT("finished", "50", "50", "50", "")).state, PROVIDER_PAID);
    assert_int_equal(found(PAYMENT("partially_paid", "50", "50", "1", "")).state, PROVIDER_PAID);
    assert_int_equal(found(PAYMENT("failed", "50", "50", "0", "")).state, PROVIDER_FAILED);
    assert_int_equal(found(PAYMENT("refunded", "50", "50", "0", "")).state, PROVIDER_FAILED);
    assert_int_equal(found(PAYMENT("expired", "50", "50", "0", "")).state, PROVIDER_EXPIRED);
    expect_answer(&reader, 200, PAYMENT("partially_paid", "50", "50", "null", ""), FAULT_HARD);
    expect_answer(&reader, 200, PAYMENT("finished", "50", "0", "1", ""), FAULT_HARD);
    expect_answer(&reader, 200, PAYMENT("finished", "50", "50", "-1", ""), FAULT_HARD);
    expect_odd_members_harmless(&reader, 200, PAYMENT("finished", "50", "50", "50", ""));
    expect_common_refusals(&reader);
}

static void a_payment_that_is_not_there_is_told(void **state)
{
    const struct answer_reader create = reader_of(&settings, NULL);
    const struct answer_reader find = reader_of(&settings, "5077125051");

    (void)state;
    expect_answer(&find, 404, "{\"statusCode\":404,\"message\":\"Payment not found\"}",
                  PROVIDER_NOT_FOUND);
    expect_answer(&find, 403, "{\"statusCode\":403,\"message\":\"Invalid api key\"}",
                  PROVIDER_REFUSED);
    expect_answer(&create, 400, "{\"message\":\"amountTo is too small\"}", PROVIDER_REFUSED);
    expect_answer(&create, 404, "{\"message\":\"?\"}", PROVIDER_REFUSED);
}

static void a_lost_payment_is_found_in_the_list_where_it_is_open(void **state)
{
    const struct answer_reader reader = reader_of(&settings, "");
    const struct provider_invoice invoice = expect_answer(
        &reader, 200,
        LIST("{\"order_id\":\"slipway-1\"}," PAYMENT(
            "waiting", "50", "50", "0",
            ",\"parent_payment_id\":5") "," PAYMENT("waiting", "50", "50", "0",
                                                    ",\"parent_payment_id\":null,\"memo\":1")),
        0);

    (void)state;
    assert_string_equal(invoice.external_id, "5077125051");
    expect_answer(&reader, 200, LIST(""), PROVIDER_NOT_FOUND);
    expect_answer(&reader, 200, GOOD, FAULT_HARD);
    /* For people's sessions only; what was never shown to anyone is as good as not there. */
    expect_answer(&reader, 401, "{\"message\":\"Authorization header is empty\"}",
                  PROVIDER_NOT_FOUND);
    expect_answer(&reader, 403, "{\"message\":\"Access denied\"}", PROVIDER_NOT_FOUND);
    expect_odd_members_harmless(&reader, 200, LIST(PAYMENT("finished", "50", "50", "50", "")));
}

/* Numbers as a JSON writer of JavaScript has them, names unsorted, UTF-8 in between. */
static const char ipn[] =
    "{\"payment_id\":5077125051,\"parent_payment_id\":null,\"payment_status\":\"finished\","
    "\"pay_address\":\"TNDFkiSmBQorNFacb3735q8MnT29sn8BLn\",\"price_amount\":50,"
    "\"price_currency\":\"usd\",\"pay_amount\":50.123456,\"actually_paid\":1e-7,"
    "\"order_id\":\"slipway-9002\",\"order_description\":\"caf\xc3\xa9 / \xe2\x80\xa8\","
    "\"fee\":{\"withdrawalFee\":0,\"depositFee\":0.09853637216235617,\"currency\":\"trx\"},"
    "\"z\":[{\"b\":1,\"a\":true}]}";
static const char ipn_signature[] =
    "32bf3d1cbdebe3592fd187cbe5ecc4e90990307218184437d40d8fae657971f7"
    "0f3009585f9c19b46570bbf63c1852655bd8537b2ac9ab18919f4ac8083e095e";

static int read_ipn(const struct provider_settings *with, const char *signature, const char *body,
                    struct provider_invoice *ret_invoice)
{
    const struct test_callback callback = {"X-NowPayments-Sig", signature, body};

    return read_callback(provider_find("crypto"), with, &callback, ret_invoice);
}

static void a_notification_is_signed_over_its_sorted_members(void **state)
{
    struct provider_settings without = settings;
    char changed[sizeof(ipn)];
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(read_ipn(&settings, ipn_signature, ipn, &invoice), 0);
    assert_string_equal(invoice.external_id, "5077125051");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_PAID);
    assert_true(provider_find("crypto")->confirm_callbacks);
    memcpy(changed, ipn, sizeof(ipn));
    *strstr(changed, "9002") = '8';
    assert_int_equal(read_ipn(&settings, ipn_signature, changed, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_ipn(&settings, NULL, ipn, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_ipn(&settings, "", ipn, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_ipn(&settings, ipn_signature, "finished", &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    without.secret = "";
    assert_int_equal(read_ipn(&without, ipn_signature, ipn, &invoice), PROVIDER_NOT_AUTHENTIC);
}

static void coins_sent_again_are_no_deposit(void **state)
{
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(read_ipn(&settings,
                              "9337dc0e7338516e644fa885b5e9cf4b54381b0f924e81dc9929d3fc85d3f2c8"
                              "0941c84ba7965ed21937238795dcb0e884b5fecb9be06031e7b5953103cded92",
                              "{\"parent_payment_id\":5077125051,\"payment_id\":5077125052,"
                              "\"payment_status\":\"finished\",\"order_id\":\"slipway-9002\"}",
                              &invoice),
                     PROVIDER_IGNORED);
    assert_int_equal(read_ipn(&settings,
                              "cbabaca35c14dc60f38a207d168b2050324f12dd24dbc9d2453493a23b30e4d1"
                              "dd24cf7ef7d5f11f0839546508da659820a3f4b8181e4a48d8add56b3558f322",
                              "{\"parent_payment_id\":0,\"payment_id\":5077125052,"
                              "\"payment_status\":\"unheard_of\"}",
                              &invoice),
                     0);
    assert_int_equal(invoice.state, PROVIDER_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_is_asked_for_at_a_fixed_rate),
        cmocka_unit_test(a_coin_and_its_network_are_one_name),
        cmocka_unit_test(a_payment_is_looked_for_by_id_or_among_the_newest),
        cmocka_unit_test(a_made_payment_tells_where_the_coins_go),
        cmocka_unit_test(a_memo_is_never_left_out),
        cmocka_unit_test(small_amounts_are_written_out),
        cmocka_unit_test(a_floating_payment_lasts_a_week),
        cmocka_unit_test(another_price_order_or_coin_is_not_our_payment),
        cmocka_unit_test(what_arrived_counts_at_the_locked_rate),
        cmocka_unit_test(only_final_statuses_are_paid),
        cmocka_unit_test(a_payment_that_is_not_there_is_told),
        cmocka_unit_test(a_lost_payment_is_found_in_the_list_where_it_is_open),
        cmocka_unit_test(a_notification_is_signed_over_its_sorted_members),
        cmocka_unit_test(coins_sent_again_are_no_deposit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
