#include "services/gateway/handlers.h"
#include "services/gateway/page.h"
#include "services/gateway/proto_text.h"
#include "services/gateway/views.h"

static int show_list(struct request *request, const Slipway__V1__QueryResult *result,
                     struct buffer *body, struct error *error)
{
    const Slipway__V1__OperatorLog *log = result->operator_log;

    (void)error;
    page_begin(body);
    for (size_t i = 0; i < log->n_acts; ++i)
        view_operator_act(body, log->acts[i]);
    page_end(request, log->next_before_id, body);
    return 0;
}

static int read_filters(struct request *request, Slipway__V1__ListOperatorLog *question)
{
    const char *action;
    struct page page = {0};
    int refusal = page_read(request, &page);

    refusal |= page_read_code(request, "action", &action);
    refusal |= page_read_id(request, "key_id", &question->key_id);
    refusal |= page_read_time(request, "from", &question->from_us);
    refusal |= page_read_time(request, "to", &question->to_us);
    question->limit = page.limit;
    question->before_id = page.before_id;
    question->action = proto_text(action);
    return refusal != 0 ? refusal : request_query_user(request, &question->user_id);
}

int handle_admin_log(struct request *request, struct error *error)
{
    Slipway__V1__ListOperatorLog question = SLIPWAY__V1__LIST_OPERATOR_LOG__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = read_filters(request, &question);

    if (refusal != 0)
        return refusal;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_LIST_OPERATOR_LOG;
    query.list_operator_log = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_OPERATOR_LOG, show_list,
                       error);
}
