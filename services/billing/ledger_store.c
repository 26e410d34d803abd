#include "services/billing/ledger_store.h"

static const struct pg_statement insert = {
    "ledger_insert",
    "INSERT INTO billing.transfers (id, debit_account, credit_account, amount_cents, kind, user_id,"
    " balance_after_cents, vps_id, batch_id, reason, created_at)"
    " SELECT t.id, t.debit, t.credit, t.amount, t.kind::billing.transfer_kind, t.user_id,"
    " t.balance_after, t.vps_id, t.batch_id, t.reason, $11"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[],"
    " $7::bigint[], $8::bigint[], $9::bigint[], $10::text[])"
    " AS t (id, debit, credit, amount, kind, user_id, balance_after, vps_id, batch_id, reason)",
};

bool ledger_store_init(struct columns *columns)
{
    static const enum pg_array_type types[] = {
        PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_TEXT,
        PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_TEXT,
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
}

int ledger_store_queue(struct pg *pg, const struct columns *columns, int64_t now_us,
                       struct error *error)
{
    return columns_queue(columns, pg, &insert, now_us, error);
}
