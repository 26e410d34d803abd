/* Questions about servers and batches, asked through a real reader. */
#include "tests/support/reader_fixture.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { OPERATOR = 0, OTHER = 41, ACME = 42 };

static void card_is_seen_by_its_owner_and_operators_only(void **state)
{
    Slipway__V1__GetVps question = SLIPWAY__V1__GET_VPS__INIT;

    question.vps_id = 71;
    for (uint64_t asker = OPERATOR; asker <= ACME; asker += ACME) {
        RESULT ASK(asker, GET_VPS, get_vps);
        assert_string_equal(result->vps->status, "active");
        assert_string_equal(result->vps->power_state, "running");
        assert_string_equal(result->vps->address, "10.0.1.0");
        assert_int_equal(result->vps->created_at_us, INT64_C(1788955200000000));
    }
    {
        RESULT ASK(OTHER, GET_VPS, get_vps);
        reader_fixture_assert_not_found(result);
    }
    question.vps_id = UINT64_MAX;
    RESULT ASK(OPERATOR, GET_VPS, get_vps);
    reader_fixture_assert_not_found(result);
}

static void ipv6_address_stands_on_the_card_where_the_pool_has_one(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__ListVps question = SLIPWAY__V1__LIST_VPS__INIT;

    billing_database_script(&fixture->database,
                            "UPDATE billing.address_pools SET first_address6 = '2001:db8::ff',"
                            " prefix_length6 = 64, gateway6 = 'fe80::1'");
    question.limit = 3;
    RESULT ASK(ACME, LIST_VPS, list_vps);
    assert_string_equal(result->vps_list->items[0]->address6, "2001:db8::101");
    assert_string_equal(result->vps_list->items[1]->address6, "");
    assert_string_equal(result->vps_list->items[2]->address6, "2001:db8::ff");
}

static void servers_are_listed_newest_first_and_filtered(void **state)
{
    Slipway__V1__ListVps question = SLIPWAY__V1__LIST_VPS__INIT;
    char failed[] = "failed";

    question.limit = 2;
    {
        RESULT ASK(ACME, LIST_VPS, list_vps);
        assert_int_equal(result->vps_list->n_items, 2);
        assert_int_equal(result->vps_list->items[0]->vps_id, 73);
        assert_int_equal(result->vps_list->next_before_id, 72);
    }
    question.status = failed;
    {
        RESULT ASK(OPERATOR, LIST_VPS, list_vps);
        assert_int_equal(result->vps_list->n_items, 1);
        assert_int_equal(result->vps_list->items[0]->vps_id, 72);
        assert_string_equal(result->vps_list->items[0]->address, "");
    }
    RESULT ASK(OTHER, LIST_VPS, list_vps);
    assert_int_equal(result->vps_list->n_items, 0);
}

static void assert_card(const Slipway__V1__VpsCard *card, uint64_t vps_id, const char *status)
{
    assert_int_equal(card->vps_id, vps_id);
    if (status == NULL) {
        assert_null(card->vps);
        return;
    }
    assert_non_null(card->vps);
    assert_int_equal(card->vps->vps_id, vps_id);
    assert_string_equal(card->vps->status, status);
}

static void cards_come_in_the_order_asked_and_others_look_like_none(void **state)
{
    Slipway__V1__ListVpsCards question = SLIPWAY__V1__LIST_VPS_CARDS__INIT;
    uint64_t ids[] = {73, 99, 71, 71};

    question.vps_ids = ids;
    question.n_vps_ids = ARRAY_LENGTH(ids);
    {
        RESULT ASK(ACME, LIST_VPS_CARDS, list_vps_cards);
        assert_int_equal(result->vps_cards->n_cards, 4);
        assert_card(result->vps_cards->cards[0], 73, "pending");
        assert_card(result->vps_cards->cards[1], 99, NULL);
        assert_card(result->vps_cards->cards[2], 71, "active");
        assert_card(result->vps_cards->cards[3], 71, "active");
        assert_string_equal(result->vps_cards->cards[2]->vps->address, "10.0.1.0");
    }
    {
        RESULT ASK(OPERATOR, LIST_VPS_CARDS, list_vps_cards);
        assert_card(result->vps_cards->cards[0], 73, "pending");
    }
    RESULT ASK(OTHER, LIST_VPS_CARDS, list_vps_cards);
    assert_int_equal(result->vps_cards->n_cards, 4);
    for (size_t i = 0; i < ARRAY_LENGTH(ids); ++i)
        assert_card(result->vps_cards->cards[i], ids[i], NULL);
}

static void no_more_than_a_thousand_cards_are_given(void **state)
{
    Slipway__V1__ListVpsCards question = SLIPWAY__V1__LIST_VPS_CARDS__INIT;
    uint64_t ids[1001];

    for (size_t i = 0; i < ARRAY_LENGTH(ids); ++i)
        ids[i] = 71;
    question.vps_ids = ids;
    question.n_vps_ids = ARRAY_LENGTH(ids);
    RESULT ASK(ACME, LIST_VPS_CARDS, list_vps_cards);
    assert_int_equal(result->vps_cards->n_cards, 1000);
    assert_card(result->vps_cards->cards[999], 71, "active");
}

static void set_status(void **state, const char *status)
{
    const struct reader_fixture *fixture = *state;
    char script[96];

    (void)snprintf(script, sizeof(script), "UPDATE billing.vps SET status = '%s' WHERE id = 71",
                   status);
    billing_database_script(&fixture->database, script);
}

static void credentials_come_sealed_from_servers_that_stand(void **state)
{
    static const char *const others[] = {"pending",  "building", "reinstalling",
                                         "deleting", "deleted",  "failed"};
    Slipway__V1__GetCredentials question = SLIPWAY__V1__GET_CREDENTIALS__INIT;

    question.vps_id = 71;
    {
        RESULT ASK(ACME, GET_CREDENTIALS, get_credentials);
        assert_int_equal(result->credentials->port, 22);
        assert_string_equal(result->credentials->login, "root");
        assert_int_equal(result->credentials->sealed_password.len, 3);
    }
    {
        RESULT ASK(OTHER, GET_CREDENTIALS, get_credentials);
        reader_fixture_assert_not_found(result);
    }
    set_status(state, "suspended");
    {
        RESULT ASK(ACME, GET_CREDENTIALS, get_credentials);
        assert_string_equal(result->credentials->login, "root");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(others); ++i) {
        set_status(state, others[i]);
        RESULT ASK(ACME, GET_CREDENTIALS, get_credentials);
        reader_fixture_assert_refused(result, 409, others[i]);
    }
}

/* 409 with these words in its detail. */
static void assert_no_console(void **state, const char *script, const char *detail)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__GetConsole question = SLIPWAY__V1__GET_CONSOLE__INIT;

    question.vps_id = 71;
    billing_database_script(&fixture->database, script);
    RESULT ASK(ACME, GET_CONSOLE, get_console);
    reader_fixture_assert_refused(result, 409, detail);
    reader_fixture_assert_refused(result, 409, "console_unavailable");
}

static void console_is_of_a_machine_that_runs_on_a_node_with_screens(void **state)
{
    const struct reader_fixture *fixture = *state;
    Slipway__V1__GetConsole question = SLIPWAY__V1__GET_CONSOLE__INIT;

    assert_no_console(state, "", "node offers no screens");
    billing_database_script(&fixture->database,
                            "UPDATE billing.nodes SET console_url = 'https://de-1.example';"
                            "UPDATE billing.vps SET machine_uuid = 'u-1' WHERE id = 71");
    question.vps_id = 71;
    for (uint64_t asker = OPERATOR; asker <= ACME; asker += ACME) {
        RESULT ASK(asker, GET_CONSOLE, get_console);
        assert_int_equal(result->console->vps_id, 71);
        assert_string_equal(result->console->machine_uuid, "u-1");
        assert_string_equal(result->console->node_name, "de-1");
        assert_string_equal(result->console->console_url, "https://de-1.example");
    }
    {
        RESULT ASK(OTHER, GET_CONSOLE, get_console);
        reader_fixture_assert_not_found(result);
    }
    assert_no_console(state, "UPDATE billing.vps SET power_state = 'stopped'", "stopped");
    assert_no_console(state, "UPDATE billing.vps SET power_state = 'missing'", "missing");
    assert_no_console(state, "UPDATE billing.vps SET status = 'suspended', power_state = 'running'",
                      "suspended");
}

static void batch_tells_of_each_item(void **state)
{
    Slipway__V1__GetBatch question = SLIPWAY__V1__GET_BATCH__INIT;
    char batch_id[] = "checkout:71";

    question.batch_id = batch_id;
    RESULT ASK(ACME, GET_BATCH, get_batch);
    assert_string_equal(result->batch->batch_id, "checkout:71");
    assert_int_equal(result->batch->user_id, ACME);
    assert_int_equal(result->batch->n_items, 3);
    assert_string_equal(result->batch->items[0]->status, "active");
    assert_int_equal(result->batch->items[0]->refunded_cents, 0);
    assert_string_equal(result->batch->items[1]->status, "failed");
    assert_int_equal(result->batch->items[1]->refunded_cents, 1004);
    assert_string_equal(result->batch->items[1]->error_code, "image_missing");
    assert_string_equal(result->batch->items[2]->status, "queued");
    assert_int_equal(result->batch->updated_at_us - result->batch->created_at_us, 120000000);
}

static void orders(void **state)
{
    const struct reader_fixture *fixture = *state;

    billing_database_script(
        &fixture->database,
        "INSERT INTO billing.batches VALUES (501, 'power', 42, 1, '2026-09-10T12:00:00Z'),"
        " (502, 'reinstall', 42, 1, '2026-09-10T12:00:00Z'),"
        " (503, 'password', 42, 1, '2026-09-10T12:00:00Z'),"
        " (504, 'delete', 42, 1, '2026-09-10T12:00:00Z');"
        "INSERT INTO billing.operations VALUES"
        " (71, 2, 501, 'reboot', 'queued', NULL, NULL, NULL, '2026-09-10T12:00:00Z',"
        "  '2026-09-10T12:00:00Z'),"
        " (71, 3, 502, 'reinstall', 'running', 'ubuntu-22', NULL, NULL, '2026-09-10T12:00:00Z',"
        "  '2026-09-10T12:00:05Z'),"
        " (71, 4, 503, 'password', 'failed', NULL, 'superseded', 'Too late.',"
        "  '2026-09-10T12:00:00Z', '2026-09-10T12:01:00Z'),"
        " (71, 5, 504, 'delete', 'done', NULL, NULL, NULL, '2026-09-10T12:00:00Z',"
        "  '2026-09-10T12:02:00Z')");
}

static void batch_of_an_order_tells_of_its_operation(void **state)
{
    static const struct {
        const char *batch_id, *kind, *status, *error_code;
        int64_t seconds;
    } cases[] = {
        {"power:501",     "power",     "queued",   "",           0  },
        {"reinstall:502", "reinstall", "building", "",           5  },
        {"password:503",  "password",  "failed",   "superseded", 60 },
        {"delete:504",    "delete",    "active",   "",           120},
    };
    Slipway__V1__GetBatch question = SLIPWAY__V1__GET_BATCH__INIT;

    orders(state);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        char batch_id[32];

        (void)snprintf(batch_id, sizeof(batch_id), "%s", cases[i].batch_id);
        question.batch_id = batch_id;
        {
            RESULT ASK(OTHER, GET_BATCH, get_batch);
            reader_fixture_assert_not_found(result);
        }
        RESULT ASK(ACME, GET_BATCH, get_batch);
        assert_string_equal(result->batch->batch_id, cases[i].batch_id);
        assert_string_equal(result->batch->kind, cases[i].kind);
        assert_int_equal(result->batch->n_items, 1);
        assert_int_equal(result->batch->items[0]->index, 0);
        assert_int_equal(result->batch->items[0]->vps_id, 71);
        assert_string_equal(result->batch->items[0]->status, cases[i].status);
        assert_string_equal(result->batch->items[0]->error_code, cases[i].error_code);
        assert_int_equal(result->batch->items[0]->charged_cents, 0);
        assert_int_equal(result->batch->items[0]->refunded_cents, 0);
        assert_int_equal(result->batch->updated_at_us - result->batch->created_at_us,
                         cases[i].seconds * 1000000);
    }
}

static void batch_ids_that_are_none_are_not_found(void **state)
{
    static const char *const wrong[] = {"",         "checkout:",    "checkout:501",
                                        "power:71", "checkout:071", "checkout:71:1"};
    Slipway__V1__GetBatch question = SLIPWAY__V1__GET_BATCH__INIT;
    char batch_id[] = "checkout:71";

    question.batch_id = batch_id;
    {
        RESULT ASK(OTHER, GET_BATCH, get_batch);
        reader_fixture_assert_not_found(result);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); ++i) {
        char text[32];

        (void)snprintf(text, sizeof(text), "%s", wrong[i]);
        question.batch_id = text;
        RESULT ASK(ACME, GET_BATCH, get_batch);
        reader_fixture_assert_not_found(result);
    }
}

#define WITH_BOOKS(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, reader_fixture_set_up, reader_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOOKS(card_is_seen_by_its_owner_and_operators_only),
        WITH_BOOKS(ipv6_address_stands_on_the_card_where_the_pool_has_one),
        WITH_BOOKS(servers_are_listed_newest_first_and_filtered),
        WITH_BOOKS(cards_come_in_the_order_asked_and_others_look_like_none),
        WITH_BOOKS(no_more_than_a_thousand_cards_are_given),
        WITH_BOOKS(credentials_come_sealed_from_servers_that_stand),
        WITH_BOOKS(console_is_of_a_machine_that_runs_on_a_node_with_screens),
        WITH_BOOKS(batch_tells_of_each_item),
        WITH_BOOKS(batch_of_an_order_tells_of_its_operation),
        WITH_BOOKS(batch_ids_that_are_none_are_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
