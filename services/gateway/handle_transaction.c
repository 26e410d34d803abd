#include "services/gateway/handlers.h"
#include "services/gateway/page.h"
#include "services/gateway/proto_text.h"
#include "services/gateway/views.h"

static const char *const types[] = {"purchase",   "renewal",        "refund", "deposit",
                                    "adjustment", "referral_bonus", NULL};
static const char *const statuses[] = {"pending", "completed", "failed", "expired", NULL};

static int show_list(struct request *request, const Slipway__V1__QueryResult *result,
                     struct buffer *body, struct error *error)
{
    const Slipway__V1__TransactionList *list = result->transactions;

    (void)error;
    page_begin(body);
    for (size_t i = 0; i < list->n_transactions; ++i)
        view_transaction(body, list->transactions[i]);
    page_end(request, list->next_before_id, body);
    return 0;
}

static int read_filters(struct request *request, Slipway__V1__ListTransactions *question)
{
    const char *type;
    const char *status;
    struct page page = {0};
    int refusal = page_read(request, &page);

    refusal |= page_read_word(request, "type", types, &type);
    refusal |= page_read_word(request, "status", statuses, &status);
    refusal |= page_read_time(request, "from", &question->from_us);
    refusal |= page_read_time(request, "to", &question->to_us);
    question->limit = page.limit;
    question->before_id = page.before_id;
    question->type = proto_text(type);
    question->status = proto_text(status);
    return refusal != 0 ? refusal : request_query_user(request, &question->user_id);
}

int handle_transaction_list(struct request *request, struct error *error)
{
    Slipway__V1__ListTransactions question = SLIPWAY__V1__LIST_TRANSACTIONS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = read_filters(request, &question);

    if (refusal != 0)
        return refusal;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_LIST_TRANSACTIONS;
    query.list_transactions = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_TRANSACTIONS, show_list,
                       error);
}
