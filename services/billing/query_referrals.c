#include "services/billing/queries_private.h"
#include "services/billing/referral_read_store.h"

QUERY_ASK(get_referrals)
{
    return referral_read_store_find(args, query_id(message->get_referrals->user_id),
                                    query_scope(message));
}

QUERY_ANSWER(get_referrals)
{
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    Slipway__V1__Referrals referrals;

    if (pg_rows_count(rows) == 0)
        return query_answer_not_found(ret_packed, error);
    referral_read_store_row(rows, &referrals);
    referrals.basis_points = query->referral_basis_points;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_REFERRALS;
    result.referrals = &referrals;
    return query_pack(&result, ret_packed, error);
}
