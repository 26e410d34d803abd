/* The rules of deposits: amounts, judgements, and when a provider is asked again. */
#include "services/billing/deposit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static const int64_t minute_us = INT64_C(60) * 1000000;
static const int64_t hour_us = INT64_C(3600) * 1000000;

/* 2026-09-09T12:00:00Z, in the middle of an invoice's hour. */
static const int64_t now_us = INT64_C(1788955200000000);

static const struct deposit_schedule schedule = {.first_ms = 15000, .longest_ms = 600000};

/* 50.00 and a fee of 1.00, pending. */
static struct deposit pending(void)
{
    return (struct deposit){
        .id = 9002,
        .user_id = 42,
        .provider = "cryptobot",
        .status = DEPOSIT_PENDING,
        .amount_cents = 5000,
        .fee_cents = 100,
        .asset = "USDT",
        .external_id = "1001",
        .failure = "",
        .lease = 7,
        .tries = 3,
        .created_at_us = now_us - hour_us / 2,
        .expires_at_us = now_us + hour_us / 2,
    };
}

static enum deposit_verdict judge(const struct deposit *deposit, enum provider_state state,
                                  int64_t paid_cents)
{
    return deposit_judge(deposit, &(struct deposit_news){state, paid_cents}, now_us);
}

/* ---- amounts ---- */

static void fee_is_a_part_of_the_amount_half_up(void **state)
{
    int64_t fee_cents = -1;

    (void)state;
    assert_false(deposit_fee(5000, 0, &fee_cents));
    assert_int_equal(fee_cents, 0);
    assert_false(deposit_fee(5000, 250, &fee_cents));
    assert_int_equal(fee_cents, 125);
    assert_false(deposit_fee(101, 50, &fee_cents));
    assert_int_equal(fee_cents, 1);
    assert_false(deposit_fee(5000, 10000, &fee_cents));
    assert_int_equal(fee_cents, 5000);
    assert_true(deposit_fee(INT64_MAX, 5000, &fee_cents));
}

static void exact_payment_brings_the_amount(void **state)
{
    int64_t cents = -1;

    (void)state;
    assert_false(deposit_credit(5000, 0, 5000, &cents));
    assert_int_equal(cents, 5000);
    assert_false(deposit_credit(5000, 100, 5100, &cents));
    assert_int_equal(cents, 5000);
    assert_false(deposit_credit(3333, 83, 3416, &cents));
    assert_int_equal(cents, 3333);
}

static void overpayment_is_credited_in_proportion_rounded_down(void **state)
{
    int64_t cents = -1;

    (void)state;
    assert_false(deposit_credit(5000, 0, 6001, &cents));
    assert_int_equal(cents, 6001);
    assert_false(deposit_credit(5000, 100, 10200, &cents));
    assert_int_equal(cents, 10000);
    assert_false(deposit_credit(5000, 100, 5101, &cents));
    assert_int_equal(cents, 5000);
    assert_false(deposit_credit(5000, 100, 5102, &cents));
    assert_int_equal(cents, 5001);
    assert_true(deposit_credit(5000, 100, INT64_MAX / 2, &cents));
}

static void bonus_is_rounded_down(void **state)
{
    int64_t cents = -1;

    (void)state;
    assert_false(deposit_bonus(5000, 500, &cents));
    assert_int_equal(cents, 250);
    assert_false(deposit_bonus(119, 500, &cents));
    assert_int_equal(cents, 5);
    assert_false(deposit_bonus(19, 500, &cents));
    assert_int_equal(cents, 0);
    assert_true(deposit_bonus(INT64_MAX, 500, &cents));
}

/* ---- judgements ---- */

static void paid_in_full_is_credited_whatever_time_had_decided(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5100), DEPOSIT_CREDIT);
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 9999), DEPOSIT_CREDIT);
    /* All has come, and the provider calls it late. */
    assert_int_equal(judge(&deposit, PROVIDER_EXPIRED, 5100), DEPOSIT_CREDIT);
    deposit.status = DEPOSIT_EXPIRED;
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5100), DEPOSIT_CREDIT);
    deposit.status = DEPOSIT_FAILED;
    deposit.failure = "underpaid";
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5100), DEPOSIT_CREDIT);
}

static void operators_failure_stands_against_a_payment(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    deposit.status = DEPOSIT_FAILED;
    deposit.failure = "operator";
    deposit.by_operator = true;
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5100), DEPOSIT_OVERRULED);
    assert_int_equal(judge(&deposit, PROVIDER_EXPIRED, 0), DEPOSIT_KEEP);
}

static void credited_is_credited_once(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    deposit.status = DEPOSIT_COMPLETED;
    deposit.paid_cents = 5100;
    for (int news = PROVIDER_OPEN; news <= PROVIDER_FAILED; ++news)
        assert_int_equal(judge(&deposit, (enum provider_state)news, 5100), DEPOSIT_KEEP);
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 10200), DEPOSIT_NOTE);
}

static void underpaid_waits_until_its_end_and_then_fails(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5099), DEPOSIT_NOTE);
    assert_int_equal(judge(&deposit, PROVIDER_OPEN, 100), DEPOSIT_NOTE);
    deposit.paid_cents = 5099;
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5099), DEPOSIT_KEEP);
    assert_int_equal(judge(&deposit, PROVIDER_EXPIRED, 5099), DEPOSIT_FAIL_UNDERPAID);
    /* What was told once stands, even when it is not told again. */
    assert_int_equal(judge(&deposit, PROVIDER_EXPIRED, 0), DEPOSIT_FAIL_UNDERPAID);
    deposit.paid_cents = 0;
    assert_int_equal(judge(&deposit, PROVIDER_EXPIRED, 1), DEPOSIT_FAIL_UNDERPAID);
    deposit.expires_at_us = now_us - 16 * minute_us;
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5099), DEPOSIT_FAIL_UNDERPAID);
}

static void confirming_payment_is_not_money_yet(void **state)
{
    const struct deposit deposit = pending();

    (void)state;
    assert_int_equal(judge(&deposit, PROVIDER_OPEN, 5100), DEPOSIT_NOTE);
}

static void unpaid_expires_when_the_provider_or_the_clock_says_so(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    assert_int_equal(judge(&deposit, PROVIDER_OPEN, 0), DEPOSIT_KEEP);
    assert_int_equal(judge(&deposit, PROVIDER_EXPIRED, 0), DEPOSIT_EXPIRE);
    deposit.expires_at_us = now_us - 14 * minute_us;
    assert_int_equal(judge(&deposit, PROVIDER_OPEN, 0), DEPOSIT_KEEP);
    deposit.expires_at_us = now_us - 16 * minute_us;
    assert_int_equal(judge(&deposit, PROVIDER_OPEN, 0), DEPOSIT_EXPIRE);
}

static void failed_at_the_provider_fails_and_moves_nothing(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    assert_int_equal(judge(&deposit, PROVIDER_FAILED, 0), DEPOSIT_FAIL);
    assert_int_equal(judge(&deposit, PROVIDER_FAILED, 5100), DEPOSIT_FAIL);
    deposit.status = DEPOSIT_EXPIRED;
    assert_int_equal(judge(&deposit, PROVIDER_FAILED, 0), DEPOSIT_KEEP);
    assert_int_equal(judge(&deposit, PROVIDER_OPEN, 10), DEPOSIT_NOTE);
}

static void without_an_invoice_there_is_nothing_to_judge(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    deposit.status = DEPOSIT_CREATING;
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5100), DEPOSIT_KEEP);
    deposit.status = DEPOSIT_FAILED;
    deposit.external_id = "";
    assert_int_equal(judge(&deposit, PROVIDER_PAID, 5100), DEPOSIT_KEEP);
}

/* ---- when to ask ---- */

static void looks_at_a_pending_deposit_grow_apart_up_to_a_bound(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    for (int64_t tries = 0; tries < 100; ++tries) {
        const int64_t whole = tries < 6 ? INT64_C(15000000) << tries : INT64_C(600000000);

        deposit.tries = tries;
        deposit.expires_at_us = now_us + 24 * hour_us;
        assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us, 0),
                         now_us + (whole - whole / 4) / 1000 * 1000);
        assert_in_range(deposit_next_look_us(&schedule, &deposit, now_us, 1023),
                        now_us + whole * 6 / 5, now_us + whole * 5 / 4);
    }
}

static void end_of_an_invoice_is_not_slept_through(void **state)
{
    struct deposit deposit = pending();
    const int64_t end_us = now_us + 2 * minute_us + 15 * minute_us + 1000000;

    (void)state;
    deposit.tries = 30;
    deposit.expires_at_us = now_us + 2 * minute_us;
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, end_us - 1000, 0), end_us);
    /* After it there is no other end to wait for. */
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, end_us, 0),
                     end_us + INT64_C(450) * 1000000);
}

static void late_payments_are_looked_for_and_then_no_more(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    deposit.status = DEPOSIT_EXPIRED;
    deposit.expires_at_us = now_us;
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us, 0), now_us + hour_us);
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us + hour_us, 0),
                     now_us + 6 * hour_us);
    deposit.status = DEPOSIT_FAILED;
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us + 7 * hour_us, 0),
                     now_us + 24 * hour_us);
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us + 72 * hour_us, 0), 0);
}

static void what_is_decided_is_not_looked_at(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    deposit.status = DEPOSIT_COMPLETED;
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us, 0), 0);
    deposit.status = DEPOSIT_FAILED;
    deposit.by_operator = true;
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us, 0), 0);
    deposit.by_operator = false;
    deposit.external_id = "";
    assert_int_equal(deposit_next_look_us(&schedule, &deposit, now_us, 0), 0);
}

static void orphans_are_taken_up_ever_more_slowly_for_an_hour(void **state)
{
    struct deposit deposit = pending();

    (void)state;
    assert_int_equal(deposit_retry_wait_us(0), INT64_C(2000000));
    assert_int_equal(deposit_retry_wait_us(3), INT64_C(16000000));
    assert_int_equal(deposit_retry_wait_us(1000000), INT64_C(60000000));
    deposit.created_at_us = now_us - hour_us;
    assert_false(deposit_is_given_up(&deposit, now_us));
    assert_true(deposit_is_given_up(&deposit, now_us + 1));
}

/* ---- names ---- */

static void statuses_have_the_names_of_the_api(void **state)
{
    enum deposit_status status;

    (void)state;
    for (int i = 0; i < DEPOSIT_STATUS_COUNT; ++i) {
        assert_false(deposit_status_find(deposit_status_name((enum deposit_status)i), &status));
        assert_int_equal(status, i);
    }
    assert_string_equal(deposit_status_name(DEPOSIT_PENDING), "pending");
    assert_true(deposit_status_find("paid", &status));
}

static void reference_is_read_as_it_is_written(void **state)
{
    char text[PROVIDER_REFERENCE_SIZE];
    uint64_t id = 0;

    (void)state;
    assert_string_equal(deposit_reference(9002, text), "slipway-9002");
    assert_false(deposit_reference_parse(text, &id));
    assert_int_equal(id, 9002);
    assert_true(deposit_reference_parse("", &id));
    assert_true(deposit_reference_parse("slipway-", &id));
    assert_true(deposit_reference_parse("slipway-12x", &id));
    assert_true(deposit_reference_parse("other-12", &id));
}

static void order_carries_what_the_provider_is_asked(void **state)
{
    static const uint8_t hash[DEPOSIT_HASH_SIZE] = {1, 2, 3};
    struct deposit deposit = pending();
    struct deposit_order order;

    (void)state;
    deposit_order_of(&deposit, &order);
    assert_int_equal(order.id, 9002);
    assert_int_equal(order.invoice_cents, 5100);
    assert_string_equal(order.provider->name, "cryptobot");
    assert_string_equal(order.asset, "USDT");
    assert_string_equal(order.external_id, "1001");
    assert_int_equal(order.lease, 7);
    assert_int_equal(order.tries, 3);
    assert_false(order.has_key);
    deposit.key_hash = hash;
    deposit_order_of(&deposit, &order);
    assert_false(order.has_key);
    deposit.fingerprint = hash;
    deposit_order_of(&deposit, &order);
    assert_true(order.has_key);
    assert_memory_equal(order.key_hash, hash, sizeof(hash));
    assert_memory_equal(order.fingerprint, hash, sizeof(hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fee_is_a_part_of_the_amount_half_up),
        cmocka_unit_test(exact_payment_brings_the_amount),
        cmocka_unit_test(overpayment_is_credited_in_proportion_rounded_down),
        cmocka_unit_test(bonus_is_rounded_down),
        cmocka_unit_test(paid_in_full_is_credited_whatever_time_had_decided),
        cmocka_unit_test(operators_failure_stands_against_a_payment),
        cmocka_unit_test(credited_is_credited_once),
        cmocka_unit_test(underpaid_waits_until_its_end_and_then_fails),
        cmocka_unit_test(confirming_payment_is_not_money_yet),
        cmocka_unit_test(unpaid_expires_when_the_provider_or_the_clock_says_so),
        cmocka_unit_test(failed_at_the_provider_fails_and_moves_nothing),
        cmocka_unit_test(without_an_invoice_there_is_nothing_to_judge),
        cmocka_unit_test(looks_at_a_pending_deposit_grow_apart_up_to_a_bound),
        cmocka_unit_test(end_of_an_invoice_is_not_slept_through),
        cmocka_unit_test(late_payments_are_looked_for_and_then_no_more),
        cmocka_unit_test(what_is_decided_is_not_looked_at),
        cmocka_unit_test(orphans_are_taken_up_ever_more_slowly_for_an_hour),
        cmocka_unit_test(statuses_have_the_names_of_the_api),
        cmocka_unit_test(reference_is_read_as_it_is_written),
        cmocka_unit_test(order_carries_what_the_provider_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
