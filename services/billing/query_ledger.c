#include "services/billing/audit_store.h"
#include "services/billing/ledger_read_store.h"
#include "services/billing/queries_private.h"

QUERY_ASK(list_transactions)
{
    const Slipway__V1__ListTransactions *list = message->list_transactions;
    const int64_t user = query_list_user(message, list->user_id);
    const struct transaction_filter filter = {
        .user = user,
        .before_id = query_before(list->before_id),
        .limit = query_limit(list->limit) + 1,
        .type = list->type,
        .status = list->status,
        .from_us = list->from_us,
        .to_us = query_until_us(list->to_us),
    };

    return ledger_read_store_list(args, &filter);
}

QUERY_ANSWER(list_transactions)
{
    const Slipway__V1__ListTransactions *asked = query->message->list_transactions;
    const int count = query_page_length(rows, asked->limit);
    CLEANUP(cleanup_free)
    Slipway__V1__Transaction *items = calloc((size_t)count + 1, sizeof(items[0]));
    CLEANUP(cleanup_free)
    Slipway__V1__Transaction **page = calloc((size_t)count + 1, sizeof(void *));
    Slipway__V1__TransactionList list = SLIPWAY__V1__TRANSACTION_LIST__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    if (items == NULL || page == NULL)
        return error_set(error, FAULT_HARD, "no memory for a list");
    if (query_list_user(query->message, asked->user_id) == QUERY_NOBODY)
        return query_answer_not_found(ret_packed, error);
    for (int row = 0; row < count; ++row) {
        page[row] = &items[row];
        ledger_read_store_row(rows, row, page[row]);
    }
    list.n_transactions = (size_t)count;
    list.transactions = page;
    list.next_before_id = count < pg_rows_count(rows) ? page[count - 1]->id : 0;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_TRANSACTIONS;
    result.transactions = &list;
    return query_pack(&result, ret_packed, error);
}

/* For operators only; nobody else makes the database count. */
QUERY_ASK(audit_ledger)
{
    (void)args;
    return query_scope(message) == QUERY_EVERYBODY ? audit_store_ask() : NULL;
}

QUERY_ANSWER(audit_ledger)
{
    Slipway__V1__LedgerAudit answer = SLIPWAY__V1__LEDGER_AUDIT__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    struct ledger_audit audit;

    if (rows == NULL)
        return query_answer_not_found(ret_packed, error);
    audit_store_row(rows, &audit);
    answer.balanced = ledger_audit_is_balanced(&audit);
    answer.sum_cents = audit.sum_cents;
    answer.negative_wallets = (uint64_t)audit.negative_wallets;
    answer.in_progress_cents = audit.in_progress_cents;
    answer.checked_at_us = query->now_us;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_AUDIT;
    result.audit = &answer;
    return query_pack(&result, ret_packed, error);
}
