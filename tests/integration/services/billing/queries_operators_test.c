/* Questions about the operators' log, referrals and the conditions of keys, through a real reader.
 */
#include "services/billing/operator_log_read_store.h"
#include "services/billing/referral_read_store.h"
#include "tests/support/reader_fixture.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { OPERATOR = 0, OTHER = 41, ACME = 42 };

/* 2026-09-09T12:00:00Z */
static const int64_t noon_us = INT64_C(1788955200000000);

static const char acts[] =
    "INSERT INTO billing.operator_log (id, at, key_id, action, user_id, target, reason, request_id)"
    " VALUES (1, '2026-09-09T11:00:00Z', NULL, 'load_catalog', NULL, 'catalog:1', NULL, NULL),"
    " (2, '2026-09-09T12:00:00Z', 1, 'ban_user', 41, NULL, 'fraud', '01A'),"
    " (3, '2026-09-09T12:00:00Z', 1, 'purchase', 42, 'checkout:71', NULL, '01B'),"
    " (4, '2026-09-09T13:00:00Z', 5, 'ban_user', 42, NULL, 'fraud', '01C')";

/* 42 has invited three: 51 has deposited twice, 52 once, 53 has only spent. */
static const char invitations[] =
    "INSERT INTO billing.users (id, name, created_at, referrer_id, referral_code) VALUES"
    " (51, 'a', now(), 42, DEFAULT), (52, 'b', now(), 42, DEFAULT), (53, 'c', now(), 42, DEFAULT),"
    " (54, 'd', now(), 41, DEFAULT);"
    "UPDATE billing.users SET referral_code = '7ZQK3M9A0XWF' WHERE id = 42;"
    "INSERT INTO billing.transfers (id, debit_account, credit_account, amount_cents, kind, user_id,"
    " balance_after_cents, created_at) VALUES"
    " (101, -4, 51, 1000, 'deposit', 51, 1000, now()), (102, -6, 42, 50, 'referral_bonus', 42, 0,"
    " now()), (103, -4, 51, 500, 'deposit', 51, 1500, now()), (104, -6, 42, 25, 'referral_bonus',"
    " 42, 0, now()), (105, -4, 52, 1000, 'deposit', 52, 1000, now()), (106, -6, 42, 50,"
    " 'referral_bonus', 42, 0, now()), (107, 53, -1, 100, 'purchase', 53, -100, now()),"
    " (108, -4, 42, 9999, 'deposit', 42, 0, now())";

static void assert_acts(const Slipway__V1__QueryResult *result, const uint64_t *ids, size_t count)
{
    assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_OPERATOR_LOG);
    assert_int_equal(result->operator_log->n_acts, count);
    for (size_t i = 0; i < count; ++i)
        assert_int_equal(result->operator_log->acts[i]->id, ids[i]);
}

static void log_is_listed_newest_first_page_by_page(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__ListOperatorLog question = SLIPWAY__V1__LIST_OPERATOR_LOG__INIT;

    billing_database_script(&fixture->database, acts);
    question.limit = 3;
    {
        RESULT ASK(OPERATOR, LIST_OPERATOR_LOG, list_operator_log);
        assert_acts(result, (const uint64_t[]){4, 3, 2}, 3);
        assert_int_equal(result->operator_log->next_before_id, 2);
    }
    question.before_id = 2;
    RESULT ASK(OPERATOR, LIST_OPERATOR_LOG, list_operator_log);
    assert_acts(result, (const uint64_t[]){1}, 1);
    assert_int_equal(result->operator_log->next_before_id, 0);
    assert_int_equal(result->operator_log->acts[0]->key_id, 0);
    assert_string_equal(result->operator_log->acts[0]->target, "catalog:1");
    assert_string_equal(result->operator_log->acts[0]->reason, "");
}

static void log_is_filtered_by_who_what_whom_and_when(void **state)
{
    const struct reader_fixture *fixture = *state;
    char ban[] = "ban_user", none[] = "no_such_act";
    const struct {
        char *action;
        uint64_t user_id, key_id;
        int64_t from_us, to_us;
        uint64_t ids[2];
        size_t count;
    } cases[] = {
        {.action = ban, .ids = {4, 2},   .count = 2                   },
        {.action = ban, .user_id = ACME, .ids = {4},                    .count = 1},
        {.action = ban,             .key_id = 1,                .ids = {2},                      .count = 1},
        {.action = none,   .count = 0                 },
        {.user_id = ACME,             .ids = {4, 3},.count = 2            },
        {.user_id = ACME,             .key_id = 1,              .ids = {3}, .count = 1},
        {.user_id = UINT64_MAX,   .count = 0                 },
        {.key_id = 5,             .ids = {4}, .count = 1       },
        {.from_us = noon_us,             .to_us = noon_us + 1,           .ids = {3, 2},                           .count = 2},
        {.to_us = noon_us,   .ids = {1},                  .count = 1       },
        {.from_us = noon_us + 1,   .ids = {4}, .count = 1},
    };

    billing_database_script(&fixture->database, acts);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        Slipway__V1__ListOperatorLog question = SLIPWAY__V1__LIST_OPERATOR_LOG__INIT;

        question.limit = 50;
        if (cases[i].action != NULL)
            question.action = cases[i].action;
        question.user_id = cases[i].user_id;
        question.key_id = cases[i].key_id;
        question.from_us = cases[i].from_us;
        question.to_us = cases[i].to_us;
        RESULT ASK(OPERATOR, LIST_OPERATOR_LOG, list_operator_log);
        assert_acts(result, cases[i].ids, cases[i].count);
    }
}

static void log_is_for_operators_only(void **state)
{
    Slipway__V1__ListOperatorLog question = SLIPWAY__V1__LIST_OPERATOR_LOG__INIT;

    question.limit = 50;
    question.user_id = ACME;
    RESULT ASK(ACME, LIST_OPERATOR_LOG, list_operator_log);
    reader_fixture_assert_not_found(result);
}

static void referrals_count_those_invited_those_who_paid_and_what_came_of_it(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__GetReferrals question = SLIPWAY__V1__GET_REFERRALS__INIT;

    billing_database_script(&fixture->database, invitations);
    question.user_id = ACME;
    for (uint64_t asker = OPERATOR; asker <= ACME; asker += ACME) {
        RESULT ASK(asker, GET_REFERRALS, get_referrals);
        assert_int_equal(result->referrals->user_id, ACME);
        assert_string_equal(result->referrals->code, "7ZQK3M9A0XWF");
        assert_int_equal(result->referrals->basis_points, 500);
        assert_int_equal(result->referrals->invited, 3);
        assert_int_equal(result->referrals->active, 2);
        assert_int_equal(result->referrals->earned_cents, 125);
    }
    {
        RESULT ASK(OTHER, GET_REFERRALS, get_referrals);
        reader_fixture_assert_not_found(result);
    }
    question.user_id = OTHER;
    RESULT ASK(OTHER, GET_REFERRALS, get_referrals);
    assert_int_equal(result->referrals->invited, 1);
    assert_int_equal(result->referrals->active, 0);
    assert_int_equal(result->referrals->earned_cents, 0);
}

static bool names(const struct buffer *plan, const char *text)
{
    return plan->data != NULL && strstr(plan->data, text) != NULL;
}

/* As the reader's sessions plan it: by these indexes, and no table row by row. */
static void assert_indexed(const struct billing_database *database,
                           const struct pg_statement *statement, const struct pg_args *args,
                           const char *const *indexes)
{
    /* A statement is prepared once a connection. */
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(database->service);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *plan = NULL;
    CLEANUP(buffer_deinit) struct buffer text = {0}, found = {0};
    struct pg_statement explain = {.name = statement->name};
    struct error error = {0};

    buffer_append_format(&text, "EXPLAIN %s", statement->sql);
    explain.sql = text.data;
    if (pg_execute_script(pg,
                          "SET plan_cache_mode = 'force_generic_plan'; SET enable_seqscan = off;"
                          "SET enable_bitmapscan = off; SET enable_hashjoin = off;"
                          "SET enable_mergejoin = off",
                          &error) != 0 ||
        pg_execute(pg, &explain, args, &plan, &error) != 0)
        fail_msg("%s", error.text);
    for (int row = 0; row < pg_rows_count(plan); ++row)
        buffer_append_format(&found, "%s\n", pg_rows_text(plan, row, 0));
    if (names(&found, "Seq Scan"))
        fail_msg("%s", found.data);
    for (; *indexes != NULL; ++indexes)
        if (!names(&found, *indexes))
            fail_msg("not by %s: %s", *indexes, found.data);
}

static void growth_slows_neither_referrals_nor_the_log(void **state)
{
    static const struct {
        struct operator_log_filter filter;
        const char *indexes[2];
    } lists[] = {
        {{.action = ""},                {"operator_log_pkey"}     },
        {{.action = "ban_user"},        {"operator_log_by_action"}},
        {{.action = "", .key_id = 1},   {"operator_log_by_key"}   },
        {{.action = "", .user_id = 42}, {"operator_log_by_user"}  },
    };
    static const char *const of_referrals[] = {
        "users_pkey", "users_by_referrer", "Index Only Scan using transfers_of_referrals", NULL};
    const struct reader_fixture *fixture = *state;
    struct pg_args args = {0};

    assert_indexed(&fixture->database, referral_read_store_find(&args, ACME, 0), &args,
                   of_referrals);
    for (size_t i = 0; i < ARRAY_LENGTH(lists); ++i) {
        args = (struct pg_args){0};
        assert_indexed(&fixture->database, operator_log_read_store_list(&args, &lists[i].filter),
                       &args, lists[i].indexes);
    }
}

static void conditions_of_a_key_are_found_with_it(void **state)
{
    const struct reader_fixture *fixture = *state;
    uint8_t hash[crypto_hash_sha256_BYTES];
    Slipway__V1__FindKey question = SLIPWAY__V1__FIND_KEY__INIT;

    billing_database_script(&fixture->database,
                            "UPDATE billing.api_keys SET expires_at = '2026-09-09T12:00:00Z',"
                            " allowed_addresses = '{10.0.0.0/8,192.0.2.7,2001:db8::/32}',"
                            " rate_per_minute = 600 WHERE id = 2");
    (void)crypto_hash_sha256(hash, (const unsigned char *)"other", 5);
    question.key_hash = (ProtobufCBinaryData){sizeof(hash), hash};
    {
        RESULT ASK(OPERATOR, FIND_KEY, find_key);
        assert_true(result->key->user_is_banned);
        assert_true(result->key->expires_at_us == noon_us);
        assert_int_equal(result->key->n_allowed_addresses, 3);
        assert_string_equal(result->key->allowed_addresses[0], "10.0.0.0/8");
        assert_string_equal(result->key->allowed_addresses[1], "192.0.2.7");
        assert_string_equal(result->key->allowed_addresses[2], "2001:db8::/32");
        assert_int_equal(result->key->rate_per_minute, 600);
    }
    (void)crypto_hash_sha256(hash, (const unsigned char *)"acme", 4);
    RESULT ASK(OPERATOR, FIND_KEY, find_key);
    assert_true(result->key->expires_at_us == 0);
    assert_int_equal(result->key->n_allowed_addresses, 0);
    assert_int_equal(result->key->rate_per_minute, 0);
}

static void user_is_listed_with_who_invited_it(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__ListUsers question = SLIPWAY__V1__LIST_USERS__INIT;

    billing_database_script(&fixture->database, invitations);
    question.limit = 2;
    RESULT ASK(OPERATOR, LIST_USERS, list_users);
    assert_int_equal(result->users->users[0]->referrer_id, OTHER);
    assert_int_equal(result->users->users[1]->referrer_id, ACME);
}

#define WITH_BOOKS(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, reader_fixture_set_up, reader_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOOKS(log_is_listed_newest_first_page_by_page),
        WITH_BOOKS(log_is_filtered_by_who_what_whom_and_when),
        WITH_BOOKS(log_is_for_operators_only),
        WITH_BOOKS(referrals_count_those_invited_those_who_paid_and_what_came_of_it),
        WITH_BOOKS(growth_slows_neither_referrals_nor_the_log),
        WITH_BOOKS(conditions_of_a_key_are_found_with_it),
        WITH_BOOKS(user_is_listed_with_who_invited_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
