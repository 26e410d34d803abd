/* The chain of hashes through a shard's transfers, and the walk that finds what was changed. */
#include "services/billing/chain_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static struct ledger_transfer purchase(void)
{
    return (struct ledger_transfer){
        .id = 9001,
        .debit_account = 42,
        .credit_account = -49,
        .amount_cents = 2861,
        .kind = LEDGER_PURCHASE,
        .user_id = 42,
        .balance_after_cents = 1250,
        .vps_id = 9001,
        .batch_id = 9001,
        .outbox_id = 17,
        .created_at_us = 1757419200000000,
    };
}

static struct ledger_transfer refund(void)
{
    return (struct ledger_transfer){
        .id = 9002,
        .debit_account = -49,
        .credit_account = 42,
        .amount_cents = 2861,
        .kind = LEDGER_REFUND,
        .user_id = 42,
        .balance_after_cents = 4111,
        .vps_id = 9001,
        .batch_id = 9001,
        .reason = "image_missing",
        .outbox_id = 18,
        .created_at_us = 1757419260000000,
    };
}

static void assert_hash(const uint8_t *hash, const char *expected)
{
    char text[2 * LEDGER_HASH_SIZE + 1];

    assert_non_null(sodium_bin2hex(text, sizeof(text), hash, LEDGER_HASH_SIZE));
    assert_string_equal(text, expected);
}

/* The hashes were made with Python's hashlib and struct, as docs/ledger.md says. */
static void hash_is_that_of_the_documented_bytes(void **state)
{
    struct chain chain = {.shard = 3};
    struct ledger_transfer first = purchase(), second = refund();
    static const uint8_t zeros[LEDGER_HASH_SIZE];

    (void)state;
    chain_append(&chain, &first);
    assert_int_equal(first.chain_shard, 3);
    assert_int_equal(first.chain_index, 1);
    assert_memory_equal(first.previous_hash, zeros, sizeof(zeros));
    assert_hash(chain.hash, "5c70f1100c10f9f4756b04ea1622a7983a563c2f5049d74e0229944ea4a3fb79");
    chain_append(&chain, &second);
    assert_int_equal(second.chain_index, 2);
    assert_hash(second.previous_hash,
                "5c70f1100c10f9f4756b04ea1622a7983a563c2f5049d74e0229944ea4a3fb79");
    assert_hash(chain.hash, "f65889856d5aee6bc0a1641814e6fb1c31661108a01a670fdec2cf84eb99e812");
    assert_int_equal(chain.index, 2);
}

static void no_reason_is_not_an_empty_reason(void **state)
{
    struct ledger_transfer without = refund(), empty = refund();
    uint8_t one[LEDGER_HASH_SIZE], other[LEDGER_HASH_SIZE];

    (void)state;
    without.reason = NULL;
    empty.reason = "";
    chain_hash(&without, one);
    chain_hash(&empty, other);
    assert_memory_not_equal(one, other, sizeof(one));
}

enum { LINKS = 6 };

struct world {
    struct ledger_transfer links[LINKS];
    struct chain end;
};

static struct world make_chain(void)
{
    struct world world = {.end = {.shard = 1}};

    for (int i = 0; i < LINKS; ++i) {
        world.links[i] = i % 2 == 0 ? purchase() : refund();
        world.links[i].id = 100 + i;
        chain_append(&world.end, &world.links[i]);
    }
    return world;
}

/* Walks along all links but the `left_out`-th, if that is one. */
static struct chain_audit walk(const struct world *world, int left_out)
{
    struct chain_audit audit = {.flaw = CHAIN_INTACT};

    chain_audit_begin(&audit, &world->end);
    for (int i = 0; i < LINKS; ++i)
        if (i != left_out)
            chain_audit_step(&audit, &world->links[i]);
    chain_audit_finish(&audit);
    return audit;
}

static void assert_flaw(const struct chain_audit *audit, enum chain_flaw flaw, int64_t index,
                        int64_t transfer_id)
{
    assert_int_equal(audit->flaw, flaw);
    assert_int_equal(audit->shard, flaw == CHAIN_INTACT ? 0 : 1);
    assert_int_equal(audit->index, index);
    assert_int_equal(audit->transfer_id, transfer_id);
}

static void untouched_chain_is_intact(void **state)
{
    const struct world world = make_chain();
    const struct chain_audit audit = walk(&world, -1);

    (void)state;
    assert_flaw(&audit, CHAIN_INTACT, 0, 0);
    assert_int_equal(audit.transfers, LINKS);
    assert_string_equal(chain_flaw_name(audit.flaw), "");
}

static void changed_transfer_is_named_wherever_it_stands(void **state)
{
    (void)state;
    for (int i = 0; i < LINKS; ++i) {
        struct world world = make_chain();
        struct chain_audit audit;

        ++world.links[i].amount_cents;
        audit = walk(&world, -1);
        assert_flaw(&audit, CHAIN_CHANGED, i + 1, 100 + i);
        assert_string_equal(chain_flaw_name(audit.flaw), "changed");
    }
}

static void changed_hash_is_found_in_the_transfer_that_carries_it(void **state)
{
    (void)state;
    for (int i = 0; i < LINKS; ++i) {
        struct world world = make_chain();
        struct chain_audit audit;

        world.links[i].previous_hash[0] ^= 1;
        audit = walk(&world, -1);
        assert_flaw(&audit, CHAIN_CHANGED, i + 1, 100 + i);
    }
}

static void transfer_that_was_taken_away_is_missed_wherever_it_stood(void **state)
{
    (void)state;
    for (int i = 0; i < LINKS; ++i) {
        const struct world world = make_chain();
        const struct chain_audit audit = walk(&world, i);

        assert_flaw(&audit, CHAIN_MISSING, i + 1, 0);
        assert_string_equal(chain_flaw_name(audit.flaw), "missing");
    }
}

static void transfer_behind_the_end_is_one_too_many(void **state)
{
    struct world world = make_chain();
    struct chain_audit audit = {.flaw = CHAIN_INTACT};
    struct chain end = world.end;
    struct ledger_transfer added = purchase();

    (void)state;
    added.id = 666;
    chain_append(&end, &added);
    chain_audit_begin(&audit, &world.end);
    for (int i = 0; i < LINKS; ++i)
        chain_audit_step(&audit, &world.links[i]);
    chain_audit_step(&audit, &added);
    chain_audit_finish(&audit);
    assert_flaw(&audit, CHAIN_ADDED, LINKS + 1, 666);
    assert_string_equal(chain_flaw_name(audit.flaw), "added");
}

static void two_transfers_in_one_place_are_one_too_many(void **state)
{
    struct world world = make_chain();
    struct chain_audit audit;

    (void)state;
    world.links[3] = world.links[2];
    world.links[3].id = 666;
    audit = walk(&world, -1);
    assert_flaw(&audit, CHAIN_ADDED, 3, 666);
}

static void end_that_was_changed_is_found(void **state)
{
    struct world world = make_chain();
    struct chain_audit audit;

    (void)state;
    world.end.hash[0] ^= 1;
    audit = walk(&world, -1);
    assert_flaw(&audit, CHAIN_CHANGED, LINKS, 100 + LINKS - 1);
    world = make_chain();
    ++world.end.index;
    audit = walk(&world, -1);
    assert_flaw(&audit, CHAIN_MISSING, LINKS + 1, 0);
}

static void nothing_is_looked_for_behind_the_first_flaw(void **state)
{
    struct world world = make_chain();
    struct chain_audit audit;

    (void)state;
    ++world.links[1].amount_cents;
    ++world.links[4].amount_cents;
    audit = walk(&world, -1);
    chain_audit_begin(&audit, &world.end);
    chain_audit_step(&audit, &world.links[5]);
    chain_audit_finish(&audit);
    assert_flaw(&audit, CHAIN_CHANGED, 2, 101);
}

static void empty_chain_is_intact(void **state)
{
    const struct chain end = {.shard = 1};
    struct chain_audit audit = {.flaw = CHAIN_INTACT};

    (void)state;
    chain_audit_begin(&audit, &end);
    chain_audit_finish(&audit);
    assert_int_equal(audit.flaw, CHAIN_INTACT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_that_of_the_documented_bytes),
        cmocka_unit_test(no_reason_is_not_an_empty_reason),
        cmocka_unit_test(untouched_chain_is_intact),
        cmocka_unit_test(changed_transfer_is_named_wherever_it_stands),
        cmocka_unit_test(changed_hash_is_found_in_the_transfer_that_carries_it),
        cmocka_unit_test(transfer_that_was_taken_away_is_missed_wherever_it_stood),
        cmocka_unit_test(transfer_behind_the_end_is_one_too_many),
        cmocka_unit_test(two_transfers_in_one_place_are_one_too_many),
        cmocka_unit_test(end_that_was_changed_is_found),
        cmocka_unit_test(nothing_is_looked_for_behind_the_first_flaw),
        cmocka_unit_test(empty_chain_is_intact),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
