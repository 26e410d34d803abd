#include "services/billing/chain_store.h"

#include <string.h>

static const struct pg_statement ensure = {
    "chain_ensure",
    "INSERT INTO billing.chain_heads (shard) VALUES ($1) ON CONFLICT (shard) DO NOTHING",
};

static const struct pg_statement lock = {
    "chain_lock",
    "SELECT last_index, last_hash FROM billing.chain_heads WHERE shard = $1 FOR NO KEY UPDATE",
};

static const struct pg_statement move = {
    "chain_move",
    "UPDATE billing.chain_heads SET last_index = $2, last_hash = $3 WHERE shard = $1",
};

int chain_store_ensure(struct pg *pg, int64_t shard, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i32(&args, (int32_t)shard);
    return pg_execute(pg, &ensure, &args, NULL, error);
}

int chain_store_queue_lock(struct pg *pg, int64_t shard, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i32(&args, (int32_t)shard);
    return pg_pipeline_queue(pg, &lock, &args, error);
}

int chain_store_take_lock(struct pg *pg, int64_t shard, struct chain *ret_chain,
                          struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct chain chain = {.shard = shard};
    const void *hash;
    size_t length;
    int result = pg_pipeline_take(pg, &rows, error);

    if (result < 0)
        return result;
    if (pg_rows_count(rows) != 1)
        return error_set(error, FAULT_HARD, "the shard has no chain");
    hash = pg_rows_bytes(rows, 0, 1, &length);
    if (length != sizeof(chain.hash))
        return error_set(error, FAULT_HARD, "the end of a chain has no hash");
    chain.index = pg_rows_i64(rows, 0, 0);
    memcpy(chain.hash, hash, length);
    *ret_chain = chain;
    return 0;
}

int chain_store_queue_move(struct pg *pg, const struct chain *chain, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i32(&args, (int32_t)chain->shard);
    pg_args_i64(&args, chain->index);
    pg_args_bytes(&args, chain->hash, sizeof(chain->hash));
    return pg_pipeline_queue(pg, &move, &args, error);
}
