#include "services/billing/operator_log_read_store.h"
#include "services/billing/queries_private.h"

/* For operators only. */
QUERY_ASK(list_operator_log)
{
    const Slipway__V1__ListOperatorLog *list = message->list_operator_log;
    const struct operator_log_filter filter = {
        .before_id = query_before(list->before_id),
        .limit = query_limit(list->limit) + 1,
        .action = list->action,
        .user_id = query_id(list->user_id),
        .key_id = query_id(list->key_id),
        .from_us = list->from_us,
        .to_us = query_until_us(list->to_us),
    };

    if (query_scope(message) != QUERY_EVERYBODY)
        return NULL;
    return operator_log_read_store_list(args, &filter);
}

QUERY_ANSWER(list_operator_log)
{
    const int count =
        rows == NULL ? 0 : query_page_length(rows, query->message->list_operator_log->limit);
    CLEANUP(cleanup_free)
    Slipway__V1__OperatorAct *acts = calloc((size_t)count + 1, sizeof(acts[0]));
    CLEANUP(cleanup_free)
    Slipway__V1__OperatorAct **page = calloc((size_t)count + 1, sizeof(void *));
    Slipway__V1__OperatorLog log = SLIPWAY__V1__OPERATOR_LOG__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    if (acts == NULL || page == NULL)
        return error_set(error, FAULT_HARD, "no memory for a list");
    if (rows == NULL)
        return query_answer_not_found(ret_packed, error);
    for (int row = 0; row < count; ++row) {
        page[row] = &acts[row];
        operator_log_read_store_row(rows, row, page[row]);
    }
    log.n_acts = (size_t)count;
    log.acts = page;
    log.next_before_id = count < pg_rows_count(rows) ? page[count - 1]->id : 0;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_OPERATOR_LOG;
    result.operator_log = &log;
    return query_pack(&result, ret_packed, error);
}
