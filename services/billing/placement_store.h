/* Nodes, address pools and returned addresses, locked for one batch. */
#pragma once

#include "services/billing/catalog.h"
#include "services/billing/columns.h"
#include "services/billing/placement.h"

/* The stock and the rows that its texts are borrowed from. */
struct placement_rows {
    struct placement_stock stock;
    struct pg_rows *nodes, *pools, *released;
};

void placement_rows_deinit(struct placement_rows *rows);

/* What a batch may place: codes of locations and the most addresses each may need. `left_vps_ids`:
 * servers whose nodes are locked too, because their room goes back. */
struct placement_wants {
    const struct pg_array *location_codes, *counts, *left_vps_ids;
};

/* Three results; locks nodes, then pools, in id order. */
MUST_CHECK int placement_store_queue_lock(struct pg *pg, const struct placement_wants *wants,
                                          struct error *error);
/* Locations are numbered as in `catalog`; rows of others are left out. */
MUST_CHECK int placement_store_take_lock(struct pg *pg, const struct catalog *catalog,
                                         struct placement_rows *ret_rows, struct error *error);

/* Columns of nodes that moved, pools that moved, addresses taken from and given to the returned
 * ones. */
struct placement_writes {
    struct columns nodes, pools, taken, given;
};

MUST_CHECK bool placement_store_init(struct placement_writes *writes);
void placement_store_deinit(struct placement_writes *writes);
void placement_store_reset(struct placement_writes *writes);
/* Pushes whatever moved in the stock. */
void placement_store_push(struct placement_writes *writes, const struct placement_stock *stock);
void placement_store_push_given(struct placement_writes *writes, const char *address,
                                const char *location_code, int64_t pool_id);
MUST_CHECK int placement_store_queue(struct pg *pg, const struct placement_writes *writes,
                                     int64_t now_us, struct error *error);
