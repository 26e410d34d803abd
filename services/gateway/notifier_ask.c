#include "services/gateway/notifier_ask.h"

#include "services/gateway/gateway.h"

#include <string.h>

static enum problem_code code_of(const char *name)
{
    for (int code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; ++code)
        if (strcmp(problem_name((enum problem_code)code), name) == 0)
            return (enum problem_code)code;
    return PROBLEM_INTERNAL;
}

static void refuse(struct request *request, const Slipway__V1__NotifierRefusal *refusal)
{
    struct problem *problem = &request->problem;
    const enum problem_code code = code_of(refusal->code);

    for (size_t i = 0; i < refusal->n_fields; ++i) {
        const Slipway__V1__RefusedField *field = refusal->fields[i];

        (void)problem_add_field(problem, code, field->code, field->pointer, "%s", field->detail);
    }
    if (refusal->n_fields == 0)
        (void)problem_set(problem, code, "%s", refusal->detail);
    if (code == PROBLEM_UNAVAILABLE)
        problem->retry_after_s = 1;
    request_reply_problem(request);
}

static void show(struct request *request, const Slipway__V1__NotifierReply *reply)
{
    const struct error nonsense = {"the notifier answered with something else"};
    struct buffer body = {0};

    if (reply->answer_case == SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_REFUSED) {
        refuse(request, reply->refused);
    } else if (reply->answer_case != request->reply_expected) {
        request_reply_fault(request, FAULT_HARD, &nonsense);
    } else if (request->reply_view == NULL) {
        http_exchange_reply(request->exchange, request->reply_status, NULL, &body);
    } else {
        request->reply_view(request, reply, &body);
        request_reply_json(request, request->reply_status, &body);
    }
}

static void told(void *context, int outcome, const Slipway__V1__NotifierReply *reply,
                 const struct error *error)
{
    if (outcome == 0)
        show(context, reply);
    else
        request_reply_fault(context, outcome, error);
}

int notifier_ask(struct request *request, Slipway__V1__NotifierCall *call, uint64_t user_id,
                 unsigned status, Slipway__V1__NotifierReply__AnswerCase expected,
                 notifier_view_fn view, struct error *error)
{
    char request_id[REQUEST_ID_SIZE];

    memcpy(request_id, request_id_text(request), sizeof(request_id));
    call->request_id = request_id;
    call->user_id = user_id;
    request->reply_expected = expected;
    request->reply_view = view;
    request->reply_status = status;
    return notifier_client_call(request->gateway->notifier, call, told, request, error);
}

int notifier_find_user(struct request *request, uint64_t *ret_user_id)
{
    uint64_t user_id = 0;
    const int refusal = request_query_user(request, &user_id);

    if (refusal != 0)
        return refusal;
    if (user_id == 0)
        return problem_add_field(&request->problem, PROBLEM_VALIDATION_FAILED, "user_id_required",
                                 "?user_id", "An operator names the user.");
    *ret_user_id = user_id;
    return 0;
}
