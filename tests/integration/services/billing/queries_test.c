/* Questions about users, keys, the ledger and the catalog, asked through a real reader. */
#include "tests/support/reader_fixture.h"

#include <sodium.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { OPERATOR = 0, OTHER = 41, ACME = 42 };

static void key_is_found_by_its_hash(void **state)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    Slipway__V1__FindKey question = SLIPWAY__V1__FIND_KEY__INIT;

    (void)crypto_hash_sha256(hash, (const unsigned char *)"acme", 4);
    question.key_hash = (ProtobufCBinaryData){sizeof(hash), hash};
    RESULT ASK(OPERATOR, FIND_KEY, find_key);
    assert_int_equal(result->key->key_id, 3);
    assert_int_equal(result->key->user_id, ACME);
    assert_int_equal(result->key->role, SLIPWAY__V1__ROLE__ROLE_RESELLER);
    assert_int_equal(result->key->n_scopes, 2);
    assert_string_equal(result->key->scopes[1], "vps:buy");
    assert_false(result->key->revoked);
    assert_false(result->key->user_is_banned);
}

static void revoked_and_unknown_keys_are_told_apart(void **state)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    Slipway__V1__FindKey question = SLIPWAY__V1__FIND_KEY__INIT;

    (void)crypto_hash_sha256(hash, (const unsigned char *)"old", 3);
    question.key_hash = (ProtobufCBinaryData){sizeof(hash), hash};
    {
        RESULT ASK(OPERATOR, FIND_KEY, find_key);
        assert_true(result->key->revoked);
    }
    hash[0] ^= 1;
    RESULT ASK(OPERATOR, FIND_KEY, find_key);
    reader_fixture_assert_not_found(result);
}

static void user_is_seen_by_itself_and_operators_only(void **state)
{
    Slipway__V1__GetUser question = SLIPWAY__V1__GET_USER__INIT;

    question.user_id = ACME;
    for (uint64_t asker = OPERATOR; asker <= ACME; asker += ACME) {
        RESULT ASK(asker, GET_USER, get_user);
        assert_int_equal(result->user->balance_cents, 1250);
        assert_int_equal(result->user->telegram_id, 666971555);
        assert_string_equal(result->user->name, "acme");
    }
    RESULT ASK(OTHER, GET_USER, get_user);
    reader_fixture_assert_not_found(result);
}

static void lists_go_on_where_the_page_before_ended(void **state)
{
    Slipway__V1__ListUsers question = SLIPWAY__V1__LIST_USERS__INIT;

    question.limit = 1;
    {
        RESULT ASK(OPERATOR, LIST_USERS, list_users);
        assert_int_equal(result->users->n_users, 1);
        assert_int_equal(result->users->users[0]->user_id, ACME);
        assert_int_equal(result->users->next_before_id, ACME);
    }
    question.before_id = ACME;
    RESULT ASK(OPERATOR, LIST_USERS, list_users);
    assert_int_equal(result->users->users[0]->user_id, OTHER);
    assert_int_equal(result->users->next_before_id, 0);
}

static void reseller_lists_only_its_own_keys(void **state)
{
    Slipway__V1__ListKeys question = SLIPWAY__V1__LIST_KEYS__INIT;

    question.limit = 50;
    {
        RESULT ASK(OPERATOR, LIST_KEYS, list_keys);
        assert_int_equal(result->keys->n_keys, 4);
    }
    {
        RESULT ASK(ACME, LIST_KEYS, list_keys);
        assert_int_equal(result->keys->n_keys, 2);
    }
    question.user_id = OTHER;
    RESULT ASK(ACME, LIST_KEYS, list_keys);
    reader_fixture_assert_not_found(result);
}

static void transactions_have_the_sign_of_the_wallet(void **state)
{
    Slipway__V1__ListTransactions question = SLIPWAY__V1__LIST_TRANSACTIONS__INIT;

    question.limit = 50;
    RESULT ASK(ACME, LIST_TRANSACTIONS, list_transactions);
    assert_int_equal(result->transactions->n_transactions, 5);
    assert_string_equal(result->transactions->transactions[0]->type, "refund");
    assert_int_equal(result->transactions->transactions[0]->amount_cents, 1004);
    assert_int_equal(result->transactions->transactions[3]->amount_cents, -2861);
    assert_string_equal(result->transactions->transactions[3]->batch_id, "checkout:71");
    assert_int_equal(result->transactions->transactions[3]->vps_id, 71);
    assert_string_equal(result->transactions->transactions[3]->status, "completed");
    assert_string_equal(result->transactions->transactions[4]->batch_id, "");
}

static void transactions_are_filtered_and_private(void **state)
{
    Slipway__V1__ListTransactions question = SLIPWAY__V1__LIST_TRANSACTIONS__INIT;
    char purchase[] = "purchase";
    char pending[] = "pending";

    question.limit = 2;
    question.type = purchase;
    {
        RESULT ASK(OPERATOR, LIST_TRANSACTIONS, list_transactions);
        assert_int_equal(result->transactions->n_transactions, 2);
        assert_int_equal(result->transactions->next_before_id, 3);
    }
    question.before_id = 3;
    {
        RESULT ASK(ACME, LIST_TRANSACTIONS, list_transactions);
        assert_int_equal(result->transactions->n_transactions, 1);
        assert_int_equal(result->transactions->next_before_id, 0);
    }
    question.status = pending;
    {
        RESULT ASK(ACME, LIST_TRANSACTIONS, list_transactions);
        assert_int_equal(result->transactions->n_transactions, 0);
    }
    question.user_id = ACME;
    RESULT ASK(OTHER, LIST_TRANSACTIONS, list_transactions);
    reader_fixture_assert_not_found(result);
}

static void transactions_are_cut_by_time(void **state)
{
    static const int64_t noon_us = INT64_C(1788955200000000); /* 2026-09-09T12:00:00Z */
    Slipway__V1__ListTransactions question = SLIPWAY__V1__LIST_TRANSACTIONS__INIT;

    question.limit = 50;
    question.from_us = noon_us;
    question.to_us = noon_us + 1;
    RESULT ASK(ACME, LIST_TRANSACTIONS, list_transactions);
    assert_int_equal(result->transactions->n_transactions, 3);
}

static void catalog_tells_what_is_sold(void **state)
{
    Slipway__V1__GetCatalog question = SLIPWAY__V1__GET_CATALOG__INIT;

    RESULT ASK(ACME, GET_CATALOG, get_catalog);
    assert_int_equal(result->catalog->n_plans, 2);
    assert_int_equal(result->catalog->plans[0]->price_cents_month, 1004);
    assert_false(result->catalog->plans[1]->available);
    assert_int_equal(result->catalog->n_operating_systems, 2);
    assert_false(result->catalog->locations[1]->available);
    assert_int_equal(result->catalog->periods[1]->discount_basis_points, 500);
}

static void new_catalog_is_seen_at_once(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__GetCatalog question = SLIPWAY__V1__GET_CATALOG__INIT;

    {
        RESULT ASK(ACME, GET_CATALOG, get_catalog);
        assert_int_equal(result->catalog->version, 0);
    }
    billing_database_script(&fixture->database,
                            "UPDATE billing.catalog_version SET version = version + 1;"
                            "UPDATE billing.plans SET price_cents_month = 2000");
    RESULT ASK(ACME, GET_CATALOG, get_catalog);
    assert_int_equal(result->catalog->version, 1);
    assert_int_equal(result->catalog->plans[0]->price_cents_month, 2000);
}

static void quote_is_exact_to_the_cent(void **state)
{
    Slipway__V1__GetQuote question = SLIPWAY__V1__GET_QUOTE__INIT;
    char plan[] = "vps-2";
    char os[] = "ubuntu-22";
    char large_os[] = "windows-2022";

    question.plan_code = plan;
    question.os_code = os;
    question.period_months = 3;
    {
        RESULT ASK(ACME, GET_QUOTE, get_quote);
        assert_int_equal(result->quote->price_cents, 2861);
        assert_true(result->quote->os_supported);
    }
    question.os_code = large_os;
    RESULT ASK(ACME, GET_QUOTE, get_quote);
    assert_int_equal(result->quote->price_cents, 2861);
    assert_false(result->quote->os_supported);
}

static void quote_names_every_wrong_member(void **state)
{
    Slipway__V1__GetQuote question = SLIPWAY__V1__GET_QUOTE__INIT;
    char retired[] = "old";

    question.plan_code = retired;
    question.os_code = retired;
    question.period_months = 2;
    RESULT ASK(ACME, GET_QUOTE, get_quote);
    reader_fixture_assert_refused(result, 422,
                                  "\"pointer\":\"/plan_code\",\"code\":\"unknown_plan\"");
    reader_fixture_assert_refused(result, 422, "\"pointer\":\"/os_code\",\"code\":\"unknown_os\"");
    reader_fixture_assert_refused(result, 422,
                                  "\"pointer\":\"/period_months\",\"code\":\"unknown_period\"");
}

static void question_without_a_kind_is_not_found(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    RESULT reader_fixture_ask(fixture->reader, OPERATOR, &query);
    reader_fixture_assert_not_found(result);
}

#define WITH_BOOKS(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, reader_fixture_set_up, reader_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOOKS(key_is_found_by_its_hash),
        WITH_BOOKS(revoked_and_unknown_keys_are_told_apart),
        WITH_BOOKS(user_is_seen_by_itself_and_operators_only),
        WITH_BOOKS(lists_go_on_where_the_page_before_ended),
        WITH_BOOKS(reseller_lists_only_its_own_keys),
        WITH_BOOKS(transactions_have_the_sign_of_the_wallet),
        WITH_BOOKS(transactions_are_filtered_and_private),
        WITH_BOOKS(transactions_are_cut_by_time),
        WITH_BOOKS(catalog_tells_what_is_sold),
        WITH_BOOKS(new_catalog_is_seen_at_once),
        WITH_BOOKS(quote_is_exact_to_the_cent),
        WITH_BOOKS(quote_names_every_wrong_member),
        WITH_BOOKS(question_without_a_kind_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
