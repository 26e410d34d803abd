/* The chain of transfers on a real PostgreSQL: writers that race, and hands that change it. */
#include "services/billing/chain_audit_store.h"
#include "tests/support/bulk_purchase.h"
#include "tests/support/session_killer.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void audit(const struct writer_world *world, struct chain_report *ret_report)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(world->database.service);
    struct error error = {.text = ""};

    *ret_report = (struct chain_report){.shards = 0};
    if (chain_audit_run(pg, ret_report, &error) != 0)
        fail_msg("%s", error.text);
    buffer_deinit(&ret_report->ends);
}

static void assert_intact(const struct writer_world *world)
{
    struct chain_report report;

    audit(world, &report);
    if (report.audit.flaw != CHAIN_INTACT)
        fail_msg("%s: shard %lld, index %lld", chain_flaw_name(report.audit.flaw),
                 (long long)report.audit.shard, (long long)report.audit.index);
    assert_int_equal(report.shards, 2);
    assert_int_equal(report.audit.transfers,
                     writer_world_count(world, "SELECT count(*) FROM billing.transfers"
                                               " WHERE chain_shard IS NOT NULL"));
}

/* As its owner could, who leaves no trace. */
static void tamper(const struct writer_world *world, const char *change)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(world->database.superuser);
    struct error error = {.text = ""};
    char script[512];

    (void)snprintf(script, sizeof(script),
                   "SET session_replication_role = replica; %s; RESET session_replication_role",
                   change);
    if (pg_execute_script(pg, script, &error) != 0)
        fail_msg("%s", error.text);
}

/* Many purchases of one user at one writer, waited for one by one. */
struct buyer {
    struct billing_writer *writer;
    uint64_t user;
};

enum { BOUGHT = 40 };

static void *buy_many(void *context)
{
    const struct buyer *buyer = context;

    for (int i = 0; i < BOUGHT; ++i)
        (void)billing_ask(buyer->writer, bulk_purchase(buyer->user, NULL, 1));
    return NULL;
}

/* Both writers have the shards 0 and 1, as two replicas have. */
static void two_replicas_of_the_same_shards_do_not_fork_a_chain(void **state)
{
    struct writer_world *world = *state;
    struct billing_writer other;
    struct buyer buyers[] = {
        {&world->writer, billing_user(&world->writer, 100000)},
        {&other,         billing_user(&world->writer, 100000)},
        {&world->writer, billing_user(&world->writer, 100000)},
        {&other,         billing_user(&world->writer, 100000)},
    };
    pthread_t threads[ARRAY_LENGTH(buyers)];

    billing_writer_init(&other, world->database.service);
    for (size_t i = 0; i < ARRAY_LENGTH(buyers); ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, buy_many, &buyers[i]), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(buyers); ++i)
        (void)pthread_join(threads[i], NULL);
    billing_writer_deinit(&other);
    assert_true(writer_world_count(world, "SELECT count(*) FROM billing.batches") >= BOUGHT);
    assert_intact(world);
}

static void killed_sessions_leave_the_chain_whole(void **state)
{
    struct writer_world *world = *state;
    struct buyer buyer = {&world->writer, billing_user(&world->writer, 100000)};
    struct session_killer killer;

    session_killer_start(&killer, &world->database);
    (void)buy_many(&buyer);
    session_killer_stop(&killer);
    assert_intact(world);
}

static void every_transfer_names_the_outbox_row_that_tells_of_it(void **state)
{
    struct writer_world *world = *state;

    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.transfers t LEFT JOIN"
                                               " billing.outbox o ON o.id = t.outbox_id"
                                               " WHERE o.id IS NULL OR o.xmin <> t.xmin"),
                     0);
}

static int64_t middle_of_chain(const struct writer_world *world)
{
    return writer_world_count(world, "SELECT id FROM billing.transfers WHERE chain_shard = 0"
                                     " AND chain_index = 5");
}

static void changed_transfer_is_found_and_named(void **state)
{
    struct writer_world *world = *state;
    const int64_t id = middle_of_chain(world);
    struct chain_report report;
    char change[200];

    (void)snprintf(change, sizeof(change),
                   "UPDATE billing.transfers SET user_id = user_id + 1 WHERE id = %" PRId64, id);
    tamper(world, change);
    audit(world, &report);
    (void)snprintf(change, sizeof(change),
                   "UPDATE billing.transfers SET user_id = user_id - 1 WHERE id = %" PRId64, id);
    tamper(world, change);
    assert_int_equal(report.audit.flaw, CHAIN_CHANGED);
    assert_int_equal(report.audit.transfer_id, id);
    assert_int_equal(report.audit.shard, 0);
    assert_int_equal(report.audit.index, 5);
    assert_intact(world);
}

static void transfer_that_was_taken_away_is_missed(void **state)
{
    struct writer_world *world = *state;
    struct chain_report report;

    tamper(world, "CREATE TABLE public.taken AS SELECT * FROM billing.transfers"
                  " WHERE chain_shard = 0 AND chain_index = 5; DELETE FROM billing.transfers"
                  " WHERE chain_shard = 0 AND chain_index = 5");
    audit(world, &report);
    tamper(world, "INSERT INTO billing.transfers SELECT * FROM public.taken;"
                  " DROP TABLE public.taken");
    assert_int_equal(report.audit.flaw, CHAIN_MISSING);
    assert_int_equal(report.audit.shard, 0);
    assert_int_equal(report.audit.index, 5);
    assert_intact(world);
}

static void transfers_of_before_the_chains_are_counted_and_not_judged(void **state)
{
    struct writer_world *world = *state;
    struct chain_report report;

    tamper(world, "INSERT INTO billing.transfers (id, debit_account, credit_account, amount_cents,"
                  " kind, created_at) VALUES (-1, -2, -1, 5, 'capture', now()),"
                  " (-2, -1, -2, 5, 'capture', now())");
    audit(world, &report);
    tamper(world, "DELETE FROM billing.transfers WHERE id < 0");
    assert_int_equal(report.audit.flaw, CHAIN_INTACT);
    assert_int_equal(report.outside, 2);
}

static void chain_without_a_known_end_is_found(void **state)
{
    struct writer_world *world = *state;
    struct chain_report report;

    tamper(world, "INSERT INTO billing.transfers (id, debit_account, credit_account, amount_cents,"
                  " kind, created_at, chain_shard, chain_index, previous_hash) VALUES (-1, -2, -1,"
                  " 5, 'capture', now(), 7, 1, decode(repeat('00', 32), 'hex'))");
    audit(world, &report);
    tamper(world, "DELETE FROM billing.transfers WHERE id < 0");
    assert_int_equal(report.audit.flaw, CHAIN_ADDED);
    assert_int_equal(report.audit.shard, 7);
    assert_int_equal(report.audit.transfer_id, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_replicas_of_the_same_shards_do_not_fork_a_chain),
        cmocka_unit_test(killed_sessions_leave_the_chain_whole),
        cmocka_unit_test(every_transfer_names_the_outbox_row_that_tells_of_it),
        cmocka_unit_test(changed_transfer_is_found_and_named),
        cmocka_unit_test(transfer_that_was_taken_away_is_missed),
        cmocka_unit_test(transfers_of_before_the_chains_are_counted_and_not_judged),
        cmocka_unit_test(chain_without_a_known_end_is_found),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
