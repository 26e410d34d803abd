/* Movements of money between accounts in memory: the double entry's rules. Pure: works on balances
 * that the caller has locked, and marks what it changes for the caller to write. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

/* The system's accounts that the writer moves, one set a shard. */
enum ledger_system {
    LEDGER_IN_PROGRESS,
    LEDGER_REVENUE,
    LEDGER_ADJUSTMENTS,
    LEDGER_REFERRALS,
    /* Money on its way through a provider, one account each. */
    LEDGER_CLEARING_CRYPTO,
    LEDGER_CLEARING_CRYPTOBOT,
    LEDGER_CLEARING_XROCKET,
    LEDGER_CLEARING_LOLZ,
    LEDGER_CLEARING_SBP,
    LEDGER_SYSTEM_COUNT,
};

/* A wallet (id > 0), or an account of the system (id < 0), whose balance counts from 0 in each
 * batch.
 */
struct ledger_account {
    int64_t id;
    int64_t balance_cents;
    int64_t floor_cents;
    /* How much the balance has moved since it was read. */
    int64_t moved_cents;
};

enum ledger_rule {
    /* A wallet gives only what it holds: it never goes below zero by this. */
    LEDGER_SPEND,
    /* An operator may take a wallet below zero; its floor goes down with it. */
    LEDGER_OPERATOR,
};

enum ledger_refusal {
    LEDGER_SHORT = 1,
    LEDGER_OUT_OF_RANGE,
};

/* As in billing.transfer_kind, those that the writer makes. */
enum ledger_kind {
    LEDGER_PURCHASE,
    LEDGER_RENEWAL,
    LEDGER_CAPTURE,
    LEDGER_REFUND,
    LEDGER_ADJUSTMENT,
    LEDGER_DEPOSIT,
    LEDGER_REFERRAL_BONUS,
    LEDGER_KIND_COUNT,
};

enum { LEDGER_HASH_SIZE = 32 };

/* A row of billing.transfers; 0 stands for NULL. `reason` is borrowed, NULL for none. */
struct ledger_transfer {
    int64_t id, debit_account, credit_account, amount_cents;
    enum ledger_kind kind;
    int64_t user_id, balance_after_cents, vps_id, batch_id;
    const char *reason;
    /* The row of the outbox that tells of it, and when it was made. */
    int64_t outbox_id, created_at_us;
    /* Its place in its shard's chain, from 1 on, and the hash of the transfer before it (chain.h).
     */
    int64_t chain_shard, chain_index;
    uint8_t previous_hash[LEDGER_HASH_SIZE];
};

/* The account's id in a shard: −(shard × 16 + kind + 1). */
int64_t ledger_system_id(int64_t shard, enum ledger_system kind);

/* "in_progress" … as in billing.account_kind. */
const char *ledger_system_name(enum ledger_system kind);

/* Whose clearing account it is, "cryptobot"; NULL: it is none. */
const char *ledger_system_provider(enum ledger_system kind);

/* LEDGER_SYSTEM_COUNT: nobody clears by that name. */
enum ledger_system ledger_clearing_of(const char *provider);

/* "purchase" … */
const char *ledger_kind_name(enum ledger_kind kind);

/* True when `name` is no kind. */
MUST_CHECK bool ledger_kind_parse(const char *name, enum ledger_kind *ret_kind);

/* Moves `amount_cents` > 0 from `debit` to `credit`; on a refusal nothing has moved. */
MUST_CHECK int ledger_move(struct ledger_account *debit, struct ledger_account *credit,
                           int64_t amount_cents, enum ledger_rule rule);
