/* Wallets and the system's accounts in PostgreSQL. The _queue functions go into a pipeline; their
 * _take halves are called in the same order after the sync. */
#pragma once

#include "lib/pg/pg.h"
#include "services/billing/columns.h"
#include "services/billing/ledger.h"

struct wallet {
    struct ledger_account account;
    int64_t read_floor_cents;
    bool is_banned, read_is_banned;
};

/* Creates the accounts of a shard that are missing. */
MUST_CHECK int wallet_store_ensure_system(struct pg *pg, int64_t shard, struct error *error);

/* Locks, in id order, the wallets of `user_ids` and of the owners of `vps_ids`; answers those that
 * exist. */
MUST_CHECK int wallet_store_queue_lock(struct pg *pg, const struct pg_array *user_ids,
                                       const struct pg_array *vps_ids, struct error *error);
/* By id, ascending; *ret_wallets is the caller's to free(). */
MUST_CHECK int wallet_store_take_lock(struct pg *pg, struct wallet **ret_wallets, size_t *ret_count,
                                      struct error *error);

MUST_CHECK bool wallet_store_init_moves(struct columns *columns);
void wallet_store_push_move(struct columns *columns, const struct ledger_account *account);
MUST_CHECK int wallet_store_queue_moves(struct pg *pg, const struct columns *columns,
                                        struct error *error);

/* Wallets of new users. */
MUST_CHECK int wallet_store_queue_open(struct pg *pg, const struct pg_array *user_ids,
                                       struct error *error);
