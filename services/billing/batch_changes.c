/* What a batch has changed in memory, into the rows that it writes. */
#include "services/billing/batch.h"

static void push_moves(struct batch *batch)
{
    for (size_t i = 0; i < batch->wallet_count; ++i) {
        const struct wallet *wallet = &batch->wallets[i];

        if (wallet->account.moved_cents != 0 ||
            wallet->account.floor_cents != wallet->read_floor_cents)
            wallet_store_push_move(&batch->writes.moves, &wallet->account);
    }
    for (int i = 0; i < LEDGER_SYSTEM_COUNT; ++i)
        if (batch->system[i].moved_cents != 0)
            wallet_store_push_move(&batch->writes.moves, &batch->system[i]);
}

static void push_bans(struct batch *batch)
{
    for (size_t i = 0; i < batch->wallet_count; ++i) {
        const struct wallet *wallet = &batch->wallets[i];

        if (wallet->is_banned != wallet->read_is_banned)
            register_store_push_ban(&batch->writes.registered, wallet->account.id,
                                    wallet->is_banned);
    }
}

static void push_machines(struct batch *batch)
{
    for (size_t i = 0; i < batch->machine_count; ++i)
        if (batch->machines[i].changed)
            vps_store_push_change(&batch->writes.changes, &batch->machines[i]);
}

void batch_push_changes(struct batch *batch)
{
    push_moves(batch);
    push_bans(batch);
    push_machines(batch);
}
