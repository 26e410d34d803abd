/* Lava Business. Signatures were computed with Python's hmac, hashlib and json; one is the vector
 * that the provider publishes with its own SDK. */
#include "provider_testing.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CREATED(amount, shop)                                                                      \
    "{\"data\":{\"id\":\"7bf6cd91\",\"amount\":" amount ",\"expired\":\"2026-09-09 16:00:00\","    \
    "\"status\":1,\"shop_id\":\"" shop "\",\"url\":\"https://pay.lava.ru/invoice/7bf6cd91\","      \
    "\"comment\":\"Deposit slipway-9002\",\"merchantName\":\"Shop\",\"exclude_service\":null,"     \
    "\"include_service\":[\"sbp\"]},\"status\":200,\"status_check\":true}"
#define GOOD CREATED("4750", "shop-1")
#define STATUS(status, amount, fields)                                                             \
    "{\"data\":{\"status\":\"" status "\",\"error_message\":null,\"id\":\"7bf6cd91\","             \
    "\"shop_id\":\"shop-1\",\"amount\":" amount ",\"expire\":\"2026-09-09 16:00:00\","             \
    "\"order_id\":\"slipway-9002\",\"custom_fields\":" fields                                      \
    ",\"include_service\":[\"sbp\"]},\"status\":200,\"status_check\":true}"
#define FAILED(error, status)                                                                      \
    "{\"data\":null,\"error\":" error ",\"status\":" status ",\"status_check\":false}"

static const struct provider_settings settings = {
    .base_url = "https://api.lava.ru",
    .token = "shop-secret",
    .secret = "additional-key",
    .account = "shop-1",
    .dialect = "",
    .callback_url = "https://api.example/callbacks/sbp",
    .return_url = "https://example/thanks",
    .kopecks_per_usd = 9500,
};

static struct answer_reader reader_of(const struct provider_settings *with, const char *external_id)
{
    return (struct answer_reader){provider_find("sbp"), with, &test_order, external_id};
}

static void a_request_is_signed_over_its_bytes(void **state)
{
    static const char *const headers[] = {
        "Content-Type: application/json", "Accept: application/json",
        "Signature: 554e3c41138006a8ddd075311e396b8c0510fb97ef89ff6fe2d7db201be92f31", NULL};
    struct provider_request request = {0};
    struct error error;

    (void)state;
    assert_int_equal(provider_find("sbp")->write_create(&settings, &test_order, &request, &error),
                     0);
    expect_request(&request, "POST", "https://api.lava.ru/business/invoice/create", headers,
                   "{\"sum\":4750.00,\"orderId\":\"slipway-9002\",\"shopId\":\"shop-1\","
                   "\"hookUrl\":\"https://api.example/callbacks/sbp\","
                   "\"successUrl\":\"https://example/thanks\","
                   "\"failUrl\":\"https://example/thanks\",\"expire\":60,"
                   "\"customFields\":\"kopecks=475000\",\"comment\":\"Deposit slipway-9002\","
                   "\"includeService\":[\"sbp\"]}");
}

static void or_inside_the_body_as_the_sdk_does(void **state)
{
    static const char *const headers[] = {"Content-Type: application/json",
                                          "Accept: application/json", NULL};
    struct provider_settings inside = settings;
    struct provider_request request = {0};
    struct error error;

    (void)state;
    inside.dialect = "body";
    assert_int_equal(provider_find("sbp")->write_create(&inside, &test_order, &request, &error), 0);
    expect_request(&request, "POST", "https://api.lava.ru/business/invoice/create", headers,
                   "{\"sum\":\"4750.00\",\"orderId\":\"slipway-9002\",\"shopId\":\"shop-1\","
                   "\"hookUrl\":\"https://api.example/callbacks/sbp\","
                   "\"successUrl\":\"https://example/thanks\","
                   "\"failUrl\":\"https://example/thanks\",\"expire\":60,"
                   "\"customFields\":\"kopecks=475000\",\"comment\":\"Deposit slipway-9002\","
                   "\"includeService\":[\"sbp\"],\"signature\":"
                   "\"239eb8ce114afb7d09e98ce564b8a8e10b5a612b3ae877768201cfacc6d55794\"}");
}

static void an_invoice_is_looked_for_by_its_id_or_ours(void **state)
{
    static const char *const by_id[] = {
        "Content-Type: application/json", "Accept: application/json",
        "Signature: a21859ba6b26a94d9ef53d92fbb83e54bc36dc250da228fd43fe4afedbec28e9", NULL};
    static const char *const by_order[] = {
        "Content-Type: application/json", "Accept: application/json",
        "Signature: cdfd85f519ba5a96144fc69077140a9f0c6cb1407fa38f1d9001ed17f833330b", NULL};
    const struct provider *provider = provider_find("sbp");
    struct provider_request request = {0};
    struct error error;

    (void)state;
    assert_int_equal(provider->write_find(&settings, &test_order, "7bf6cd91", &request, &error), 0);
    expect_request(&request, "POST", "https://api.lava.ru/business/invoice/status", by_id,
                   "{\"shopId\":\"shop-1\",\"invoiceId\":\"7bf6cd91\"}");
    assert_int_equal(provider->write_find(&settings, &test_order, "", &request, &error), 0);
    expect_request(&request, "POST", "https://api.lava.ru/business/invoice/status", by_order,
                   "{\"shopId\":\"shop-1\",\"orderId\":\"slipway-9002\"}");
}

static void an_order_that_cannot_be_asked_for_is_refused(void **state)
{
    struct provider_order order = test_order;
    struct provider_settings free = settings;
    struct provider_request request = {0};
    struct error error;

    (void)state;
    order.asset = "USDT";
    assert_int_equal(provider_find("sbp")->write_create(&settings, &order, &request, &error),
                     PROVIDER_REFUSED);
    free.kopecks_per_usd = 0;
    assert_int_equal(provider_find("sbp")->write_create(&free, &test_order, &request, &error),
                     FAULT_HARD);
    order = test_order;
    order.amount_cents = INT64_MAX;
    assert_int_equal(provider_find("sbp")->write_create(&settings, &order, &request, &error),
                     FAULT_HARD);
}

static void a_made_invoice_is_read(void **state)
{
    const struct answer_reader reader = reader_of(&settings, NULL);
    const struct provider_invoice invoice = expect_answer(&reader, 200, GOOD, 0);

    (void)state;
    assert_string_equal(invoice.external_id, "7bf6cd91");
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_string_equal(invoice.pay_url, "https://pay.lava.ru/invoice/7bf6cd91");
    /* A time without a zone is none. */
    assert_int_equal(invoice.expires_at_us, 0);
    expect_answer(&reader, 200, CREATED("\"4750.00\"", "shop-1"), 0);
    expect_answer(&reader, 200, CREATED("4749.99", "shop-1"), FAULT_HARD);
    expect_answer(&reader, 200, CREATED("50", "shop-1"), FAULT_HARD);
    expect_answer(&reader, 200, CREATED("4750", "shop-2"), FAULT_HARD);
    expect_cuts_refused(&reader, 200, GOOD);
    expect_odd_members_harmless(&reader, 200, GOOD);
    expect_common_refusals(&reader);
}

static void a_refusal_is_a_text_or_lists_by_field(void **state)
{
    const struct answer_reader create = reader_of(&settings, NULL);
    const struct answer_reader find = reader_of(&settings, "7bf6cd91");
    struct provider_invoice invoice;
    struct error error = {0};

    (void)state;
    assert_int_equal(
        read_answer(&create, 422, FAILED("\"OrderId must be uniq\"", "422"), &invoice, &error),
        PROVIDER_REFUSED);
    assert_string_equal(error.text, "the provider refused: OrderId must be uniq");
    assert_int_equal(read_answer(&create, 200,
                                 FAILED("{\"includeService.0\":[\"It is invalid.\"]}", "422"),
                                 &invoice, &error),
                     PROVIDER_REFUSED);
    assert_string_equal(error.text, "the provider refused: It is invalid.");
    expect_answer(&create, 401, FAILED("\"Invalid signature\"", "401"), PROVIDER_REFUSED);
    expect_answer(&create, 404, FAILED("\"Shop not found\"", "404"), PROVIDER_REFUSED);
    expect_answer(&create, 422, FAILED("{\"sum\":7}", "422"), PROVIDER_REFUSED);
    expect_answer(&create, 422, FAILED("[]", "422"), PROVIDER_REFUSED);
    expect_answer(&find, 404, FAILED("\"Invoice not found\"", "404"), PROVIDER_NOT_FOUND);
    expect_answer(&find, 200, FAILED("\"Invoice not found\"", "404"), PROVIDER_NOT_FOUND);
    expect_answer(&find, 200, FAILED("\"Slow down\"", "429"), PROVIDER_BUSY);
    expect_odd_members_harmless(&find, 200, FAILED("{\"sum\":[\"x\"]}", "422"));
}

static void every_status_is_known(void **state)
{
    const struct answer_reader reader = reader_of(&settings, "7bf6cd91");

    (void)state;
    assert_int_equal(expect_answer(&reader, 200, STATUS("created", "4750", "null"), 0).state,
                     PROVIDER_OPEN);
    assert_int_equal(expect_answer(&reader, 200, STATUS("pending", "4750", "null"), 0).state,
                     PROVIDER_OPEN);
    assert_int_equal(expect_answer(&reader, 200, STATUS("success", "4750", "null"), 0).state,
                     PROVIDER_PAID);
    assert_int_equal(expect_answer(&reader, 200, STATUS("cancel", "4750", "null"), 0).state,
                     PROVIDER_FAILED);
    assert_int_equal(expect_answer(&reader, 200, STATUS("error", "4750", "null"), 0).state,
                     PROVIDER_FAILED);
    assert_int_equal(expect_answer(&reader, 200, STATUS("expired", "4750", "null"), 0).state,
                     PROVIDER_EXPIRED);
    expect_answer(&reader, 200, STATUS("frozen", "4750", "null"), FAULT_HARD);
    expect_odd_members_harmless(&reader, 200, STATUS("success", "4750", "\"kopecks=475000\""));
    expect_common_refusals(&reader);
}

static int64_t paid_cents(const struct provider_settings *with, const char *status)
{
    const struct answer_reader reader = reader_of(with, "");

    return expect_answer(&reader, 200, status, 0).paid_cents;
}

static void roubles_are_counted_at_the_rate_of_the_invoice(void **state)
{
    struct provider_settings later = settings;
    const struct answer_reader reader = reader_of(&settings, "");

    (void)state;
    later.kopecks_per_usd = 12000;
    assert_int_equal(paid_cents(&settings, STATUS("success", "4750", "\"kopecks=475000\"")), 5000);
    assert_int_equal(paid_cents(&later, STATUS("success", "4750", "\"kopecks=475000\"")), 5000);
    assert_int_equal(paid_cents(&later, STATUS("success", "\"2375.00\"", "\"kopecks=475000\"")),
                     2500);
    assert_int_equal(paid_cents(&settings, STATUS("success", "4749.99", "\"kopecks=475000\"")),
                     4999);
    /* Where the field is not given back, the settings are all there is. */
    assert_int_equal(paid_cents(&settings, STATUS("success", "4750", "null")), 5000);
    assert_int_equal(paid_cents(&later, STATUS("success", "4750", "\"other\"")), 3958);
    expect_answer(&reader, 200, STATUS("success", "4750", "\"kopecks=0\""), FAULT_HARD);
    expect_answer(&reader, 200, STATUS("success", "4750", "\"kopecks=9999999999999999999\""),
                  FAULT_HARD);
    expect_answer(&reader, 200, STATUS("success", "4750", "\"kopecks=-1\""), FAULT_HARD);
}

static void a_found_invoice_is_paid_at_its_page(void **state)
{
    struct provider_settings elsewhere = settings;
    const struct answer_reader reader = reader_of(&settings, "");
    const struct answer_reader other = reader_of(&elsewhere, "");

    (void)state;
    elsewhere.base_url = "http://127.0.0.1:8080/sbp";
    assert_string_equal(expect_answer(&reader, 200, STATUS("created", "1", "null"), 0).pay_url,
                        "https://pay.lava.ru/invoice/7bf6cd91");
    assert_string_equal(expect_answer(&other, 200, STATUS("created", "1", "null"), 0).pay_url,
                        "http://127.0.0.1:8080/sbp/invoice/7bf6cd91");
}

static int read_webhook(const struct provider_settings *with, const char *signature,
                        const char *body, struct provider_invoice *ret_invoice)
{
    const struct test_callback callback = {"Authorization", signature, body};

    return read_callback(provider_find("sbp"), with, &callback, ret_invoice);
}

/* tests/Feature/Webhook/WebhookTest.php of LavaDevelop/lava-sdk. */
static void the_providers_own_vector_is_authentic(void **state)
{
    struct provider_settings theirs = settings;
    struct provider_invoice invoice;

    (void)state;
    theirs.secret = "f4b91efb9b8da35737fcd97ab123c74566f9a654";
    assert_int_equal(
        read_webhook(&theirs, "b0b011552beb994cc04401e088db7b296796a07fc76976b632518fe146ffa330",
                     "{\"invoice_id\":\"18cf0c0b-6539-4d7c-b3e9-479e4922b87c\","
                     "\"status\":\"success\",\"pay_time\":\"2022-11-08 11:26:46\","
                     "\"amount\":\"1.00\",\"order_id\":\"636a3c2f3e82b\",\"pay_service\":\"card\","
                     "\"payer_details\":\"553691******8079\",\"custom_fields\":\"test\",\"type\":1,"
                     "\"credited\":\"1.00\"}",
                     &invoice),
        0);
    assert_string_equal(invoice.external_id, "18cf0c0b-6539-4d7c-b3e9-479e4922b87c");
    assert_string_equal(invoice.reference, "636a3c2f3e82b");
    assert_int_equal(invoice.state, PROVIDER_PAID);
}

static const char webhook[] =
    "{\"invoice_id\":\"7bf6cd91-a93a-4b5b-9eb5-90b1cd1f3f5a\",\"order_id\":\"slipway-9002\","
    "\"status\":\"success\",\"pay_time\":\"2026-09-09 12:00:00\",\"amount\":\"4750.00\","
    "\"credited\":\"4512.50\",\"pay_service\":\"sbp\","
    "\"payer_details\":\"+7/900 \xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd \xf0\x9f\x98\x80 \\\"q\\\"\","
    "\"custom_fields\":\"kopecks=475000\",\"type\":1}";
static const char webhook_signature[] =
    "c09487cf94c80095ccfad98b4ab52b70085df78af48cb1abcc32feaae19d859e";
/* Of the bytes as they are, which some clients take for it. */
static const char raw_signature[] =
    "4047dd5c07d7a51b22a1c1b5506d1b722e1c45cc5511593e8e0ffd8e8ff36415";

static void a_webhook_is_signed_in_phps_spelling(void **state)
{
    struct provider_settings without = settings;
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(read_webhook(&settings, webhook_signature, webhook, &invoice), 0);
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.paid_cents, 0);
    assert_int_equal(read_webhook(&settings, raw_signature, webhook, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, NULL, webhook, &invoice), PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, webhook_signature, "{}", &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    assert_int_equal(read_webhook(&settings, webhook_signature, "paid", &invoice),
                     PROVIDER_NOT_AUTHENTIC);
    without.secret = "";
    assert_int_equal(read_webhook(&without, webhook_signature, webhook, &invoice),
                     PROVIDER_NOT_AUTHENTIC);
}

static void a_payment_of_a_subscription_is_ignored(void **state)
{
    struct provider_invoice invoice;

    (void)state;
    assert_int_equal(
        read_webhook(&settings, "bf2aeb0e9481c2e0e6383433fb7a8877ce29f61e4242e7ccd3894f2416113d57",
                     "{\"type\":4,\"invoice_id\":\"1\",\"status\":\"success\"}", &invoice),
        PROVIDER_IGNORED);
    assert_int_equal(
        read_webhook(&settings, "45972fb30a3ba895f6cfe6956ee40f5382c6401eef072034018822a744b8052d",
                     "{\"type\":1,\"status\":\"success\"}", &invoice),
        FAULT_HARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_signed_over_its_bytes),
        cmocka_unit_test(or_inside_the_body_as_the_sdk_does),
        cmocka_unit_test(an_invoice_is_looked_for_by_its_id_or_ours),
        cmocka_unit_test(an_order_that_cannot_be_asked_for_is_refused),
        cmocka_unit_test(a_made_invoice_is_read),
        cmocka_unit_test(a_refusal_is_a_text_or_lists_by_field),
        cmocka_unit_test(every_status_is_known),
        cmocka_unit_test(roubles_are_counted_at_the_rate_of_the_invoice),
        cmocka_unit_test(a_found_invoice_is_paid_at_its_page),
        cmocka_unit_test(the_providers_own_vector_is_authentic),
        cmocka_unit_test(a_webhook_is_signed_in_phps_spelling),
        cmocka_unit_test(a_payment_of_a_subscription_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
