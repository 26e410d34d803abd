#include "services/billing/deposit_read_store.h"

#include "services/billing/queries_private.h"

static const struct pg_statement find = {
    "deposit_read_find",
    "SELECT id, user_id, provider, coalesce(external_id, ''), status::text, amount_cents,"
    " fee_cents, coalesce(pay_url, ''), coalesce(address, ''), coalesce(network, ''),"
    " coalesce(memo, ''), coalesce(pay_amount, ''), expires_at, asset FROM billing.deposits"
    " WHERE id = coalesce("
    "(SELECT id FROM billing.deposits WHERE provider = $1 AND external_id = $2),"
    "(SELECT id FROM billing.deposits WHERE id = $3 AND provider = $1 AND external_id IS NULL))"
    " AND ($4::bigint = 0 OR user_id = $4)"};

const struct pg_statement *deposit_read_store_find(struct pg_args *args,
                                                   const struct deposit_filter *filter)
{
    pg_args_text(args, filter->provider);
    pg_args_text(args, filter->external_id);
    pg_args_i64(args, filter->id);
    pg_args_i64(args, filter->scope);
    return &find;
}

void deposit_read_store_row(const struct pg_rows *rows, int row, Slipway__V1__Deposit *ret_deposit)
{
    slipway__v1__deposit__init(ret_deposit);
    ret_deposit->transaction_id = (uint64_t)pg_rows_i64(rows, row, 0);
    ret_deposit->user_id = (uint64_t)pg_rows_i64(rows, row, 1);
    ret_deposit->provider = query_text(pg_rows_text(rows, row, 2));
    ret_deposit->external_id = query_text(pg_rows_text(rows, row, 3));
    ret_deposit->status = query_text(pg_rows_text(rows, row, 4));
    ret_deposit->amount_cents = pg_rows_i64(rows, row, 5);
    ret_deposit->fee_cents = pg_rows_i64(rows, row, 6);
    ret_deposit->pay_url = query_text(pg_rows_text(rows, row, 7));
    ret_deposit->address = query_text(pg_rows_text(rows, row, 8));
    ret_deposit->network = query_text(pg_rows_text(rows, row, 9));
    ret_deposit->memo = query_text(pg_rows_text(rows, row, 10));
    ret_deposit->pay_amount = query_text(pg_rows_text(rows, row, 11));
    ret_deposit->expires_at_us = pg_rows_time_us(rows, row, 12);
    ret_deposit->asset = query_text(pg_rows_text(rows, row, 13));
}
