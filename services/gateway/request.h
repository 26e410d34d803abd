/* One request on its way through the gateway, from the admission to its one reply.
 *
 * It lives as long as its exchange: after a reply it must not be touched. */
#pragma once

#include "proto/billing.pb-c.h"
#include "proto/notifier.pb-c.h"

#include "lib/http/problem.h"
#include "lib/http/server.h"
#include "services/gateway/api_key.h"
#include "services/gateway/endpoint.h"
#include "services/gateway/key_record.h"
#include "services/gateway/signature.h"

#include <jansson.h>

struct gateway;
struct order_wait;

/* Renders a result of the expected kind; 0, or a problem or fault as a handler does. */
typedef int (*request_view_fn)(struct request *request, const Slipway__V1__QueryResult *result,
                               struct buffer *body, struct error *error);
/* Takes the request of a command that billing has accepted (2xx): to be answered, now or later.
 * `answer` is borrowed for the call. */
typedef void (*request_accepted_fn)(struct request *request, const Slipway__V1__Answer *answer);
/* Takes the request with billing's result of the expected kind: to be answered, now or later.
 * `result` is borrowed for the call. */
typedef void (*request_told_fn)(struct request *request, const Slipway__V1__QueryResult *result);
/* Changes billing's answer before it goes out. */
typedef void (*request_amend_fn)(struct request *request, const Slipway__V1__Answer *answer,
                                 struct buffer *body);

/* Writes the notifier's reply of the expected kind. */
typedef void (*notifier_view_fn)(struct request *request, const Slipway__V1__NotifierReply *reply,
                                 struct buffer *body);

struct request {
    struct gateway *gateway;
    struct http_exchange *exchange;
    /* NULL: no such route. */
    const struct endpoint *endpoint;
    struct route_match match;
    /* A reference; NULL until the key is known, and where none is needed. */
    struct key_record *key;
    /* Read and in time, but not checked before the body is there. */
    struct signature signature;
    bool is_signed;
    struct problem problem;
    /* The parsed body, owned; NULL when there is none. */
    json_t *body;
    /* What becomes of billing's answer. */
    Slipway__V1__QueryResult__AnswerCase expected;
    request_view_fn view;
    /* NULL: the view is the answer. */
    request_told_fn told;
    request_amend_fn amend;
    /* NULL: billing's answer is passed on. */
    request_accepted_fn accepted;
    /* An order that is waited for; owned, NULL: none. */
    struct order_wait *order;
    /* And of the notifier's; see notifier_ask.h. */
    Slipway__V1__NotifierReply__AnswerCase reply_expected;
    notifier_view_fn reply_view;
    unsigned reply_status;
    /* A key that was made for this request, to be shown once; wiped with the request. */
    char new_key[API_KEY_LENGTH + 1];
};

/* NULL: no memory. Tied to the exchange, which frees it. */
struct request *request_new(struct gateway *gateway, struct http_exchange *exchange);
/* The exchange's request; NULL when its admission found no memory. */
struct request *request_of(const struct http_exchange *exchange);

const char *request_id_text(const struct request *request);

/* A path parameter that is an id, 1 … INT64_MAX. > 0: it can't be one, so 404. */
MUST_CHECK int request_path_id(struct request *request, size_t index, uint64_t *ret_id);

/* Whose things are asked for: a reseller's own user, whatever ?user_id= an operator names, 0 when
 * it names none. > 0: 404 for another tenant's, 400 for what is not an id. */
MUST_CHECK int request_query_user(struct request *request, uint64_t *ret_user_id);

/* Asks billing and replies 200 with what `view` makes of the answer, 404, billing's refusal, or a
 * fault. The query's principal and request id are added here. 0: the request is on its way (or
 * gone). */
MUST_CHECK int request_ask(struct request *request, const Slipway__V1__Query *query,
                           Slipway__V1__QueryResult__AnswerCase expected, request_view_fn view,
                           struct error *error);

/* The same, but a result of the expected kind is `told`'s to answer. */
MUST_CHECK int request_ask_then(struct request *request, const Slipway__V1__Query *query,
                                Slipway__V1__QueryResult__AnswerCase expected, request_told_fn told,
                                struct error *error);

/* Sends a command and passes billing's answer on, after `amend` (may be NULL). With an
 * Idempotency-Key a money command is recorded under it; money routes must have one (400). */
MUST_CHECK int request_submit(struct request *request, const Slipway__V1__Command *command,
                              request_amend_fn amend, struct error *error);

/* ---- replies; the request is gone afterwards ---- */

void request_reply_json(struct request *request, unsigned status, struct buffer *body);
void request_reply_problem(struct request *request);
/* What billing has rendered, with its headers. */
void request_reply_answer(struct request *request, const Slipway__V1__Answer *answer);
/* Logs the fault once and answers 500, 503 or 504. */
void request_reply_fault(struct request *request, int outcome, const struct error *error);
/* What a handler's or view's result says: > 0 the problem, < 0 the fault. */
void request_reply_refusal(struct request *request, int result, const struct error *error);

int request_refuse_not_found(struct request *request);

/* Whose server an order is of: the reseller's own user; 0 for an operator, who orders of all. */
uint64_t request_orderer(const struct request *request);
