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
    /* Who invited the user; 0: nobody, or it was not asked for. */
    int64_t referrer_id;
};

/* Whose wallets: users, owners of servers, and owners of deposits with those who invited them. */
struct wallet_wants {
    const struct pg_array *user_ids, *vps_ids, *deposit_ids;
};

/* Creates the accounts of a shard that are missing. */
MUST_CHECK int wallet_store_ensure_system(struct pg *pg, int64_t shard, struct error *error);

/* Locks them in id order; answers those that exist. */
MUST_CHECK int wallet_store_queue_lock(struct pg *pg, const struct wallet_wants *wants,
                                       struct error *error);
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
