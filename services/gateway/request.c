#include "services/gateway/request.h"

#include "lib/base/encoding.h"
#include "lib/base/log.h"
#include "services/gateway/gateway.h"
#include "services/gateway/idempotency_key.h"
#include "services/gateway/order_wait.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void request_free(void *data)
{
    struct request *request = data;

    key_record_unref(request->key);
    problem_deinit(&request->problem);
    json_decref(request->body);
    order_wait_free(request->order);
    sodium_memzero(request->new_key, sizeof(request->new_key));
    free(request);
}

struct request *request_new(struct gateway *gateway, struct http_exchange *exchange)
{
    struct request *request = calloc(1, sizeof(*request));

    if (request == NULL)
        return NULL;
    request->gateway = gateway;
    request->exchange = exchange;
    http_exchange_set_data(exchange, request, request_free);
    return request;
}

struct request *request_of(const struct http_exchange *exchange)
{
    return http_exchange_data(exchange);
}

const char *request_id_text(const struct request *request)
{
    return http_exchange_trace(request->exchange)->request_id;
}

int request_refuse_not_found(struct request *request)
{
    return problem_set(&request->problem, PROBLEM_NOT_FOUND, "There is no such resource.");
}

/* PostgreSQL's ids are signed. */
static bool parse_id(const char *text, uint64_t *ret_id)
{
    return !decimal_parse_u64(text, ret_id) && *ret_id > 0 && *ret_id <= INT64_MAX;
}

int request_path_id(struct request *request, size_t index, uint64_t *ret_id)
{
    return parse_id(request->match.parameters[index], ret_id) ? 0
                                                              : request_refuse_not_found(request);
}

int request_query_user(struct request *request, uint64_t *ret_user_id)
{
    const char *text = http_exchange_query(request->exchange, "user_id");
    uint64_t named = 0;

    if (text != NULL && !parse_id(text, &named))
        return problem_add_field(&request->problem, PROBLEM_INVALID_REQUEST, "wrong_type",
                                 "?user_id", "Must be the id of a user.");
    if (key_record_is_operator(request->key)) {
        *ret_user_id = named;
        return 0;
    }
    if (text != NULL && named != key_record_user_id(request->key))
        return request_refuse_not_found(request);
    *ret_user_id = key_record_user_id(request->key);
    return 0;
}

uint64_t request_orderer(const struct request *request)
{
    return key_record_user_id(request->key);
}

/* ---- replies ---- */

void request_reply_json(struct request *request, unsigned status, struct buffer *body)
{
    if (body->overflown) {
        const struct error error = {"reply: out of memory"};

        buffer_deinit(body);
        request_reply_fault(request, FAULT_RETRY, &error);
        return;
    }
    http_exchange_reply(request->exchange, status, "application/json", body);
}

void request_reply_problem(struct request *request)
{
    http_exchange_reply_problem(request->exchange, &request->problem);
}

static const char *advice(const struct request *request)
{
    const bool moves =
        request->endpoint != NULL && (request->endpoint->flags & ENDPOINT_MONEY) != 0;

    return moves ? " Perhaps it was done: repeat it with the same Idempotency-Key." : "";
}

void request_reply_fault(struct request *request, int outcome, const struct error *error)
{
    struct problem *problem = &request->problem;
    const char *name = outcome < 0 ? fault_name(outcome) : "timeout";

    log_event(LOG_WARNING, http_exchange_trace(request->exchange), "request failed",
              LOG_TEXT("fault", name), LOG_TEXT("error", error != NULL ? error->text : ""),
              LOG_TEXT("route", request->endpoint != NULL ? request->endpoint->route.pattern : ""));
    problem_deinit(problem);
    if (outcome == BILLING_TIMED_OUT)
        (void)problem_set(problem, PROBLEM_TIMEOUT, "It took too long.%s", advice(request));
    else if (outcome == FAULT_UNCERTAIN)
        (void)problem_set(problem, PROBLEM_UNAVAILABLE, "The connection inside was lost.%s",
                          advice(request));
    else if (outcome == FAULT_RETRY)
        (void)problem_set(problem, PROBLEM_UNAVAILABLE, "Nothing was done. Try again in a moment.");
    else
        (void)problem_set(problem, PROBLEM_INTERNAL, "Something is broken on our side.");
    if (problem->code == PROBLEM_UNAVAILABLE)
        problem->retry_after_s = 1;
    request_reply_problem(request);
}

void request_reply_refusal(struct request *request, int result, const struct error *error)
{
    if (result < 0)
        request_reply_fault(request, result, error);
    else
        request_reply_problem(request);
}

void request_reply_answer(struct request *request, const Slipway__V1__Answer *answer)
{
    /* What is put into an answer here is what billing must not know. */
    struct buffer body = {.is_secret = request->amend != NULL};
    char seconds[16];

    buffer_append(&body, answer->body.data, answer->body.len);
    if (request->amend != NULL)
        request->amend(request, answer, &body);
    if (answer->location[0] != '\0')
        http_exchange_set_header(request->exchange, "Location", answer->location);
    if (answer->replayed)
        http_exchange_set_header(request->exchange, "Idempotent-Replayed", "true");
    if (answer->retry_after_s > 0) {
        (void)snprintf(seconds, sizeof(seconds), "%u", answer->retry_after_s);
        http_exchange_set_header(request->exchange, "Retry-After", seconds);
    }
    if (answer->status >= 400)
        http_exchange_reply(request->exchange, answer->status, "application/problem+json", &body);
    else if (body.length == 0)
        http_exchange_reply(request->exchange, answer->status, NULL, &body);
    else
        request_reply_json(request, answer->status, &body);
}

/* ---- billing ---- */

static void show_result(struct request *request, const Slipway__V1__QueryResult *result)
{
    struct buffer body = {0};
    struct error error = {"billing answered with something else"};
    int shown = FAULT_HARD;

    if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_REFUSED) {
        request_reply_answer(request, result->refused);
        return;
    }
    if (result->answer_case == request->expected && request->told != NULL) {
        request->told(request, result);
        return;
    }
    if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND)
        shown = request_refuse_not_found(request);
    else if (result->answer_case == request->expected)
        shown = request->view(request, result, &body, &error);
    if (shown == 0) {
        request_reply_json(request, 200, &body);
        return;
    }
    buffer_deinit(&body);
    request_reply_refusal(request, shown, &error);
}

static void query_told(void *context, int outcome, const Slipway__V1__QueryResult *result,
                       const struct error *error)
{
    if (outcome == 0)
        show_result(context, result);
    else
        request_reply_fault(context, outcome, error);
}

int request_ask(struct request *request, const Slipway__V1__Query *query,
                Slipway__V1__QueryResult__AnswerCase expected, request_view_fn view,
                struct error *error)
{
    Slipway__V1__Principal principal;
    char request_id[REQUEST_ID_SIZE];
    Slipway__V1__Query complete = *query;

    key_record_fill_principal(request->key, &principal);
    memcpy(request_id, request_id_text(request), sizeof(request_id));
    complete.principal = &principal;
    complete.request_id = request_id;
    request->expected = expected;
    request->view = view;
    return billing_client_ask(request->gateway->billing, &complete, query_told, request, error);
}

int request_ask_then(struct request *request, const Slipway__V1__Query *query,
                     Slipway__V1__QueryResult__AnswerCase expected, request_told_fn told,
                     struct error *error)
{
    request->told = told;
    return request_ask(request, query, expected, NULL, error);
}

static void command_settled(void *context, int outcome, const Slipway__V1__Answer *answer,
                            const struct error *error)
{
    struct request *request = context;

    if (outcome != 0)
        request_reply_fault(request, outcome, error);
    else if (request->accepted != NULL && answer->status < 300)
        request->accepted(request, answer);
    else
        request_reply_answer(request, answer);
}

/* What the record of an idempotent command is found by, and what must be the same. */
struct record_marks {
    uint8_t scope[IDEMPOTENCY_HASH_SIZE], fingerprint[IDEMPOTENCY_HASH_SIZE];
};

static int mark_command(struct request *request, Slipway__V1__Command *command,
                        struct record_marks *marks)
{
    const char *key = http_exchange_header(request->exchange, "Idempotency-Key");
    const struct route *route = &request->endpoint->route;
    const bool moves_money = (request->endpoint->flags & ENDPOINT_MONEY) != 0;

    if (key == NULL && moves_money)
        return problem_set(&request->problem, PROBLEM_IDEMPOTENCY_KEY_REQUIRED,
                           "Money operations need the header Idempotency-Key.");
    if (key == NULL)
        return 0;
    if (!idempotency_key_is_valid(key))
        return problem_set(&request->problem, PROBLEM_IDEMPOTENCY_KEY_INVALID,
                           "Idempotency-Key must be 8 to 200 visible ASCII characters.");
    if (!moves_money)
        return 0;
    idempotency_scope(command->user_id, route->method, route->pattern, key, marks->scope);
    if (!idempotency_fingerprint(http_exchange_path(request->exchange), command->user_id,
                                 request->body, marks->fingerprint))
        return FAULT_RETRY;
    command->idempotency_hash = (ProtobufCBinaryData){sizeof(marks->scope), marks->scope};
    command->fingerprint = (ProtobufCBinaryData){sizeof(marks->fingerprint), marks->fingerprint};
    return 0;
}

int request_submit(struct request *request, const Slipway__V1__Command *command,
                   request_amend_fn amend, struct error *error)
{
    struct trace trace = *http_exchange_trace(request->exchange);
    struct record_marks marks;
    Slipway__V1__Principal principal;
    Slipway__V1__Command complete = *command;
    const int marked = mark_command(request, &complete, &marks);

    if (marked < 0)
        return error_set(error, FAULT_RETRY, "fingerprint: no memory");
    if (marked != 0)
        return marked;
    if (request->key != NULL) {
        key_record_fill_principal(request->key, &principal);
        complete.principal = &principal;
    }
    complete.request_id = trace.request_id;
    complete.traceparent = trace.traceparent;
    request->amend = amend;
    return billing_client_submit(request->gateway->billing, &complete, command_settled, request,
                                 error);
}
