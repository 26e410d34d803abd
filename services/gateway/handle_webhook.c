#include "services/gateway/handlers.h"
#include "services/gateway/notifier_ask.h"
#include "services/gateway/page.h"
#include "services/gateway/views.h"
#include "services/gateway/webhook_request.h"

typedef Slipway__V1__NotifierCall call_message;

#define ENDPOINT_REPLY SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_ENDPOINT
#define DELIVERY_REPLY SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_DELIVERY

/* ---- what is shown ---- */

static void show_endpoint(struct request *request, const Slipway__V1__NotifierReply *reply,
                          struct buffer *body)
{
    view_webhook(body, reply->endpoint);
    if (reply->endpoint->secret[0] != '\0')
        http_exchange_set_header(request->exchange, "Cache-Control", "no-store");
}

static void show_endpoints(struct request *request, const Slipway__V1__NotifierReply *reply,
                           struct buffer *body)
{
    page_begin(body);
    for (size_t i = 0; i < reply->endpoints->n_endpoints; ++i)
        view_webhook(body, reply->endpoints->endpoints[i]);
    page_end(request, reply->endpoints->next_before_id, body);
}

static void show_delivery(struct request *request, const Slipway__V1__NotifierReply *reply,
                          struct buffer *body)
{
    (void)request;
    view_webhook_delivery(body, reply->delivery);
}

static void show_deliveries(struct request *request, const Slipway__V1__NotifierReply *reply,
                            struct buffer *body)
{
    page_begin(body);
    for (size_t i = 0; i < reply->deliveries->n_deliveries; ++i)
        view_webhook_delivery(body, reply->deliveries->deliveries[i]);
    page_end(request, reply->deliveries->next_before_id, body);
}

/* ---- reads ---- */

int handle_webhook_list(struct request *request, struct error *error)
{
    Slipway__V1__ListEndpoints question = SLIPWAY__V1__LIST_ENDPOINTS__INIT;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    struct page page = {0};
    uint64_t user_id = 0;
    int refusal = page_read(request, &page);

    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    question.limit = page.limit;
    question.before_id = page.before_id;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_LIST_ENDPOINTS;
    call.list_endpoints = &question;
    return notifier_ask(request, &call, user_id, 200, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_ENDPOINTS,
                        show_endpoints, error);
}

int handle_webhook(struct request *request, struct error *error)
{
    Slipway__V1__GetEndpoint question = SLIPWAY__V1__GET_ENDPOINT__INIT;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    int refusal = request_path_id(request, 0, &question.endpoint_id);

    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_GET_ENDPOINT;
    call.get_endpoint = &question;
    return notifier_ask(request, &call, user_id, 200, ENDPOINT_REPLY, show_endpoint, error);
}

int handle_webhook_deliveries(struct request *request, struct error *error)
{
    Slipway__V1__ListDeliveries question = SLIPWAY__V1__LIST_DELIVERIES__INIT;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    struct page page = {0};
    uint64_t user_id = 0;
    int refusal = request_path_id(request, 0, &question.endpoint_id);

    if (refusal == 0)
        refusal = page_read(request, &page);
    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    question.limit = page.limit;
    question.before_id = page.before_id;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_LIST_DELIVERIES;
    call.list_deliveries = &question;
    return notifier_ask(request, &call, user_id, 200,
                        SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_DELIVERIES, show_deliveries, error);
}

/* ---- writes ---- */

int handle_webhook_create(struct request *request, struct error *error)
{
    struct webhook_request webhook;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    int refusal = webhook_request_read(request->body, &webhook, &request->problem);

    if (refusal == 0)
        refusal = notifier_find_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_CREATE_ENDPOINT;
    call.create_endpoint = &webhook.command;
    return notifier_ask(request, &call, user_id, 201, ENDPOINT_REPLY, show_endpoint, error);
}

int handle_webhook_delete(struct request *request, struct error *error)
{
    Slipway__V1__DeleteEndpoint action = SLIPWAY__V1__DELETE_ENDPOINT__INIT;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    int refusal = request_path_id(request, 0, &action.endpoint_id);

    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_DELETE_ENDPOINT;
    call.delete_endpoint = &action;
    return notifier_ask(request, &call, user_id, 204, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_DONE,
                        NULL, error);
}

int handle_webhook_test(struct request *request, struct error *error)
{
    Slipway__V1__TestEndpoint action = SLIPWAY__V1__TEST_ENDPOINT__INIT;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    int refusal = request_path_id(request, 0, &action.endpoint_id);

    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_TEST_ENDPOINT;
    call.test_endpoint = &action;
    return notifier_ask(request, &call, user_id, 202, DELIVERY_REPLY, show_delivery, error);
}

int handle_webhook_rotate(struct request *request, struct error *error)
{
    Slipway__V1__RotateSecret action = SLIPWAY__V1__ROTATE_SECRET__INIT;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    int refusal = request_path_id(request, 0, &action.endpoint_id);

    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_ROTATE_SECRET;
    call.rotate_secret = &action;
    return notifier_ask(request, &call, user_id, 200, ENDPOINT_REPLY, show_endpoint, error);
}

int handle_webhook_redeliver(struct request *request, struct error *error)
{
    Slipway__V1__RedeliverEvent action = SLIPWAY__V1__REDELIVER_EVENT__INIT;
    call_message call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    int refusal = request_path_id(request, 0, &action.endpoint_id);

    if (refusal == 0)
        refusal = request_path_id(request, 1, &action.delivery_id);
    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_REDELIVER_EVENT;
    call.redeliver_event = &action;
    return notifier_ask(request, &call, user_id, 202, DELIVERY_REPLY, show_delivery, error);
}
