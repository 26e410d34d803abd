#include "services/gateway/admin_request.h"
#include "services/gateway/handlers.h"
#include "services/gateway/page.h"
#include "services/gateway/views.h"

static int show_list(struct request *request, const Slipway__V1__QueryResult *result,
                     struct buffer *body, struct error *error)
{
    const Slipway__V1__UserList *list = result->users;

    (void)error;
    page_begin(body);
    for (size_t i = 0; i < list->n_users; ++i)
        view_user(body, list->users[i]);
    page_end(request, list->next_before_id, body);
    return 0;
}

int handle_admin_user_list(struct request *request, struct error *error)
{
    Slipway__V1__ListUsers question = SLIPWAY__V1__LIST_USERS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    struct page page;
    const int refusal = page_read(request, &page);

    if (refusal != 0)
        return refusal;
    question.limit = page.limit;
    question.before_id = page.before_id;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_LIST_USERS;
    query.list_users = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_USERS, show_list, error);
}

int handle_admin_user_create(struct request *request, struct error *error)
{
    Slipway__V1__CreateUser action;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = user_request_read(request->body, &action, &request->problem);

    if (refusal != 0)
        return refusal;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_CREATE_USER;
    command.create_user = &action;
    return request_submit(request, &command, NULL, error);
}

int handle_admin_balance(struct request *request, struct error *error)
{
    Slipway__V1__AdjustBalance action;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    int refusal = balance_request_read(request->body, &action, &request->problem);

    if (refusal == 0)
        refusal = request_path_id(request, 0, &command.user_id);
    if (refusal != 0)
        return refusal;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_ADJUST_BALANCE;
    command.adjust_balance = &action;
    return request_submit(request, &command, NULL, error);
}

int handle_admin_ban(struct request *request, struct error *error)
{
    Slipway__V1__BanUser action;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    int refusal = ban_request_read(request->body, &action, &request->problem);

    if (refusal == 0)
        refusal = request_path_id(request, 0, &command.user_id);
    if (refusal != 0)
        return refusal;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_BAN_USER;
    command.ban_user = &action;
    return request_submit(request, &command, NULL, error);
}

static int show_audit(struct request *request, const Slipway__V1__QueryResult *result,
                      struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_audit(body, result->audit);
    return 0;
}

int handle_admin_audit(struct request *request, struct error *error)
{
    Slipway__V1__AuditLedger question = SLIPWAY__V1__AUDIT_LEDGER__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    query.question_case = SLIPWAY__V1__QUERY__QUESTION_AUDIT_LEDGER;
    query.audit_ledger = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_AUDIT, show_audit, error);
}
