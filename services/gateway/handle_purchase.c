#include "services/gateway/handlers.h"
#include "services/gateway/payer.h"
#include "services/gateway/purchase_request.h"
#include "services/gateway/views.h"

static int submit_purchase(struct request *request, struct purchase_request *purchase,
                           struct error *error)
{
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = payer_find(request, purchase->user_id, &command.user_id);

    if (refusal != 0)
        return refusal;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_PURCHASE;
    command.purchase = &purchase->command;
    return request_submit(request, &command, NULL, error);
}

int handle_purchase(struct request *request, struct error *error)
{
    struct purchase_request purchase;

    if (purchase_request_read(request->body, &purchase, &request->problem) != 0)
        return payer_check_named(request, purchase.user_id);
    return submit_purchase(request, &purchase, error);
}

int handle_purchase_bulk(struct request *request, struct error *error)
{
    struct purchase_request purchase;

    if (purchase_request_read_bulk(request->body, &purchase, &request->problem) != 0)
        return payer_check_named(request, purchase.user_id);
    return submit_purchase(request, &purchase, error);
}

static int show_quote(struct request *request, const Slipway__V1__QueryResult *result,
                      struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_quote(body, result->quote);
    return 0;
}

int handle_quote(struct request *request, struct error *error)
{
    Slipway__V1__GetQuote question;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = quote_request_read(request->body, &question, &request->problem);

    if (refusal != 0)
        return refusal;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_QUOTE;
    query.get_quote = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_QUOTE, show_quote, error);
}
