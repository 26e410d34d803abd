/* Walks along the chains of transfers and finds the first that is not as it was written. Pure.
 *
 * A changed row betrays itself by the one after it, which carries another hash; whether it is the
 * row that was changed or only what the next one carries is told by the one after that. */
#pragma once

#include "services/billing/chain.h"

#include <stdbool.h>

enum chain_flaw {
    CHAIN_INTACT,
    /* It is not what its follower, or the end of the chain, has the hash of. */
    CHAIN_CHANGED,
    /* There is none with that index; `transfer_id` is 0. */
    CHAIN_MISSING,
    /* It stands behind the end, or where another one stands. */
    CHAIN_ADDED,
};

struct chain_audit {
    /* The first flaw, and where. */
    enum chain_flaw flaw;
    int64_t shard, index, transfer_id;
    /* How many links were looked at. */
    int64_t transfers;

    /* The walk's own: where the chain should end, as far as it was walked, and its last two
     * transfers. */
    struct chain end, walked;
    int64_t last_id, before_last_id;
    bool is_in_doubt;
};

/* "changed" …; "" for CHAIN_INTACT. */
const char *chain_flaw_name(enum chain_flaw flaw);

/* Begins with a shard's chain, which ends as `end` says. */
void chain_audit_begin(struct chain_audit *audit, const struct chain *end);

/* The next transfer of the shard, by index. Does nothing more once a flaw was found. */
void chain_audit_step(struct chain_audit *audit, const struct ledger_transfer *transfer);

/* The shard has no more. */
void chain_audit_finish(struct chain_audit *audit);
