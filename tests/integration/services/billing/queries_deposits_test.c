/* Deposits as they are asked for: one by the provider's id, and among the transactions. */
#include "tests/support/reader_fixture.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { OPERATOR = 0, OTHER = 41, ACME = 42 };

/* Among the transfers 1 … 6 of the books: 7 pending, 8 expired, 9 underpaid, 10 not made yet, 11 of
 * another user, 12 completed. */
static const char deposits[] =
    "INSERT INTO billing.accounts (id, kind, provider, shard, balance_cents)"
    " VALUES (-6, 'clearing', 'cryptobot', 0, -5000);"
    "UPDATE billing.accounts SET balance_cents = balance_cents + 5000 WHERE id = 42;"
    "INSERT INTO billing.deposits (id, user_id, provider, status, amount_cents, fee_cents,"
    " paid_cents, credited_cents, asset, external_id, pay_url, failure, lease, expires_at,"
    " created_at, updated_at) VALUES"
    " (7, 42, 'cryptobot', 'pending', 5000, 100, 0, 0, 'USDT', '1007', 'https://pay/7', NULL, 1,"
    "  '2026-09-10T13:00:00Z', '2026-09-10T12:00:00Z', now()),"
    " (8, 42, 'xrocket', 'expired', 800, 0, 0, 0, '', '1007', 'https://pay/8', NULL, 1,"
    "  '2026-09-10T13:00:00Z', '2026-09-10T12:00:00Z', now()),"
    " (9, 42, 'cryptobot', 'failed', 900, 0, 899, 0, '', '1009', 'https://pay/9', 'underpaid', 1,"
    "  '2026-09-10T13:00:00Z', '2026-09-10T12:00:00Z', now()),"
    " (10, 42, 'cryptobot', 'creating', 1000, 0, 0, 0, '', NULL, NULL, NULL, 1,"
    "  NULL, '2026-09-10T12:00:00Z', now()),"
    " (11, 41, 'cryptobot', 'pending', 1100, 0, 0, 0, '', '1011', 'https://pay/11', NULL, 1,"
    "  '2026-09-10T13:00:00Z', '2026-09-10T12:00:00Z', now()),"
    " (12, 42, 'cryptobot', 'completed', 5000, 0, 5000, 5000, '', '1012', 'https://pay/12', NULL, "
    "1,"
    "  '2026-09-10T13:00:00Z', '2026-09-10T12:00:00Z', now());"
    "INSERT INTO billing.transfers VALUES"
    " (12, -6, 42, 5000, 'deposit', 42, 6250, NULL, NULL, NULL, '2026-09-10T12:10:00Z')";

static int set_up(void **state)
{
    const int result = reader_fixture_set_up(state);
    const struct reader_fixture *fixture = *state;

    billing_database_script(&fixture->database, deposits);
    return result;
}

static char cryptobot[] = "cryptobot";

static void deposit_is_found_by_its_owner_and_operators_only(void **state)
{
    Slipway__V1__GetDeposit question = SLIPWAY__V1__GET_DEPOSIT__INIT;
    char external_id[] = "1007";

    question.provider = cryptobot;
    question.external_id = external_id;
    for (uint64_t asker = OPERATOR; asker <= ACME; asker += ACME) {
        RESULT ASK(asker, GET_DEPOSIT, get_deposit);
        assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_DEPOSIT);
        assert_int_equal(result->deposit->transaction_id, 7);
        assert_string_equal(result->deposit->status, "pending");
        assert_int_equal(result->deposit->fee_cents, 100);
        assert_string_equal(result->deposit->pay_url, "https://pay/7");
        assert_string_equal(result->deposit->asset, "USDT");
    }
    RESULT ASK(OTHER, GET_DEPOSIT, get_deposit);
    reader_fixture_assert_not_found(result);
}

static void another_providers_invoice_of_the_same_id_is_another_deposit(void **state)
{
    Slipway__V1__GetDeposit question = SLIPWAY__V1__GET_DEPOSIT__INIT;
    char provider[] = "xrocket", external_id[] = "1007", unknown[] = "9999";

    question.provider = provider;
    question.external_id = external_id;
    {
        RESULT ASK(ACME, GET_DEPOSIT, get_deposit);
        assert_int_equal(result->deposit->transaction_id, 8);
    }
    question.external_id = unknown;
    RESULT ASK(ACME, GET_DEPOSIT, get_deposit);
    reader_fixture_assert_not_found(result);
}

/* A callback may come before the invoice's id is recorded. */
static void deposit_without_an_invoice_is_found_by_our_reference(void **state)
{
    Slipway__V1__GetDeposit question = SLIPWAY__V1__GET_DEPOSIT__INIT;
    char external_id[] = "4711";

    question.provider = cryptobot;
    question.external_id = external_id;
    question.transaction_id = 10;
    {
        RESULT ASK(OPERATOR, GET_DEPOSIT, get_deposit);
        assert_string_equal(result->deposit->status, "creating");
        assert_string_equal(result->deposit->external_id, "");
    }
    /* One that has an invoice is found by that only. */
    question.transaction_id = 7;
    RESULT ASK(OPERATOR, GET_DEPOSIT, get_deposit);
    reader_fixture_assert_not_found(result);
}

static void assert_ids(const Slipway__V1__QueryResult *result, const uint64_t *ids, size_t count)
{
    assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_TRANSACTIONS);
    assert_int_equal(result->transactions->n_transactions, count);
    for (size_t i = 0; i < count; ++i)
        assert_int_equal(result->transactions->transactions[i]->id, ids[i]);
}

static void deposits_stand_among_the_transactions_by_id(void **state)
{
    static const uint64_t all[] = {12, 9, 8, 7, 6, 4, 3, 2, 1};
    Slipway__V1__ListTransactions question = SLIPWAY__V1__LIST_TRANSACTIONS__INIT;

    question.limit = 50;
    RESULT ASK(ACME, LIST_TRANSACTIONS, list_transactions);
    assert_ids(result, all, ARRAY_LENGTH(all));
    assert_string_equal(result->transactions->transactions[0]->status, "completed");
    assert_int_equal(result->transactions->transactions[0]->balance_after_cents, 6250);
    assert_string_equal(result->transactions->transactions[1]->type, "deposit");
    assert_string_equal(result->transactions->transactions[1]->status, "failed");
    assert_int_equal(result->transactions->transactions[1]->amount_cents, 900);
    assert_string_equal(result->transactions->transactions[3]->status, "pending");
}

static void pages_go_through_transfers_and_deposits_alike(void **state)
{
    static const uint64_t pages[][4] = {
        {12, 9, 8, 7},
        {6, 4, 3, 2},
        {1 }
    };
    static const size_t lengths[] = {4, 4, 1};
    Slipway__V1__ListTransactions question = SLIPWAY__V1__LIST_TRANSACTIONS__INIT;

    question.limit = 4;
    for (size_t page = 0; page < ARRAY_LENGTH(pages); ++page) {
        RESULT ASK(ACME, LIST_TRANSACTIONS, list_transactions);
        assert_ids(result, pages[page], lengths[page]);
        question.before_id = result->transactions->next_before_id;
    }
    assert_int_equal(question.before_id, 0);
}

static void transactions_are_filtered_by_type_status_and_time(void **state)
{
    static const uint64_t of_type[] = {12, 9, 8, 7}, pending[] = {7}, expired[] = {8},
                          completed[] = {12, 6, 4, 3, 2, 1}, everybodys[] = {11, 7},
                          afternoon[] = {12};
    char deposit[] = "deposit", purchase[] = "purchase", status_pending[] = "pending",
         status_expired[] = "expired", status_completed[] = "completed", none[] = "";
    const struct {
        uint64_t asker;
        char *type, *status;
        int64_t from_us;
        const uint64_t *ids;
        size_t count;
    } cases[] = {
        {ACME,     deposit,  none,             0,                         of_type,    4},
        {ACME,     none,     status_pending,   0,                         pending,    1},
        {ACME,     deposit,  status_expired,   0,                         expired,    1},
        {ACME,     none,     status_completed, 0,                         completed,  6},
        {ACME,     purchase, status_pending,   0,                         NULL,       0},
        {OPERATOR, none,     status_pending,   0,                         everybodys, 2},
 /* 2026-09-10T12:05:00Z */
        {ACME,     none,     none,             INT64_C(1789041900000000), afternoon,  1},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        Slipway__V1__ListTransactions question = SLIPWAY__V1__LIST_TRANSACTIONS__INIT;

        question.limit = 50;
        question.type = cases[i].type;
        question.status = cases[i].status;
        question.from_us = cases[i].from_us;
        RESULT ASK(cases[i].asker, LIST_TRANSACTIONS, list_transactions);
        assert_ids(result, cases[i].ids, cases[i].count);
    }
}

/* INV-9 */
static void audit_finds_a_deposit_without_its_transfer(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__AuditLedger question = SLIPWAY__V1__AUDIT_LEDGER__INIT;

    {
        RESULT ASK(OPERATOR, AUDIT_LEDGER, audit_ledger);
        assert_true(result->audit->balanced);
    }
    billing_database_script(
        &fixture->database,
        "UPDATE billing.deposits SET status = 'completed', credited_cents = 5000"
        " WHERE id = 7");
    {
        RESULT ASK(OPERATOR, AUDIT_LEDGER, audit_ledger);
        assert_false(result->audit->balanced);
    }
    billing_database_script(&fixture->database,
                            "UPDATE billing.deposits SET status = 'pending', credited_cents = 0"
                            " WHERE id IN (7, 12)");
    RESULT ASK(OPERATOR, AUDIT_LEDGER, audit_ledger);
    assert_false(result->audit->balanced);
}

#define WITH_DEPOSITS(test) cmocka_unit_test_setup_teardown(test, set_up, reader_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DEPOSITS(deposit_is_found_by_its_owner_and_operators_only),
        WITH_DEPOSITS(another_providers_invoice_of_the_same_id_is_another_deposit),
        WITH_DEPOSITS(deposit_without_an_invoice_is_found_by_our_reference),
        WITH_DEPOSITS(deposits_stand_among_the_transactions_by_id),
        WITH_DEPOSITS(pages_go_through_transfers_and_deposits_alike),
        WITH_DEPOSITS(transactions_are_filtered_by_type_status_and_time),
        WITH_DEPOSITS(audit_finds_a_deposit_without_its_transfer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
