#include "services/gateway/gateway.h"
#include "services/gateway/handlers.h"
#include "services/gateway/views.h"

#include <string.h>

/* Who has this very catalog gets 304 instead. */
static void reply_catalog(struct request *request, const char *etag, struct buffer *body)
{
    http_exchange_set_header(request->exchange, "ETag", etag);
    http_exchange_set_header(request->exchange, "Cache-Control", "private, no-cache");
    if (!etag_matches(http_exchange_header(request->exchange, "If-None-Match"), etag)) {
        request_reply_json(request, 200, body);
        return;
    }
    buffer_deinit(body);
    http_exchange_reply(request->exchange, 304, NULL, body);
}

static void catalog_told(void *context, int outcome, const Slipway__V1__QueryResult *result,
                         const struct error *error)
{
    struct request *request = context;
    const struct error nonsense = {"billing answered GetCatalog with something else"};
    struct buffer body = {0};
    char etag[ETAG_SIZE];

    if (outcome != 0) {
        request_reply_fault(request, outcome, error);
        return;
    }
    if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_REFUSED) {
        request_reply_answer(request, result->refused);
        return;
    }
    if (result->answer_case != SLIPWAY__V1__QUERY_RESULT__ANSWER_CATALOG) {
        request_reply_fault(request, FAULT_HARD, &nonsense);
        return;
    }
    view_catalog(&body, result->catalog);
    if (!body.overflown)
        catalog_cache_put(request->gateway->catalog, &body);
    etag_make(&body, etag);
    reply_catalog(request, etag, &body);
}

int handle_catalog(struct request *request, struct error *error)
{
    struct buffer body = {0};
    char etag[ETAG_SIZE];
    char request_id[REQUEST_ID_SIZE];
    Slipway__V1__Principal principal;
    Slipway__V1__GetCatalog question = SLIPWAY__V1__GET_CATALOG__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    if (catalog_cache_get(request->gateway->catalog, &body, etag)) {
        reply_catalog(request, etag, &body);
        return 0;
    }
    key_record_fill_principal(request->key, &principal);
    memcpy(request_id, request_id_text(request), strlen(request_id_text(request)) + 1);
    query.principal = &principal;
    query.request_id = request_id;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_CATALOG;
    query.get_catalog = &question;
    return billing_client_ask(request->gateway->billing, &query, catalog_told, request, error);
}
