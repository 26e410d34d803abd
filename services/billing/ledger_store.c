#include "services/billing/ledger_store.h"

static const struct pg_statement insert = {
    "ledger_insert",
    "INSERT INTO billing.transfers (id, debit_account, credit_account, amount_cents, kind,"
    " user_id, balance_after_cents, vps_id, batch_id, reason, chain_index, previous_hash,"
    " chain_shard, outbox_id, created_at) SELECT t.id, t.debit,"
    " t.credit, t.amount, t.kind::billing.transfer_kind, t.user_id, t.balance_after, t.vps_id,"
    " t.batch_id, t.reason, t.chain_index, t.previous_hash, $13, $14, $15 FROM (SELECT "
    "unnest($1::bigint[]) AS id, unnest($2::bigint[])"
    " AS debit, unnest($3::bigint[]) AS credit, unnest($4::bigint[]) AS amount,"
    " unnest($5::text[]) AS kind, unnest($6::bigint[]) AS user_id, unnest($7::bigint[]) AS"
    " balance_after, unnest($8::bigint[]) AS vps_id, unnest($9::bigint[]) AS batch_id,"
    " unnest($10::text[]) AS reason, unnest($11::bigint[]) AS chain_index,"
    " unnest($12::bytea[]) AS previous_hash) AS t",
};

bool ledger_store_init(struct columns *columns)
{
    static const enum pg_array_type types[] = {
        PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_I64,
        PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_TEXT, PG_ARRAY_I64,  PG_ARRAY_BYTES,
    };

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void ledger_store_push(struct columns *columns, const struct ledger_transfer *transfer)
{
    pg_array_push_number(columns->arrays[0], transfer->id);
    pg_array_push_number(columns->arrays[1], transfer->debit_account);
    pg_array_push_number(columns->arrays[2], transfer->credit_account);
    pg_array_push_number(columns->arrays[3], transfer->amount_cents);
    pg_array_push_text(columns->arrays[4], ledger_kind_name(transfer->kind));
    columns_push_id(columns, 5, transfer->user_id);
    if (transfer->user_id == 0)
        pg_array_push_null(columns->arrays[6]);
    else
        pg_array_push_number(columns->arrays[6], transfer->balance_after_cents);
    columns_push_id(columns, 7, transfer->vps_id);
    columns_push_id(columns, 8, transfer->batch_id);
    columns_push_text(columns, 9, transfer->reason);
    pg_array_push_number(columns->arrays[10], transfer->chain_index);
    pg_array_push_bytes(columns->arrays[11], transfer->previous_hash,
                        sizeof(transfer->previous_hash));
}

int ledger_store_queue(struct pg *pg, const struct columns *columns,
                       const struct ledger_stamp *stamp, struct error *error)
{
    struct pg_args args = {0};

    if (columns_rows(columns) == 0)
        return 0;
    columns_args(columns, &args);
    pg_args_i32(&args, (int32_t)stamp->shard);
    pg_args_i64(&args, stamp->outbox_id);
    pg_args_time(&args, stamp->created_at_us);
    return pg_pipeline_queue(pg, &insert, &args, error);
}
