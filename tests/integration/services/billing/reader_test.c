/* The readers when things go wrong, and the audit. */
#include "lib/base/clock.h"
#include "tests/support/reader_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static Slipway__V1__QueryResult *audit_as(const struct reader_fixture *fixture, uint64_t user)
{
    Slipway__V1__AuditLedger question = SLIPWAY__V1__AUDIT_LEDGER__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    query.question_case = SLIPWAY__V1__QUERY__QUESTION_AUDIT_LEDGER;
    query.audit_ledger = &question;
    return reader_fixture_ask(fixture->reader, user, &query);
}

static Slipway__V1__QueryResult *balance_of(struct reader *reader, uint64_t user)
{
    Slipway__V1__GetUser question = SLIPWAY__V1__GET_USER__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    question.user_id = user;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_USER;
    query.get_user = &question;
    return reader_fixture_ask(reader, 0, &query);
}

static void sound_books_balance(void **state) /* INV-1, INV-2, INV-4, INV-5 */
{
    RESULT audit_as(*state, 0);
    assert_true(result->audit->balanced);
    assert_int_equal(result->audit->sum_cents, 0);
    assert_int_equal(result->audit->negative_wallets, 0);
    assert_int_equal(result->audit->in_progress_cents, 1004);
    assert_true(result->audit->checked_at_us > 0);
}

static void only_operators_audit(void **state)
{
    RESULT audit_as(*state, 42);
    assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND);
}

/* Whatever is bent, the audit finds: each line breaks exactly one rule of sound books. */
static void audit_finds_each_manipulation(void **state) /* INV-1, INV-2, INV-4, INV-5 */
{
    static const char *const bent[] = {
        "UPDATE billing.accounts SET balance_cents = balance_cents + 1 WHERE id = 42",
        "UPDATE billing.accounts SET balance_cents = balance_cents + CASE id WHEN 42 THEN 1 ELSE -1"
        " END WHERE id IN (42, -2)",
        "INSERT INTO billing.transfers VALUES (99, 77, 78, 5, 'deposit', 77, 5, NULL, NULL, NULL,"
        " now())",
        "UPDATE billing.vps SET status = 'active' WHERE id = 72",
        "UPDATE billing.vps SET price_cents = 999 WHERE id = 73",
        "ALTER TABLE billing.accounts DROP CONSTRAINT accounts_check1;"
        "INSERT INTO billing.transfers VALUES (99, 41, -2, 5, 'adjustment', 41, -5, NULL, NULL,"
        " NULL, now()); UPDATE billing.accounts SET balance_cents = -5 WHERE id = 41;"
        "UPDATE billing.accounts SET balance_cents = 2866 WHERE id = -2",
        "INSERT INTO billing.released_addresses VALUES ('10.0.1.0', 'de', 1, now())",
    };
    const struct reader_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(bent); ++i) {
        billing_database_script(&fixture->database,
                                "CREATE SCHEMA IF NOT EXISTS saved;"
                                "CREATE TABLE saved.accounts AS TABLE billing.accounts;"
                                "CREATE TABLE saved.vps AS TABLE billing.vps");
        billing_database_script(&fixture->database, bent[i]);
        {
            RESULT audit_as(fixture, 0);
            if (result->audit->balanced)
                fail_msg("not found: %s", bent[i]);
        }
        billing_database_script(
            &fixture->database,
            "SET session_replication_role = replica;"
            "DELETE FROM billing.transfers WHERE id = 99;"
            "DELETE FROM billing.released_addresses; DELETE FROM billing.accounts;"
            "DELETE FROM billing.vps; INSERT INTO billing.accounts TABLE saved.accounts;"
            "INSERT INTO billing.vps TABLE saved.vps; DROP SCHEMA saved CASCADE");
    }
    RESULT audit_as(fixture, 0);
    assert_true(result->audit->balanced);
}

static void lost_connections_cost_no_answer(void **state)
{
    const struct reader_fixture *fixture = *state;

    for (int i = 0; i < 5; ++i) {
        (void)billing_database_number(
            &fixture->database, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                " WHERE application_name = 'slipway-billing-reader'"
                                "   AND datname = current_database()");
        RESULT balance_of(fixture->reader, 42);
        assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_USER);
        assert_int_equal(result->user->balance_cents, 1250);
    }
}

static void absent_server_is_refused_at_once(void **state)
{
    struct metrics *metrics = metrics_new();
    const struct reader_options options = {.conninfo = "host=127.0.0.1 port=1 user=nobody",
                                           .threads = 1,
                                           .batch_limit = 8,
                                           .queue_limit = 8,
                                           .deadline_ms = 500,
                                           .statement_timeout_ms = 500,
                                           .slow_timeout_ms = 500,
                                           .metrics = metrics};
    const int64_t began_ms = clock_monotonic_ms();
    struct reader *reader = NULL;

    (void)state;
    assert_int_equal(reader_new(&options, &reader, NULL), 0);
    {
        RESULT balance_of(reader, 42);
        assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_REFUSED);
        assert_int_equal(result->refused->status, 503);
        assert_int_equal(result->refused->retry_after_s, 1);
        assert_true(clock_monotonic_ms() - began_ms < 1000);
        assert_false(reader_is_up(reader));
    }
    reader_free(reader);
    metrics_free(metrics);
}

struct crowd {
    struct reader *reader;
    atomic_int right;
};

static void *ask_many(void *context)
{
    struct crowd *crowd = context;

    for (int i = 0; i < 200; ++i) {
        RESULT balance_of(crowd->reader, i % 2 == 0 ? 41 : 42);

        if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_USER &&
            result->user->balance_cents == (i % 2 == 0 ? 0 : 1250))
            (void)atomic_fetch_add(&crowd->right, 1);
    }
    return NULL;
}

static void everybody_in_a_crowd_gets_the_own_answer(void **state)
{
    const struct reader_fixture *fixture = *state;
    struct crowd crowd = {.reader = fixture->reader};
    pthread_t threads[8];

    for (size_t i = 0; i < ARRAY_LENGTH(threads); ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &crowd), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); ++i)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(crowd.right, 1600);
}

#define WITH_BOOKS(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, reader_fixture_set_up, reader_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOOKS(sound_books_balance),
        WITH_BOOKS(only_operators_audit),
        WITH_BOOKS(audit_finds_each_manipulation),
        WITH_BOOKS(lost_connections_cost_no_answer),
        WITH_BOOKS(everybody_in_a_crowd_gets_the_own_answer),
        cmocka_unit_test(absent_server_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
