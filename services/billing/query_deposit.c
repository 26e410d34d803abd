#include "services/billing/deposit_read_store.h"
#include "services/billing/queries_private.h"

QUERY_ASK(get_deposit)
{
    const struct deposit_filter filter = {
        .provider = message->get_deposit->provider,
        .external_id = message->get_deposit->external_id,
        .id = query_id(message->get_deposit->transaction_id),
        .scope = query_scope(message),
    };

    return deposit_read_store_find(args, &filter);
}

QUERY_ANSWER(get_deposit)
{
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    Slipway__V1__Deposit deposit;

    (void)query;
    if (pg_rows_count(rows) == 0)
        return query_answer_not_found(ret_packed, error);
    deposit_read_store_row(rows, 0, &deposit);
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_DEPOSIT;
    result.deposit = &deposit;
    return query_pack(&result, ret_packed, error);
}
