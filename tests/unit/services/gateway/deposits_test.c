/* Deposits as the gateway reads, shows and passes them on. */
#include "services/gateway/callback_request.h"
#include "services/gateway/deposit_request.h"
#include "services/gateway/views.h"

#include <string.h>
#include <strings.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 2026-09-09T12:00:00Z */
static const int64_t noon_us = INT64_C(1788955200000000);

static int read_request(const char *text, struct deposit_request *ret_deposit,
                        struct problem *problem)
{
    json_t *body = json_loads(text, 0, NULL);
    int refusal;

    assert_non_null(body);
    refusal = deposit_request_read(body, ret_deposit, problem);
    /* Texts are borrowed: what is asserted of them has been read by now. */
    if (refusal == 0) {
        assert_string_equal(ret_deposit->command.provider, "cryptobot");
        assert_int_equal(ret_deposit->command.amount_cents, 5000);
    }
    json_decref(body);
    return refusal;
}

static void a_deposit_is_read(void **state)
{
    struct deposit_request deposit;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(
        read_request("{\"provider\":\"cryptobot\",\"amount_usd\":\"50.00\",\"asset\":\"USDT\"}",
                     &deposit, &problem),
        0);
    assert_int_equal(deposit.user_id, 0);
    assert_int_equal(
        read_request("{\"provider\":\"cryptobot\",\"amount_usd\":\"50\",\"user_id\":42}", &deposit,
                     &problem),
        0);
    assert_int_equal(deposit.user_id, 42);
    assert_string_equal(deposit.command.asset, "");
}

static void an_amount_is_1_to_1000_dollars(void **state)
{
    static const struct {
        const char *amount;
        bool good;
    } cases[] = {
        {"\"0.99\"",    false},
        {"\"1.00\"",    true },
        {"\"1000.00\"", true },
        {"\"1000.01\"", false},
        {"\"-5.00\"",   false},
        {"\"50.001\"",  false},
        {"\"1e2\"",     false},
        {"50",          false},
    };
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        struct deposit_request deposit;
        struct problem problem = {0};
        json_t *body;

        (void)snprintf(text, sizeof(text), "{\"provider\":\"sbp\",\"amount_usd\":%s}",
                       cases[i].amount);
        body = json_loads(text, 0, NULL);
        assert_int_equal(deposit_request_read(body, &deposit, &problem) == 0, cases[i].good);
        if (!cases[i].good)
            assert_string_equal(problem.fields[0].pointer, "/amount_usd");
        problem_deinit(&problem);
        json_decref(body);
    }
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
    struct deposit_request deposit;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(
        read_request("{\"amount_usd\":\"0\",\"asset\":7,\"coupon\":\"x\"}", &deposit, &problem),
        PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 4);
    assert_string_equal(problem.fields[0].pointer, "/provider");
    assert_string_equal(problem.fields[1].code, "out_of_range");
    assert_string_equal(problem.fields[2].pointer, "/asset");
    assert_string_equal(problem.fields[3].code, "unknown_member");
    problem_deinit(&problem);
}

static void deposit_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Deposit deposit = SLIPWAY__V1__DEPOSIT__INIT;
    struct buffer body = {0};

    (void)state;
    deposit.transaction_id = 9002;
    deposit.provider = (char[]){"cryptobot"};
    deposit.external_id = (char[]){"1001"};
    deposit.status = (char[]){"completed"};
    deposit.amount_cents = 5000;
    deposit.pay_url = (char[]){"https://t.me/x"};
    deposit.expires_at_us = noon_us;
    view_deposit(&body, &deposit);
    assert_string_equal(body.data,
                        "{\"provider\":\"cryptobot\",\"external_id\":\"1001\","
                        "\"transaction_id\":9002,\"status\":\"completed\",\"amount_usd\":\"50.00\","
                        "\"fee_usd\":\"0.00\",\"pay_url\":\"https://t.me/x\","
                        "\"expires_at\":\"2026-09-09T12:00:00Z\"}");
    buffer_reset(&body);
    deposit.pay_url = (char[]){""};
    deposit.address = (char[]){"TXYZ"};
    deposit.network = (char[]){"ton"};
    deposit.memo = (char[]){"4711"};
    deposit.pay_amount = (char[]){"50.1"};
    view_deposit(&body, &deposit);
    assert_non_null(strstr(body.data, "\"pay_url\":null,\"expires_at\":\"2026-09-09T12:00:00Z\","
                                      "\"address\":\"TXYZ\",\"network\":\"ton\",\"memo\":\"4711\","
                                      "\"pay_amount\":\"50.1\"}"));
    buffer_deinit(&body);
}

static void a_deposit_that_is_not_completed_has_no_balance_after_it(void **state)
{
    Slipway__V1__Transaction transaction = SLIPWAY__V1__TRANSACTION__INIT;
    struct buffer body = {0};

    (void)state;
    transaction.id = 9002;
    transaction.user_id = 42;
    transaction.type = (char[]){"deposit"};
    transaction.amount_cents = 5000;
    transaction.status = (char[]){"pending"};
    transaction.created_at_us = noon_us;
    view_transaction(&body, &transaction);
    assert_string_equal(body.data,
                        "{\"id\":9002,\"user_id\":42,\"type\":\"deposit\",\"amount_usd\":\"50.00\","
                        "\"balance_after_usd\":null,\"status\":\"pending\","
                        "\"created_at\":\"2026-09-09T12:00:00Z\",\"batch_id\":null,"
                        "\"vps_id\":null}");
    buffer_deinit(&body);
}

static const char *find_header(void *context, const char *name)
{
    const char *const *sent = context;

    for (; sent[0] != NULL; sent += 2)
        if (strcasecmp(sent[0], name) == 0)
            return sent[1];
    return NULL;
}

static void a_callback_brings_its_body_and_the_signatures_only(void **state)
{
    const char *sent[] = {"cookie",       "session=1", "rocket-pay-signature", "ab",
                          "x-secret-key", "c",         "user-agent",           "x",
                          NULL,           NULL};
    struct callback_request callback;

    (void)state;
    callback_request_fill("xrocket", "raw\0bytes", 9, find_header, sent, &callback);
    assert_string_equal(callback.command.provider, "xrocket");
    assert_int_equal(callback.command.body.len, 9);
    assert_memory_equal(callback.command.body.data, "raw\0bytes", 9);
    assert_int_equal(callback.command.n_headers, 2);
    assert_string_equal(callback.command.headers[0]->name, "Rocket-Pay-Signature");
    assert_int_equal(callback.command.headers[0]->value.len, 2);
    assert_string_equal(callback.command.headers[1]->name, "X-Secret-Key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deposit_is_read),
        cmocka_unit_test(an_amount_is_1_to_1000_dollars),
        cmocka_unit_test(all_that_is_wrong_is_told_at_once),
        cmocka_unit_test(deposit_is_rendered_as_the_contract_shows),
        cmocka_unit_test(a_deposit_that_is_not_completed_has_no_balance_after_it),
        cmocka_unit_test(a_callback_brings_its_body_and_the_signatures_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
