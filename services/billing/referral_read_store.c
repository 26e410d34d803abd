#include "services/billing/referral_read_store.h"

#include "services/billing/queries_private.h"

/* Every part goes by an index that holds only what is counted: a wallet's purchases are not looked
 * at. The ledger holds completed deposits only. */
static const struct pg_statement find = {
    "referral_read_find",
    "SELECT u.id, u.referral_code,"
    " (SELECT count(*) FROM billing.users i WHERE i.referrer_id = u.id),"
    " (SELECT count(*) FROM billing.users i WHERE i.referrer_id = u.id AND EXISTS ("
    "   SELECT FROM billing.transfers t WHERE t.user_id = i.id AND t.kind = 'deposit')),"
    " (SELECT coalesce(sum(t.amount_cents), 0)::bigint FROM billing.transfers t"
    "   WHERE t.user_id = u.id AND t.kind = 'referral_bonus')"
    " FROM billing.users u WHERE u.id = $1 AND ($2::bigint = 0 OR u.id = $2)",
};

const struct pg_statement *referral_read_store_find(struct pg_args *args, int64_t user_id,
                                                    int64_t scope)
{
    pg_args_i64(args, user_id);
    pg_args_i64(args, scope);
    return &find;
}

void referral_read_store_row(const struct pg_rows *rows, Slipway__V1__Referrals *ret_referrals)
{
    slipway__v1__referrals__init(ret_referrals);
    ret_referrals->user_id = (uint64_t)pg_rows_i64(rows, 0, 0);
    ret_referrals->code = query_text(pg_rows_text(rows, 0, 1));
    ret_referrals->invited = (uint64_t)pg_rows_i64(rows, 0, 2);
    ret_referrals->active = (uint64_t)pg_rows_i64(rows, 0, 3);
    ret_referrals->earned_cents = pg_rows_i64(rows, 0, 4);
}
