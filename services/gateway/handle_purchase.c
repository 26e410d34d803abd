#include "services/gateway/handlers.h"
#include "services/gateway/purchase_request.h"
#include "services/gateway/views.h"

/* Whose money it is: the reseller's own, or that of the user whom an operator names in the body or
 * in ?user_id=. */
static int find_payer(struct request *request, uint64_t named_in_body, uint64_t *ret_user_id)
{
    uint64_t user_id = 0;
    const int refusal = request_query_user(request, &user_id);

    if (refusal != 0)
        return refusal;
    if (named_in_body != 0 && user_id != 0 && named_in_body != user_id)
        return key_record_is_operator(request->key)
                   ? problem_add_field(&request->problem, PROBLEM_INVALID_REQUEST, "contradiction",
                                       "/user_id", "The query names another user.")
                   : request_refuse_not_found(request);
    *ret_user_id = user_id != 0 ? user_id : named_in_body;
    return 0;
}

/* Told together with all other field errors. */
static int check_payer_is_named(struct request *request, uint64_t named_in_body)
{
    if (key_record_is_operator(request->key) && named_in_body == 0 &&
        http_exchange_query(request->exchange, "user_id") == NULL)
        (void)problem_add_field(&request->problem, PROBLEM_VALIDATION_FAILED, "user_id_required",
                                "/user_id", "An operator names the user that pays.");
    return (int)request->problem.code;
}

static int submit_purchase(struct request *request, struct purchase_request *purchase,
                           struct error *error)
{
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    int refusal = check_payer_is_named(request, purchase->user_id);

    if (refusal == 0)
        refusal = find_payer(request, purchase->user_id, &command.user_id);
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
        return check_payer_is_named(request, purchase.user_id);
    return submit_purchase(request, &purchase, error);
}

int handle_purchase_bulk(struct request *request, struct error *error)
{
    struct purchase_request purchase;

    if (purchase_request_read_bulk(request->body, &purchase, &request->problem) != 0)
        return check_payer_is_named(request, purchase.user_id);
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
