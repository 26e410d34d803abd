#include "services/gateway/deposit_request.h"
#include "services/gateway/handlers.h"
#include "services/gateway/payer.h"
#include "services/gateway/proto_text.h"
#include "services/gateway/views.h"

int handle_deposit_open(struct request *request, struct error *error)
{
    struct deposit_request deposit;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    int refusal;

    if (deposit_request_read(request->body, &deposit, &request->problem) != 0)
        return payer_check_named(request, deposit.user_id);
    refusal = payer_find(request, deposit.user_id, &command.user_id);
    if (refusal != 0)
        return refusal;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_OPEN_DEPOSIT;
    command.open_deposit = &deposit.command;
    return request_submit(request, &command, NULL, error);
}

static int show_deposit(struct request *request, const Slipway__V1__QueryResult *result,
                        struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_deposit(body, result->deposit);
    return 0;
}

/* Providers' ids are visible ASCII; what is not is nobody's. */
static bool is_visible(const char *text)
{
    for (; *text != '\0'; ++text)
        if (*text < '!' || *text > '~')
            return false;
    return true;
}

int handle_deposit(struct request *request, struct error *error)
{
    const char *provider = request->match.parameters[0];
    const char *external_id = request->match.parameters[1];
    Slipway__V1__GetDeposit question = SLIPWAY__V1__GET_DEPOSIT__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    if (!is_visible(provider) || !is_visible(external_id))
        return request_refuse_not_found(request);
    question.provider = proto_text(provider);
    question.external_id = proto_text(external_id);
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_DEPOSIT;
    query.get_deposit = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_DEPOSIT, show_deposit,
                       error);
}

static int mark(struct request *request, bool completed, struct error *error)
{
    Slipway__V1__MarkDeposit action = SLIPWAY__V1__MARK_DEPOSIT__INIT;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = request_path_id(request, 0, &action.deposit_id);

    if (refusal != 0)
        return refusal;
    action.completed = completed;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_MARK_DEPOSIT;
    command.mark_deposit = &action;
    return request_submit(request, &command, NULL, error);
}

int handle_admin_deposit_complete(struct request *request, struct error *error)
{
    return mark(request, true, error);
}

int handle_admin_deposit_fail(struct request *request, struct error *error)
{
    return mark(request, false, error);
}
