#include "services/gateway/batch_snapshot.h"
#include "services/gateway/handlers.h"
#include "services/gateway/proto_text.h"
#include "services/gateway/views.h"

static int show(struct request *request, const Slipway__V1__QueryResult *result,
                struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_receipt(body, result->receipt);
    return 0;
}

int handle_receipt(struct request *request, struct error *error)
{
    Slipway__V1__GetReceipt question = SLIPWAY__V1__GET_RECEIPT__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const char *batch_id = request->match.parameters[0];

    if (!batch_id_is_shaped(batch_id))
        return request_refuse_not_found(request);
    question.batch_id = proto_text(batch_id);
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_RECEIPT;
    query.get_receipt = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_RECEIPT, show, error);
}
