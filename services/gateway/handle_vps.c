#include "services/gateway/gateway.h"
#include "services/gateway/handlers.h"
#include "services/gateway/page.h"
#include "services/gateway/proto_text.h"
#include "services/gateway/renew_request.h"
#include "services/gateway/views.h"

#include <sodium.h>

enum { PASSWORD_SIZE = 256 };

static const char *const statuses[] = {"pending",   "building",     "active",
                                       "suspended", "reinstalling", "deleting",
                                       "deleted",   "failed",       NULL};

static int show_list(struct request *request, const Slipway__V1__QueryResult *result,
                     struct buffer *body, struct error *error)
{
    const Slipway__V1__VpsList *list = result->vps_list;

    (void)error;
    page_begin(body);
    for (size_t i = 0; i < list->n_items; ++i)
        view_vps(body, list->items[i]);
    page_end(request, list->next_before_id, body);
    return 0;
}

static int show_card(struct request *request, const Slipway__V1__QueryResult *result,
                     struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_vps(body, result->vps);
    return 0;
}

static int show_status(struct request *request, const Slipway__V1__QueryResult *result,
                       struct buffer *body, struct error *error)
{
    (void)request;
    (void)error;
    view_vps_status(body, result->vps_cards);
    return 0;
}

static int show_credentials(struct request *request, const Slipway__V1__QueryResult *result,
                            struct buffer *body, struct error *error)
{
    const Slipway__V1__Credentials *credentials = result->credentials;
    char password[PASSWORD_SIZE];
    const int opened = seal_open(
        &request->gateway->seal, credentials->seal_key_id, credentials->sealed_password.data,
        credentials->sealed_password.len, password, sizeof(password), error);

    if (opened != 0)
        return opened;
    body->is_secret = true;
    view_credentials(body, credentials, password);
    sodium_memzero(password, sizeof(password));
    http_exchange_set_header(request->exchange, "Cache-Control", "no-store");
    return 0;
}

int handle_vps_list(struct request *request, struct error *error)
{
    Slipway__V1__ListVps question = SLIPWAY__V1__LIST_VPS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const char *location;
    const char *status;
    struct page page = {0};
    int refusal = page_read(request, &page);

    refusal |= page_read_word(request, "status", statuses, &status);
    refusal |= page_read_code(request, "location_code", &location);
    if (refusal == 0)
        refusal = request_query_user(request, &question.user_id);
    if (refusal != 0)
        return refusal;
    question.limit = page.limit;
    question.before_id = page.before_id;
    question.status = proto_text(status);
    question.location_code = proto_text(location);
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_LIST_VPS;
    query.list_vps = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_VPS_LIST, show_list,
                       error);
}

int handle_vps(struct request *request, struct error *error)
{
    Slipway__V1__GetVps question = SLIPWAY__V1__GET_VPS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = request_path_id(request, 0, &question.vps_id);

    if (refusal != 0)
        return refusal;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_VPS;
    query.get_vps = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_VPS, show_card, error);
}

int handle_vps_status(struct request *request, struct error *error)
{
    struct status_request status;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = status_request_read(request->body, &status, &request->problem);

    if (refusal != 0)
        return refusal;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_LIST_VPS_CARDS;
    query.list_vps_cards = &status.question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_VPS_CARDS, show_status,
                       error);
}

int handle_credentials(struct request *request, struct error *error)
{
    Slipway__V1__GetCredentials question = SLIPWAY__V1__GET_CREDENTIALS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = request_path_id(request, 0, &question.vps_id);

    if (refusal != 0)
        return refusal;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_CREDENTIALS;
    query.get_credentials = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_CREDENTIALS,
                       show_credentials, error);
}
