#include "services/billing/batch_io.h"

#include "services/billing/catalog_version_store.h"
#include "services/billing/chain_store.h"
#include "services/billing/commands.h"
#include "services/billing/outbox_store.h"
#include "services/billing/planner_store.h"

#include <string.h>

static bool wants_always(const struct batch *batch)
{
    (void)batch;
    return true;
}

static int queue_planner(struct pg *pg, struct batch *batch, struct error *error)
{
    (void)batch;
    return planner_store_queue(pg, error);
}

static int take_planner(struct pg *pg, struct batch *batch, struct error *error)
{
    (void)batch;
    return planner_store_take(pg, error);
}

static bool wants_register(const struct batch *batch)
{
    return batch->wants.registers;
}

static int queue_register_lock(struct pg *pg, struct batch *batch, struct error *error)
{
    (void)batch;
    return register_store_queue_lock(pg, error);
}

static int take_register_lock(struct pg *pg, struct batch *batch, struct error *error)
{
    (void)batch;
    return register_store_take_lock(pg, error);
}

static bool wants_chain(const struct batch *batch)
{
    return batch->wants.ids[SEQUENCE_TRANSFER] > 0;
}

static int queue_chain(struct pg *pg, struct batch *batch, struct error *error)
{
    return chain_store_queue_lock(pg, batch->shard, error);
}

static int take_chain(struct pg *pg, struct batch *batch, struct error *error)
{
    return chain_store_take_lock(pg, batch->shard, &batch->chain, error);
}

static bool wants_wallets(const struct batch *batch)
{
    return pg_array_length(batch->wants.user_ids) > 0 ||
           pg_array_length(batch->wants.left_vps_ids) > 0 ||
           pg_array_length(batch->wants.deposits.ids) > 0;
}

static int queue_wallets(struct pg *pg, struct batch *batch, struct error *error)
{
    const struct wallet_wants wants = {
        .user_ids = batch->wants.user_ids,
        .vps_ids = batch->wants.left_vps_ids,
        .deposit_ids = batch->wants.deposits.ids,
    };

    return wallet_store_queue_lock(pg, &wants, error);
}

static int take_wallets(struct pg *pg, struct batch *batch, struct error *error)
{
    return wallet_store_take_lock(pg, &batch->wallets, &batch->wallet_count, error);
}

static bool wants_records(const struct batch *batch)
{
    return pg_array_length(batch->wants.key_prefixes) > 0;
}

static int queue_records(struct pg *pg, struct batch *batch, struct error *error)
{
    return idempotency_store_queue_find(pg, batch->wants.key_prefixes, error);
}

static bool wants_deposits(const struct batch *batch)
{
    return deposit_wants_any(&batch->wants.deposits);
}

static int queue_deposits(struct pg *pg, struct batch *batch, struct error *error)
{
    return deposit_store_queue_lock(pg, &batch->wants.deposits, error);
}

static int take_deposits(struct pg *pg, struct batch *batch, struct error *error)
{
    return deposit_store_take_lock(pg, &batch->wants.deposits, &batch->deposits, error);
}

static int queue_version(struct pg *pg, struct batch *batch, struct error *error)
{
    (void)batch;
    return catalog_version_store_queue(pg, error);
}

static int take_version(struct pg *pg, struct batch *batch, struct error *error)
{
    int64_t version;
    int result = catalog_version_store_take(pg, &version, error);

    if (result < 0)
        return result;
    return version == batch->catalog->version ? 0 : BATCH_CATALOG_CHANGED;
}

static bool wants_checkouts(const struct batch *batch)
{
    return pg_array_length(batch->wants.built_vps_ids) > 0;
}

static int queue_checkouts(struct pg *pg, struct batch *batch, struct error *error)
{
    return checkout_store_queue_lock(pg, batch->wants.built_vps_ids, error);
}

static int take_checkouts(struct pg *pg, struct batch *batch, struct error *error)
{
    return checkout_store_take_lock(pg, &batch->checkouts, &batch->checkout_count, error);
}

static bool wants_machines(const struct batch *batch)
{
    return pg_array_length(batch->wants.vps_ids) > 0;
}

static int queue_machines(struct pg *pg, struct batch *batch, struct error *error)
{
    return vps_store_queue_lock(pg, batch->wants.vps_ids, error);
}

static int take_machines(struct pg *pg, struct batch *batch, struct error *error)
{
    return vps_store_take_lock(pg, &batch->machine_rows, &batch->machines, &batch->machine_count,
                               error);
}

static bool wants_operations(const struct batch *batch)
{
    return pg_array_length(batch->wants.operated_vps_ids) > 0 ||
           pg_array_length(batch->wants.named_vps_ids) > 0 ||
           pg_array_length(batch->wants.ordered_vps_ids) > 0;
}

static int queue_operations(struct pg *pg, struct batch *batch, struct error *error)
{
    const struct operation_wants wants = {
        .vps_ids = batch->wants.operated_vps_ids,
        .named_vps_ids = batch->wants.named_vps_ids,
        .named_sequences = batch->wants.named_sequences,
        .place_vps_ids = batch->wants.ordered_vps_ids,
    };

    return operation_store_queue_find(pg, &wants, error);
}

static int take_operations(struct pg *pg, struct batch *batch, struct error *error)
{
    return operation_store_take_find(pg, &batch->operations, error);
}

static bool wants_placement(const struct batch *batch)
{
    return pg_array_length(batch->wants.location_codes) > 0;
}

static struct placement_wants placement_wants_of(const struct batch *batch)
{
    return (struct placement_wants){
        .shard = batch->shard,
        .location_codes = batch->wants.location_codes,
        .counts = batch->wants.location_counts,
        .refilled_codes = batch->wants.refilled_codes,
        .recalled_codes = batch->wants.recalled_codes,
    };
}

static int queue_placement(struct pg *pg, struct batch *batch, struct error *error)
{
    const struct placement_wants wants = placement_wants_of(batch);

    return placement_store_queue_lock(pg, &wants, error);
}

static int take_placement(struct pg *pg, struct batch *batch, struct error *error)
{
    const struct placement_wants wants = placement_wants_of(batch);

    return placement_store_take_lock(pg, &wants, batch->catalog, &batch->placement, error);
}

static int queue_registered(struct pg *pg, struct batch *batch, struct error *error)
{
    const struct register_wants wants = {
        .user_ids = batch->wants.named_users,
        .telegram_ids = batch->wants.telegram_ids,
        .referral_codes = batch->wants.referral_codes,
        .key_ids = batch->wants.key_ids,
        .key_hashes = batch->wants.key_hashes,
    };

    return register_store_queue_find(pg, &wants, error);
}

static int take_registered(struct pg *pg, struct batch *batch, struct error *error)
{
    return register_store_take_find(pg, &batch->registered, error);
}

static int queue_ids(struct pg *pg, struct batch *batch, struct error *error)
{
    int result = 0;

    for (int i = 0; result == 0 && i < SEQUENCE_COUNT; ++i)
        if (batch->wants.ids[i] > 0)
            result = sequence_store_queue(pg, (enum sequence)i, batch->wants.ids[i], error);
    return result;
}

static int take_ids(struct pg *pg, struct batch *batch, struct error *error)
{
    int result = 0;

    for (int i = 0; result == 0 && i < SEQUENCE_COUNT; ++i)
        if (batch->wants.ids[i] > 0)
            result = sequence_store_take(pg, &batch->ids[i].rows, error);
    return result;
}

/* In the order of the locks (register, chain, wallets, deposits, checkouts, servers, nodes, pools,
 * shares), which keeps writers from waiting for each other in a circle. Ids come last, so that they
 * grow along a wallet's history. */
static const struct read {
    bool (*wanted)(const struct batch *batch);
    int (*queue)(struct pg *pg, struct batch *batch, struct error *error);
    int (*take)(struct pg *pg, struct batch *batch, struct error *error);
} reads[] = {
    {wants_always,     queue_planner,       take_planner      },
    {wants_register,   queue_register_lock, take_register_lock},
    {wants_chain,      queue_chain,         take_chain        },
    {wants_wallets,    queue_wallets,       take_wallets      },
    {wants_records,    queue_records,       batch_take_records},
    {wants_deposits,   queue_deposits,      take_deposits     },
    {wants_always,     queue_version,       take_version      },
    {wants_checkouts,  queue_checkouts,     take_checkouts    },
    {wants_machines,   queue_machines,      take_machines     },
    {wants_operations, queue_operations,    take_operations   },
    {wants_placement,  queue_placement,     take_placement    },
    {wants_register,   queue_registered,    take_registered   },
    {wants_always,     queue_ids,           take_ids          },
};

static void want_location(struct batch *batch, size_t location)
{
    const char *code = batch->catalog->locations[location].code;
    const enum placement_reach reach = batch->reaches[location].reach;

    pg_array_push_text(batch->wants.location_codes, code);
    pg_array_push_number(batch->wants.location_counts, batch->wants.location_items[location]);
    if (reach != PLACEMENT_OWN)
        pg_array_push_text(batch->wants.refilled_codes, code);
    if (reach == PLACEMENT_RECALL)
        pg_array_push_text(batch->wants.recalled_codes, code);
}

static void collect_wants(struct batch *batch)
{
    for (size_t i = 0; i < batch->job_count; ++i)
        commands_want(batch, batch->jobs[i]);
    for (size_t i = 0; i < batch->catalog->location_count; ++i)
        if (batch->wants.location_items[i] > 0)
            want_location(batch, i);
}

int batch_read(struct pg *pg, struct batch *batch, struct error *error)
{
    int result = 0;

    collect_wants(batch);
    for (size_t i = 0; result == 0 && i < ARRAY_LENGTH(reads); ++i)
        if (reads[i].wanted(batch))
            result = reads[i].queue(pg, batch, error);
    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    for (size_t i = 0; result == 0 && i < ARRAY_LENGTH(reads); ++i)
        if (reads[i].wanted(batch))
            result = reads[i].take(pg, batch, error);
    return result;
}

static int queue_outbox(struct pg *pg, struct batch *batch, int64_t relay_id, struct error *error)
{
    struct batch_writes *writes = &batch->writes;
    int result = 0;

    if (writes->outbox.overflown)
        return error_set(error, FAULT_HARD, "the batch has too much to tell");
    if (writes->outbox.length > 0) {
        result =
            outbox_store_queue_insert(pg, batch_outbox_id(batch), relay_id, writes->outbox.data,
                                      writes->outbox.length, batch->now_us, error);
    }
    if (result == 0 && pg_array_length(writes->acknowledged) > 0)
        result = outbox_store_queue_delete(pg, writes->acknowledged, error);
    return result;
}

static int queue_transfers(struct pg *pg, struct batch *batch, struct error *error)
{
    const struct ledger_stamp stamp = {batch->shard, batch->writes.outbox_id, batch->now_us};
    int result = ledger_store_queue(pg, &batch->writes.transfers, &stamp, error);

    if (result == 0 && columns_rows(&batch->writes.transfers) > 0)
        result = chain_store_queue_move(pg, &batch->chain, error);
    return result;
}

int batch_queue_writes(struct pg *pg, struct batch *batch, int64_t relay_id, struct error *error)
{
    struct batch_writes *writes = &batch->writes;
    const int64_t now_us = batch->now_us;
    int result;

    batch_push_changes(batch);
    placement_store_push(&writes->placement, &batch->placement.stock);
    operation_store_push(&writes->operations, &batch->operations);
    deposit_store_push(&writes->deposits, &batch->deposits);
    result = wallet_store_queue_moves(pg, &writes->moves, error);
    if (result == 0)
        result = queue_transfers(pg, batch, error);
    if (result == 0)
        result = vps_store_queue_orders(pg, &writes->orders, now_us, error);
    if (result == 0)
        result = vps_store_queue_batches(pg, &writes->batches, now_us, error);
    if (result == 0)
        result = vps_store_queue_changes(pg, &writes->changes, now_us, error);
    if (result == 0)
        result = operation_store_queue(pg, &writes->operations, now_us, error);
    if (result == 0)
        result = deposit_store_queue(pg, &writes->deposits, now_us, error);
    if (result == 0)
        result = placement_store_queue(pg, &writes->placement, batch->shard, now_us, error);
    if (result == 0)
        result = register_store_queue(pg, &writes->registered, now_us, error);
    if (result == 0)
        result = operator_log_store_queue(pg, &writes->acts, now_us, error);
    if (result == 0)
        result = idempotency_store_queue(pg, &writes->records, now_us, error);
    if (result == 0)
        result = queue_outbox(pg, batch, relay_id, error);
    return result;
}
