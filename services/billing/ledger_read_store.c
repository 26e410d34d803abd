#include "services/billing/ledger_read_store.h"

#include "services/billing/queries_private.h"

/* The wallet's id is the user's, so the sign tells which side of the transfer it was. Whatever is
 * in the ledger is completed. */
#define TRANSACTIONS                                                                               \
    "SELECT t.id, t.user_id, t.kind::text,"                                                        \
    "  CASE WHEN t.credit_account = t.user_id THEN t.amount_cents ELSE -t.amount_cents END,"       \
    "  coalesce(t.balance_after_cents, 0), 'completed', t.created_at,"                             \
    "  coalesce(b.kind::text || ':' || b.id, ''), coalesce(t.vps_id, 0)"                           \
    " FROM billing.transfers t LEFT JOIN billing.batches b ON b.id = t.batch_id"                   \
    " WHERE t.id < $1 AND ($3 = '' OR t.kind::text = $3) AND t.created_at >= $4"                   \
    "   AND t.created_at < $5 AND "
#define NEWEST_FIRST " ORDER BY t.id DESC LIMIT $2"

static const struct pg_statement list_all = {"ledger_read_list",
                                             TRANSACTIONS "t.user_id IS NOT NULL" NEWEST_FIRST};
static const struct pg_statement list_of_user = {"ledger_read_list_user",
                                                 TRANSACTIONS "t.user_id = $6" NEWEST_FIRST};

const struct pg_statement *ledger_read_store_list(struct pg_args *args,
                                                  const struct transaction_filter *filter)
{
    pg_args_i64(args, filter->before_id);
    pg_args_i64(args, filter->limit);
    pg_args_text(args, filter->type);
    pg_args_time(args, filter->from_us);
    pg_args_time(args, filter->to_us);
    if (filter->user == QUERY_EVERYBODY)
        return &list_all;
    pg_args_i64(args, filter->user);
    return &list_of_user;
}

void ledger_read_store_row(const struct pg_rows *rows, int row,
                           Slipway__V1__Transaction *ret_transaction)
{
    slipway__v1__transaction__init(ret_transaction);
    ret_transaction->id = (uint64_t)pg_rows_i64(rows, row, 0);
    ret_transaction->user_id = (uint64_t)pg_rows_i64(rows, row, 1);
    ret_transaction->type = query_text(pg_rows_text(rows, row, 2));
    ret_transaction->amount_cents = pg_rows_i64(rows, row, 3);
    ret_transaction->balance_after_cents = pg_rows_i64(rows, row, 4);
    ret_transaction->status = query_text(pg_rows_text(rows, row, 5));
    ret_transaction->created_at_us = pg_rows_time_us(rows, row, 6);
    ret_transaction->batch_id = query_text(pg_rows_text(rows, row, 7));
    ret_transaction->vps_id = (uint64_t)pg_rows_i64(rows, row, 8);
}
