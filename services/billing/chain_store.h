/* billing.chain_heads: where the chains of transfers end. */
#pragma once

#include "lib/pg/pg.h"
#include "services/billing/chain.h"

/* Begins the shard's chain unless it was begun before. */
MUST_CHECK int chain_store_ensure(struct pg *pg, int64_t shard, struct error *error);

/* Locks the end of the shard's chain. */
MUST_CHECK int chain_store_queue_lock(struct pg *pg, int64_t shard, struct error *error);
MUST_CHECK int chain_store_take_lock(struct pg *pg, int64_t shard, struct chain *ret_chain,
                                     struct error *error);

MUST_CHECK int chain_store_queue_move(struct pg *pg, const struct chain *chain,
                                      struct error *error);
