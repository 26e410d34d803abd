#include "services/billing/ledger_read_store.h"

#include "services/billing/queries_private.h"

/* The wallet's id is the user's, so the sign tells which side of the transfer it was. Whatever is
 * in the ledger is completed. Each half stops at the page's end by itself, so that the list costs
 * the same however long it is. */
#define TRANSFERS                                                                                  \
    "(SELECT t.id, t.user_id, t.kind::text,"                                                       \
    "  CASE WHEN t.credit_account = t.user_id THEN t.amount_cents ELSE -t.amount_cents END,"       \
    "  coalesce(t.balance_after_cents, 0), 'completed', t.created_at, t.batch_id, t.vps_id"        \
    " FROM billing.transfers t WHERE t.id < $1 AND ($3 = '' OR t.kind::text = $3)"                 \
    "   AND t.created_at >= $4 AND t.created_at < $5 AND $6 IN ('', 'completed') AND "
#define DEPOSITS                                                                                   \
    " UNION ALL (SELECT d.id, d.user_id, 'deposit', d.amount_cents, 0, d.status::text,"            \
    "  d.created_at, NULL, NULL FROM billing.deposits d"                                           \
    " WHERE d.status IN ('pending', 'failed', 'expired') AND d.id < $1 AND $3 IN ('', 'deposit')"  \
    "   AND d.created_at >= $4 AND d.created_at < $5 AND ($6 = '' OR d.status::text = $6)"
#define PAGE " ORDER BY id DESC LIMIT $2)"
#define LIST(transfers, deposits)                                                                  \
    "SELECT l.id, l.user_id, l.kind, l.amount, l.balance_after, l.status, l.created_at,"           \
    "  coalesce(b.kind::text || ':' || b.id, ''), coalesce(l.vps_id, 0) FROM (" TRANSFERS          \
        transfers PAGE DEPOSITS deposits PAGE                                                      \
    ") l (id, user_id, kind, amount, balance_after, status, created_at, batch_id, vps_id)"         \
    " LEFT JOIN billing.batches b ON b.id = l.batch_id ORDER BY l.id DESC LIMIT $2"

static const struct pg_statement list_all = {"ledger_read_list", LIST("t.user_id IS NOT NULL", "")};
static const struct pg_statement list_of_user = {"ledger_read_list_user",
                                                 LIST("t.user_id = $7", " AND d.user_id = $7")};

const struct pg_statement *ledger_read_store_list(struct pg_args *args,
                                                  const struct transaction_filter *filter)
{
    pg_args_i64(args, filter->before_id);
    pg_args_i64(args, filter->limit);
    pg_args_text(args, filter->type);
    pg_args_time(args, filter->from_us);
    pg_args_time(args, filter->to_us);
    pg_args_text(args, filter->status);
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
