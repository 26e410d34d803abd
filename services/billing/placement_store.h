/* Nodes, address pools and returned addresses: a shard's own share of them, locked for one batch,
 * and the shares' refilling. */
#pragma once

#include "services/billing/catalog.h"
#include "services/billing/columns.h"
#include "services/billing/placement.h"

/* How far a batch goes in a location for something to sell. What comes out short is tried again
 * with the next reach; what can't be placed with the last one is sold out. */
enum placement_reach {
    /* The shard's own share: no other writer waits. */
    PLACEMENT_OWN,
    /* The share is refilled first, from what nobody holds. */
    PLACEMENT_REFILL,
    /* All shares of the location are called back first: what is free is all there. */
    PLACEMENT_RECALL,
};

/* The stock and the rows that its texts are borrowed from. */
struct placement_rows {
    struct placement_stock stock;
    struct pg_rows *nodes, *ranges, *released;
};

void placement_rows_deinit(struct placement_rows *rows);

/* What a batch may place: codes of locations and the most addresses each may need; those of them
 * whose shares are refilled, and those whose shares are called back (they are refilled too). */
struct placement_wants {
    int64_t shard;
    const struct pg_array *location_codes, *counts, *refilled_codes, *recalled_codes;
};

/* Locks in this order, each by id: nodes (of refilled locations), node shares, pools (of refilled
 * locations), address shares. */
MUST_CHECK int placement_store_queue_lock(struct pg *pg, const struct placement_wants *wants,
                                          struct error *error);
/* With the same wants. Locations are numbered as in `catalog`; rows of others are left out. */
MUST_CHECK int placement_store_take_lock(struct pg *pg, const struct placement_wants *wants,
                                         const struct catalog *catalog,
                                         struct placement_rows *ret_rows, struct error *error);

/* Columns of shares that were taken from, addresses taken from and given to the returned ones, room
 * that goes back to the shares, and nodes that have fallen silent or answer again. */
struct placement_writes {
    struct columns nodes, ranges, taken, given, freed, silent, answering;
};

MUST_CHECK bool placement_store_init(struct placement_writes *writes);
void placement_store_deinit(struct placement_writes *writes);
void placement_store_reset(struct placement_writes *writes);
/* Pushes whatever was taken from the stock. */
void placement_store_push(struct placement_writes *writes, const struct placement_stock *stock);
void placement_store_push_given(struct placement_writes *writes, const char *address,
                                const char *location_code, int64_t pool_id);
/* The room of a server that is gone. */
void placement_store_push_freed(struct placement_writes *writes, int64_t node_id,
                                const struct placement_size *size);
/* Nothing new is placed on a silent node. */
void placement_store_push_silent(struct placement_writes *writes, int64_t node_id);
void placement_store_push_answering(struct placement_writes *writes, int64_t node_id);
MUST_CHECK int placement_store_queue(struct pg *pg, const struct placement_writes *writes,
                                     int64_t shard, int64_t now_us, struct error *error);
