/* The bodies of the API, byte for byte. */
#include "services/billing/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void checkout_is_a_batch_to_watch(void **state)
{
    struct answer answer = {0};

    (void)state;
    answer_render_checkout(&answer, &(struct answer_checkout){.batch_id = 5678, .accepted = 1});
    assert_int_equal(answer.status, 202);
    assert_true(answer.recorded);
    assert_string_equal(answer.location, "/hosting/api/v1/batches/checkout:5678");
    assert_string_equal(answer.body.data,
                        "{\"batch_id\":\"checkout:5678\",\"accepted\":1,\"status\":\"pending\"}");
    answer_deinit(&answer);
}

static void bulk_checkout_lists_what_was_left_out(void **state)
{
    static const struct answer_rejected rejected[] = {
        {1, "unknown_plan", "There is no such plan on sale."},
        {4, "sold_out",     "Full."                         }
    };
    struct answer answer = {0};

    (void)state;
    answer_render_checkout(&answer, &(struct answer_checkout){5679, 2, true, rejected, 2});
    assert_string_equal(
        answer.body.data,
        "{\"batch_id\":\"checkout:5679\",\"accepted\":2,\"status\":\"pending\",\"rejected\":["
        "{\"index\":1,\"code\":\"unknown_plan\",\"detail\":\"There is no such plan on sale.\"},"
        "{\"index\":4,\"code\":\"sold_out\",\"detail\":\"Full.\"}]}");
    answer_render_checkout(&answer, &(struct answer_checkout){.batch_id = 1, .bulk = true});
    assert_string_equal(answer.body.data, "{\"batch_id\":\"checkout:1\",\"accepted\":0,"
                                          "\"status\":\"pending\",\"rejected\":[]}");
    answer_deinit(&answer);
}

static void deposit_is_rendered_as_the_contract_shows(void **state)
{
    struct answer answer = {0};
    struct deposit deposit = {
        .id = 9002,
        .provider = "cryptobot",
        .status = DEPOSIT_PENDING,
        .amount_cents = 5000,
        .fee_cents = 125,
        .external_id = "1001",
        .pay_url = "https://t.me/CryptoBot?start=x",
        .address = "",
        .expires_at_us = INT64_C(1788955200000000),
    };

    (void)state;
    answer_render_deposit(&answer, 201, &deposit);
    assert_int_equal(answer.status, 201);
    assert_true(answer.recorded);
    assert_string_equal(
        answer.body.data,
        "{\"provider\":\"cryptobot\",\"external_id\":\"1001\",\"transaction_id\":9002,"
        "\"status\":\"pending\",\"amount_usd\":\"50.00\",\"fee_usd\":\"1.25\","
        "\"pay_url\":\"https://t.me/CryptoBot?start=x\",\"expires_at\":\"2026-09-09T12:00:00Z\"}");
    deposit.status = DEPOSIT_FAILED;
    deposit.external_id = deposit.pay_url = "";
    deposit.expires_at_us = 0;
    answer_render_deposit(&answer, 200, &deposit);
    assert_string_equal(answer.body.data,
                        "{\"provider\":\"cryptobot\",\"external_id\":null,"
                        "\"transaction_id\":9002,\"status\":\"failed\",\"amount_usd\":\"50.00\","
                        "\"fee_usd\":\"1.25\",\"pay_url\":null,\"expires_at\":null}");
    answer_deinit(&answer);
}

static void coins_go_to_an_address(void **state)
{
    struct answer answer = {0};
    struct deposit deposit = {
        .id = 9002,
        .provider = "crypto",
        .status = DEPOSIT_PENDING,
        .amount_cents = 5000,
        .external_id = "7",
        .pay_url = "",
        .address = "TXYZ",
        .network = "trx",
        .memo = "",
        .pay_amount = "50.1",
        .expires_at_us = INT64_C(1788955200000000),
    };

    (void)state;
    answer_render_deposit(&answer, 201, &deposit);
    assert_non_null(strstr(answer.body.data,
                           "\"pay_url\":null,\"expires_at\":\"2026-09-09T12:00:00Z\","
                           "\"address\":\"TXYZ\",\"network\":\"trx\",\"pay_amount\":\"50.1\"}"));
    deposit.memo = "4711";
    answer_render_deposit(&answer, 201, &deposit);
    assert_non_null(strstr(answer.body.data, "\"network\":\"trx\",\"memo\":\"4711\","));
    answer_deinit(&answer);
}

static void callback_is_heard_and_not_recorded(void **state)
{
    struct answer answer = {0};

    (void)state;
    answer_render_heard(&answer, "completed");
    assert_int_equal(answer.status, 200);
    assert_false(answer.recorded);
    assert_string_equal(answer.body.data, "{\"status\":\"completed\"}");
    answer_deinit(&answer);
}

static void an_order_is_a_batch_to_watch(void **state)
{
    struct answer answer = {0};

    (void)state;
    answer_render_order(&answer, "power:991");
    assert_int_equal(answer.status, 202);
    assert_true(answer.recorded);
    assert_string_equal(answer.location, "/hosting/api/v1/batches/power:991");
    assert_string_equal(answer.body.data,
                        "{\"batch_id\":\"power:991\",\"accepted\":1,\"status\":\"pending\"}");
    answer_deinit(&answer);
}

static void balance_is_told_after_an_adjustment(void **state)
{
    struct answer answer = {0};

    (void)state;
    answer_render_balance(&answer, 42, 750, 9003);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body.data,
                        "{\"user_id\":42,\"balance_usd\":\"7.50\",\"transaction_id\":9003}");
    answer_deinit(&answer);
}

static void new_user_may_have_no_telegram_and_nobody_who_invited_it(void **state)
{
    char name[] = "a \"b\"";
    Slipway__V1__CreateUser user = SLIPWAY__V1__CREATE_USER__INIT;
    struct answer answer = {0};

    (void)state;
    user.name = name;
    answer_render_user(&answer, 42, 0, &user);
    assert_int_equal(answer.status, 201);
    assert_string_equal(answer.body.data,
                        "{\"id\":42,\"telegram_id\":null,\"name\":\"a \\\"b\\\"\","
                        "\"balance_usd\":\"0.00\",\"is_banned\":false,\"referrer_id\":null}");
    user.telegram_id = 666971555;
    name[0] = '\0';
    answer_render_user(&answer, 42, 41, &user);
    assert_string_equal(answer.body.data,
                        "{\"id\":42,\"telegram_id\":666971555,\"name\":\"\","
                        "\"balance_usd\":\"0.00\",\"is_banned\":false,\"referrer_id\":41}");
    answer_deinit(&answer);
}

static void ban_is_told_both_ways(void **state)
{
    struct answer answer = {0};

    (void)state;
    answer_render_ban(&answer, 42, true);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body.data, "{\"user_id\":42,\"is_banned\":true}");
    answer_render_ban(&answer, 42, false);
    assert_string_equal(answer.body.data, "{\"user_id\":42,\"is_banned\":false}");
    answer_deinit(&answer);
}

static void new_key_is_told_without_its_text(void **state)
{
    char name[] = "acme", read[] = "vps:read", buy[] = "vps:buy";
    char *scopes[] = {read, buy};
    Slipway__V1__IssueKey key = SLIPWAY__V1__ISSUE_KEY__INIT;
    struct answer answer = {0};

    (void)state;
    key.name = name;
    key.role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
    key.user_id = 42;
    key.scopes = scopes;
    key.n_scopes = 2;
    answer_render_key(&answer, 3, 1789041600000000, &key);
    assert_string_equal(answer.body.data,
                        "{\"id\":3,\"name\":\"acme\",\"role\":\"reseller\",\"user_id\":42,"
                        "\"scopes\":[\"vps:read\",\"vps:buy\"],"
                        "\"created_at\":\"2026-09-10T12:00:00Z\",\"expires_at\":null,"
                        "\"allowed_addresses\":[],\"rate_per_minute\":null}");
    key.role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    key.user_id = 0;
    key.n_scopes = 0;
    answer_render_key(&answer, 3, 1789041600000000, &key);
    assert_string_equal(answer.body.data,
                        "{\"id\":3,\"name\":\"acme\",\"role\":\"operator\",\"user_id\":null,"
                        "\"scopes\":[],\"created_at\":\"2026-09-10T12:00:00Z\","
                        "\"expires_at\":null,\"allowed_addresses\":[],"
                        "\"rate_per_minute\":null}");
    answer_render_revoked(&answer, 3);
    assert_string_equal(answer.body.data, "{\"id\":3,\"revoked\":true}");
    answer_deinit(&answer);
}

static void new_key_is_told_what_binds_it(void **state)
{
    char name[] = "acme", v4[] = "10.0.0.0/8", v6[] = "2001:db8::1";
    char *addresses[] = {v4, v6};
    Slipway__V1__IssueKey key = SLIPWAY__V1__ISSUE_KEY__INIT;
    struct answer answer = {0};

    (void)state;
    key.name = name;
    key.role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    key.expires_at_us = 1789041600000000 + 86400000000;
    key.allowed_addresses = addresses;
    key.n_allowed_addresses = 2;
    key.rate_per_minute = 600;
    answer_render_key(&answer, 3, 1789041600000000, &key);
    assert_string_equal(answer.body.data,
                        "{\"id\":3,\"name\":\"acme\",\"role\":\"operator\",\"user_id\":null,"
                        "\"scopes\":[],\"created_at\":\"2026-09-10T12:00:00Z\","
                        "\"expires_at\":\"2026-09-11T12:00:00Z\","
                        "\"allowed_addresses\":[\"10.0.0.0/8\",\"2001:db8::1\"],"
                        "\"rate_per_minute\":600}");
    answer_deinit(&answer);
}

static void problems_carry_the_first_request_id(void **state)
{
    struct problem problem = {.required_cents = 2861, .balance_cents = 310};
    struct answer answer = {0};

    (void)state;
    (void)problem_set(&problem, PROBLEM_INSUFFICIENT_FUNDS,
                      "The wallet holds 3.10 USD, the purchase costs 28.61 USD.");
    answer_render_problem(&answer, &problem, "01JD");
    assert_int_equal(answer.status, 402);
    assert_true(answer.recorded);
    assert_string_equal(
        answer.body.data,
        "{\"type\":\"/hosting/api/v1/docs/errors#insufficient_funds\","
        "\"title\":\"Insufficient funds\",\"status\":402,"
        "\"detail\":\"The wallet holds 3.10 USD, the purchase costs 28.61 USD.\","
        "\"code\":\"insufficient_funds\",\"request_id\":\"01JD\",\"required_usd\":\"28.61\","
        "\"balance_usd\":\"3.10\",\"shortfall_usd\":\"25.51\"}");
    answer_deinit(&answer);
}

static void only_business_refusals_are_recorded(void **state)
{
    static const struct {
        enum problem_code code;
        bool recorded;
        uint32_t retry_after_s;
    } cases[] = {
        {PROBLEM_STATE_CONFLICT,       true,  0},
        {PROBLEM_SOLD_OUT,             true,  0},
        {PROBLEM_VALIDATION_FAILED,    true,  0},
        {PROBLEM_USER_BANNED,          false, 0},
        {PROBLEM_IDEMPOTENCY_MISMATCH, false, 0},
        {PROBLEM_INTERNAL,             false, 0},
        {PROBLEM_UNAVAILABLE,          false, 1},
    };
    struct answer answer = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        answer_render_refusal(&answer, cases[i].code, "Why.", "01JD");
        assert_int_equal(answer.status, problem_status(cases[i].code));
        assert_int_equal(answer.recorded, cases[i].recorded);
        assert_int_equal(answer.retry_after_s, cases[i].retry_after_s);
    }
    answer_deinit(&answer);
}

static void view_is_the_answer(void **state)
{
    struct answer answer = {0};
    Slipway__V1__Answer view;

    (void)state;
    answer_render_checkout(&answer, &(struct answer_checkout){.batch_id = 1, .accepted = 1});
    view = answer_view(&answer);
    assert_int_equal(view.status, 202);
    assert_string_equal(view.location, answer.location);
    assert_int_equal(view.body.len, answer.body.length);
    answer_deinit(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkout_is_a_batch_to_watch),
        cmocka_unit_test(bulk_checkout_lists_what_was_left_out),
        cmocka_unit_test(deposit_is_rendered_as_the_contract_shows),
        cmocka_unit_test(coins_go_to_an_address),
        cmocka_unit_test(callback_is_heard_and_not_recorded),
        cmocka_unit_test(an_order_is_a_batch_to_watch),
        cmocka_unit_test(balance_is_told_after_an_adjustment),
        cmocka_unit_test(new_user_may_have_no_telegram_and_nobody_who_invited_it),
        cmocka_unit_test(ban_is_told_both_ways),
        cmocka_unit_test(new_key_is_told_without_its_text),
        cmocka_unit_test(new_key_is_told_what_binds_it),
        cmocka_unit_test(problems_carry_the_first_request_id),
        cmocka_unit_test(only_business_refusals_are_recorded),
        cmocka_unit_test(view_is_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
