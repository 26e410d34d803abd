#include "services/gateway/handlers.h"
#include "services/gateway/views.h"

static int show_me(struct request *request, const Slipway__V1__QueryResult *result,
                   struct buffer *body, struct error *error)
{
    (void)error;
    view_me(body, request->key, result->user);
    return 0;
}

static int show_balance(struct request *request, const Slipway__V1__QueryResult *result,
                        struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_balance(body, result->user);
    return 0;
}

static int show_referrals(struct request *request, const Slipway__V1__QueryResult *result,
                          struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_referrals(body, result->referrals);
    return 0;
}

static int ask_user(struct request *request, uint64_t user_id, request_view_fn view,
                    struct error *error)
{
    Slipway__V1__GetUser question = SLIPWAY__V1__GET_USER__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    question.user_id = user_id;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_USER;
    query.get_user = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_USER, view, error);
}

int handle_user_me(struct request *request, struct error *error)
{
    struct buffer body = {0};
    uint64_t user_id = 0;
    const int refusal = request_query_user(request, &user_id);

    if (refusal != 0)
        return refusal;
    if (user_id != 0)
        return ask_user(request, user_id, show_me, error);
    view_me(&body, request->key, NULL);
    request_reply_json(request, 200, &body);
    return 0;
}

int handle_user_balance(struct request *request, struct error *error)
{
    uint64_t user_id = 0;
    const int refusal = request_path_id(request, 0, &user_id);

    return refusal != 0 ? refusal : ask_user(request, user_id, show_balance, error);
}

int handle_referrals(struct request *request, struct error *error)
{
    Slipway__V1__GetReferrals question = SLIPWAY__V1__GET_REFERRALS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = request_query_user(request, &question.user_id);

    if (refusal != 0)
        return refusal;
    if (question.user_id == 0)
        return problem_add_field(&request->problem, PROBLEM_VALIDATION_FAILED, "user_id_required",
                                 "?user_id", "An operator names the user.");
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_REFERRALS;
    query.get_referrals = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_REFERRALS, show_referrals,
                       error);
}
