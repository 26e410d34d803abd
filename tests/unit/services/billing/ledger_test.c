#include "services/billing/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void purchase_moves_what_is_there(void **state)
{
    struct ledger_account wallet = {.id = 42, .balance_cents = 1004};
    struct ledger_account system = {.id = -1};

    (void)state;
    assert_int_equal(ledger_move(&wallet, &system, 1004, LEDGER_SPEND), 0);
    assert_int_equal(wallet.balance_cents, 0);
    assert_int_equal(wallet.moved_cents, -1004);
    assert_int_equal(system.moved_cents, 1004);
}

/* INV-4: not even down to a floor that an operator has lowered. */
static void purchase_never_goes_below_zero(void **state)
{
    struct ledger_account wallet = {.id = 42, .balance_cents = 1003, .floor_cents = -5000};
    struct ledger_account system = {.id = -1};

    (void)state;
    assert_int_equal(ledger_move(&wallet, &system, 1004, LEDGER_SPEND), LEDGER_SHORT);
    assert_int_equal(wallet.balance_cents, 1003);
    assert_int_equal(system.moved_cents, 0);
}

static void system_accounts_may_go_below_zero(void **state)
{
    struct ledger_account system = {.id = -1}, wallet = {.id = 42};

    (void)state;
    assert_int_equal(ledger_move(&system, &wallet, 500, LEDGER_SPEND), 0);
    assert_int_equal(system.balance_cents, -500);
    assert_int_equal(system.floor_cents, 0);
    assert_int_equal(wallet.balance_cents, 500);
}

static void operator_lowers_the_floor_with_the_balance(void **state)
{
    struct ledger_account wallet = {.id = 42, .balance_cents = 100}, system = {.id = -3};

    (void)state;
    assert_int_equal(ledger_move(&wallet, &system, 600, LEDGER_OPERATOR), 0);
    assert_int_equal(wallet.balance_cents, -500);
    assert_int_equal(wallet.floor_cents, -500);
    assert_int_equal(ledger_move(&system, &wallet, 200, LEDGER_OPERATOR), 0);
    assert_int_equal(ledger_move(&wallet, &system, 100, LEDGER_OPERATOR), 0);
    assert_int_equal(wallet.floor_cents, -500);
}

static void overflow_moves_nothing(void **state)
{
    struct ledger_account full = {.id = 1, .balance_cents = INT64_MAX}, system = {.id = -3};
    struct ledger_account empty = {.id = -2, .balance_cents = INT64_MIN};
    struct ledger_account moved = {.id = -4, .moved_cents = INT64_MIN};

    (void)state;
    assert_int_equal(ledger_move(&system, &full, 1, LEDGER_OPERATOR), LEDGER_OUT_OF_RANGE);
    assert_int_equal(system.balance_cents, 0);
    assert_int_equal(system.moved_cents, 0);
    assert_int_equal(ledger_move(&empty, &system, 1, LEDGER_SPEND), LEDGER_OUT_OF_RANGE);
    assert_int_equal(ledger_move(&moved, &system, 1, LEDGER_SPEND), LEDGER_OUT_OF_RANGE);
    assert_int_equal(moved.balance_cents, 0);
}

static void accounts_of_shards_never_meet(void **state)
{
    (void)state;
    assert_int_equal(ledger_system_id(0, LEDGER_IN_PROGRESS), -1);
    assert_int_equal(ledger_system_id(1, LEDGER_IN_PROGRESS), -17);
    assert_int_equal(ledger_system_id(1, LEDGER_ADJUSTMENTS), -19);
    assert_string_equal(ledger_system_name(LEDGER_REVENUE), "revenue");
    assert_string_equal(ledger_kind_name(LEDGER_REFUND), "refund");
    for (int kind = 0; kind < LEDGER_SYSTEM_COUNT; ++kind)
        assert_true(ledger_system_id(0, (enum ledger_system)kind) >
                    ledger_system_id(1, LEDGER_IN_PROGRESS));
}

static void each_provider_clears_by_an_account_of_its_own(void **state)
{
    static const char *const providers[] = {"crypto", "cryptobot", "xrocket", "lolz", "sbp"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(providers); ++i) {
        const enum ledger_system clearing = ledger_clearing_of(providers[i]);

        assert_int_equal(clearing, LEDGER_CLEARING_CRYPTO + (int)i);
        assert_string_equal(ledger_system_provider(clearing), providers[i]);
        assert_string_equal(ledger_system_name(clearing), "clearing");
    }
    assert_int_equal(ledger_clearing_of("paypal"), LEDGER_SYSTEM_COUNT);
    assert_null(ledger_system_provider(LEDGER_REFERRALS));
    assert_string_equal(ledger_system_name(LEDGER_REFERRALS), "referrals");
    assert_string_equal(ledger_kind_name(LEDGER_DEPOSIT), "deposit");
    assert_string_equal(ledger_kind_name(LEDGER_REFERRAL_BONUS), "referral_bonus");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(purchase_moves_what_is_there),
        cmocka_unit_test(purchase_never_goes_below_zero),
        cmocka_unit_test(system_accounts_may_go_below_zero),
        cmocka_unit_test(operator_lowers_the_floor_with_the_balance),
        cmocka_unit_test(overflow_moves_nothing),
        cmocka_unit_test(accounts_of_shards_never_meet),
        cmocka_unit_test(each_provider_clears_by_an_account_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
