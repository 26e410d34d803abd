#include "services/gateway/admission.h"

#include "lib/base/clock.h"
#include "lib/http/json_request.h"
#include "services/gateway/cors.h"
#include "services/gateway/gateway.h"
#include "services/gateway/prefer.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

/* ---- before the body ---- */

static int check_route(struct request *request)
{
    size_t count;
    const struct endpoint *table = endpoint_table(&count);
    const int result =
        router_match(table, count, sizeof(*table), http_exchange_method(request->exchange),
                     http_exchange_path(request->exchange), &request->match);

    if (result == ROUTE_METHOD_NOT_ALLOWED) {
        http_exchange_set_header(request->exchange, "Allow", request->match.allow);
        return problem_set(&request->problem, PROBLEM_METHOD_NOT_ALLOWED,
                           "This resource allows %s.", request->match.allow);
    }
    if (result != 0)
        return request_refuse_not_found(request);
    request->endpoint = (const struct endpoint *)(const void *)request->match.route;
    return 0;
}

static int check_rights(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;

    if (((endpoint->flags & ENDPOINT_OPERATOR) != 0 && !key_record_is_operator(request->key)) ||
        !key_record_has_scope(request->key, endpoint->scope))
        return problem_set(&request->problem, PROBLEM_FORBIDDEN_SCOPE,
                           "The key lacks the scope %s.", scope_name(endpoint->scope));
    if ((endpoint->flags & ENDPOINT_MONEY) != 0 && !request->gateway->config->money_enabled)
        return problem_set(&request->problem, PROBLEM_MONEY_DISABLED,
                           "Money operations are switched off.");
    if (endpoint_writes(endpoint) && key_record_user_is_banned(request->key))
        return problem_set(&request->problem, PROBLEM_USER_BANNED,
                           "The user is banned from making changes.");
    return 0;
}

static int refuse_signature(struct request *request, enum problem_code code, const char *detail)
{
    http_exchange_set_header(request->exchange, "WWW-Authenticate", "Bearer");
    return problem_set(&request->problem, code, "%s", detail);
}

/* What can be told without the body, so that nobody sends one in vain. */
static int check_signature_headers(struct request *request)
{
    const struct gateway *gateway = request->gateway;
    const int refusal = signature_read(http_exchange_header(request->exchange, "X-Timestamp"),
                                       http_exchange_header(request->exchange, "X-Signature"),
                                       clock_now_us(NULL) / 1000000, &request->signature);

    if (refusal == SIGNATURE_ABSENT && !gateway->config->signature_required)
        return 0;
    if (refusal == SIGNATURE_ABSENT)
        return refuse_signature(request, PROBLEM_SIGNATURE_REQUIRED,
                                "Requests must be signed: X-Timestamp and X-Signature.");
    if (!gateway->signing.is_set)
        return refuse_signature(request, PROBLEM_SIGNATURE_INVALID,
                                "No signing secrets are given out here.");
    if (refusal == SIGNATURE_MALFORMED)
        return refuse_signature(
            request, PROBLEM_SIGNATURE_INVALID,
            "X-Timestamp is Unix seconds, X-Signature is v1= and 64 hex digits.");
    if (refusal == SIGNATURE_EXPIRED)
        return refuse_signature(request, PROBLEM_SIGNATURE_EXPIRED,
                                "X-Timestamp is more than 300 s off.");
    request->is_signed = true;
    return 0;
}

static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";

    return content_type != NULL && strncasecmp(content_type, json, sizeof(json) - 1) == 0 &&
           strchr("; \t", content_type[sizeof(json) - 1]) != NULL;
}

static int check_media(struct request *request)
{
    const char *accept = http_exchange_header(request->exchange, "Accept");
    const bool streams = (request->endpoint->flags & ENDPOINT_STREAM) != 0;
    const char *type =
        (request->endpoint->flags & ENDPOINT_PAGE) != 0 ? "text/html" : "application/json";

    if ((request->endpoint->flags & ENDPOINT_RAW) != 0)
        return 0;
    if (http_exchange_has_body(request->exchange) &&
        http_exchange_header(request->exchange, "Content-Encoding") != NULL)
        return problem_set(&request->problem, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                           "The body must not be encoded.");
    if ((request->endpoint->flags & ENDPOINT_BODY) != 0 &&
        http_exchange_has_body(request->exchange) &&
        !is_json(http_exchange_header(request->exchange, "Content-Type")))
        return problem_set(&request->problem, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                           "The body must be application/json.");
    if (!accept_allows(accept, type) && !(streams && accept_allows(accept, "text/event-stream")))
        return problem_set(&request->problem, PROBLEM_NOT_ACCEPTABLE, "This resource is %s.", type);
    return 0;
}

static struct rate_policy policy_of(const struct request *request)
{
    return rate_limiter_policy(request->gateway->limiter, key_record_rate_per_minute(request->key));
}

static void limit_decided(void *context, const struct rate_decision *decision)
{
    struct request *request = context;
    const struct rate_policy policy = policy_of(request);
    char text[RATE_HEADER_SIZE];
    int refusal = 0;

    rate_header_policy(&policy, text);
    http_exchange_set_header(request->exchange, "RateLimit-Policy", text);
    rate_header_limit(&policy, decision->remaining, text);
    http_exchange_set_header(request->exchange, "RateLimit", text);
    if (!decision->granted) {
        request->problem.retry_after_s = decision->retry_after_s;
        refusal =
            problem_set(&request->problem, PROBLEM_RATE_LIMITED,
                        "This key may send %lld requests a minute.", (long long)policy.per_minute);
    }
    if (refusal == 0)
        refusal = check_rights(request);
    if (refusal == 0)
        refusal = check_signature_headers(request);
    if (refusal == 0 && !request->is_signed)
        refusal = check_media(request);
    if (refusal == 0)
        http_exchange_proceed(request->exchange);
    else
        request_reply_problem(request);
}

static void join_line(void *context, const char *value)
{
    struct buffer *list = context;

    buffer_append_text(list, list->length == 0 ? "" : ",");
    buffer_append_text(list, value);
}

/* True: it can't be known. */
static bool find_client(const struct request *request, struct address *ret_client)
{
    CLEANUP(buffer_deinit) struct buffer forwarded = {0};

    http_exchange_each_header(request->exchange, "X-Forwarded-For", join_line, &forwarded);
    return forwarded.overflown ||
           client_address_find(&request->gateway->proxies, http_exchange_peer(request->exchange),
                               forwarded.data, ret_client);
}

/* A key that may not be used now or from here is as good as unknown: whoever has got hold of one
 * learns nothing, not even that it is one. */
static bool may_be_used(const struct request *request, const struct key_record *key)
{
    struct address client;

    if (key_record_is_expired(key, clock_now_us(NULL)))
        return false;
    return !key_record_is_bound(key) ||
           (!find_client(request, &client) && key_record_allows(key, &client));
}

static void key_found(void *context, int outcome, struct key_record *record,
                      const struct error *error)
{
    struct request *request = context;
    struct rate_decision decision;
    struct rate_policy policy;

    if (outcome == 0 && !may_be_used(request, record)) {
        key_record_unref(record);
        outcome = KEY_CACHE_UNKNOWN;
    }
    if (outcome == KEY_CACHE_UNKNOWN) {
        http_exchange_set_header(request->exchange, "WWW-Authenticate", "Bearer");
        (void)problem_set(
            &request->problem, PROBLEM_UNAUTHORIZED,
            "The key is missing, unknown, revoked, expired, or not for this address.");
        request_reply_problem(request);
        return;
    }
    if (outcome != 0) {
        request_reply_fault(request, outcome, error);
        return;
    }
    request->key = record;
    policy = policy_of(request);
    if (rate_limiter_take(request->gateway->limiter, key_record_id(record), &policy, limit_decided,
                          request, &decision) == 0)
        limit_decided(request, &decision);
}

static void let_in(struct request *request)
{
    if (check_media(request) == 0)
        http_exchange_proceed(request->exchange);
    else
        request_reply_problem(request);
}

static void check_key(struct request *request)
{
    const char *key =
        api_key_from_authorization(http_exchange_header(request->exchange, "Authorization"));
    uint8_t hash[API_KEY_HASH_SIZE];
    struct key_record *record = NULL;
    struct error error = {0};
    int result = KEY_CACHE_UNKNOWN;

    if (key != NULL) {
        api_key_hash(key, hash);
        result = key_cache_find(request->gateway->keys, hash, request_id_text(request), key_found,
                                request, &record, &error);
    }
    if (result != KEY_CACHE_PENDING)
        key_found(request, result, record, &error);
}

/* Without a request to carry it. */
static void turn_away(struct http_exchange *exchange, const char *detail)
{
    struct problem problem = {.retry_after_s = 1};

    (void)problem_set(&problem, PROBLEM_UNAVAILABLE, "%s", detail);
    http_exchange_reply_problem(exchange, &problem);
    problem_deinit(&problem);
}

void admission_begin(void *context, struct http_exchange *exchange)
{
    struct gateway *gateway = context;
    struct request *request;

    if (atomic_load(&gateway->stopping)) {
        turn_away(exchange, "This gateway is being stopped.");
        return;
    }
    if (cors_apply(gateway->config->cors_allowed_origins, exchange))
        return;
    /* What is answered to one key is for nobody else; a handler may say otherwise. */
    http_exchange_set_header(exchange, "Cache-Control", "no-store");
    request = request_new(gateway, exchange);
    if (request == NULL)
        turn_away(exchange, "Out of memory.");
    else if (check_route(request) != 0)
        request_reply_problem(request);
    else if ((request->endpoint->flags & ENDPOINT_OPEN) != 0)
        let_in(request);
    else
        check_key(request);
}

/* ---- with the body ---- */

/* Media types come after the signature, hence not before the body when there is one. A body over
 * the limit is refused unread (413), so its signature is never computed. */
static int check_signature(struct request *request)
{
    const struct http_exchange *exchange = request->exchange;
    struct signed_request sent = {.method = http_exchange_method(exchange),
                                  .target = http_exchange_target(exchange)};
    uint8_t key[SIGNING_KEY_SIZE];
    bool matches;

    if (!request->is_signed)
        return 0;
    sent.body = http_exchange_body(exchange, &sent.body_length);
    signing_key_derive(&request->gateway->signing, key_record_id(request->key), key);
    matches = signature_matches(&request->signature, &sent, key);
    sodium_memzero(key, sizeof(key));
    if (!matches)
        return refuse_signature(request, PROBLEM_SIGNATURE_INVALID,
                                "X-Signature is not this request's under this key's secret.");
    return check_media(request);
}

struct query_check {
    struct request *request;
    /* Bits by position in the endpoint's list. */
    unsigned seen;
};

/* Position of `name` in a list of words that each end with a space; negative: not in it. */
static int find_word(const char *words, const char *name)
{
    const size_t length = strlen(name);

    for (int position = 0; *words != '\0'; ++position) {
        const size_t word = strcspn(words, " ");

        if (word == length && memcmp(words, name, length) == 0)
            return position;
        words += word + 1;
    }
    return -1;
}

static void check_parameter(void *context, const char *name, const char *value)
{
    struct query_check *check = context;
    struct problem *problem = &check->request->problem;
    const int position = find_word(check->request->endpoint->query, name);
    char pointer[64] = "?";

    (void)value;
    /* What is not a plain word is not echoed. */
    if (strlen(name) < sizeof(pointer) - 1 &&
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] ==
            '\0')
        memcpy(pointer + 1, name, strlen(name) + 1);
    if (position < 0)
        (void)problem_add_field(problem, PROBLEM_INVALID_REQUEST, "unknown_parameter", pointer,
                                "There is no such parameter.");
    else if ((check->seen & 1U << position) != 0)
        (void)problem_add_field(problem, PROBLEM_INVALID_REQUEST, "repeated_parameter", pointer,
                                "The parameter is repeated.");
    else
        check->seen |= 1U << position;
}

static int check_query(struct request *request)
{
    struct query_check check = {.request = request};

    if ((request->endpoint->flags & ENDPOINT_RAW) != 0)
        return 0;
    http_exchange_each_query(request->exchange, check_parameter, &check);
    return (int)request->problem.code;
}

/* An order that takes no body says nothing that must not be overlooked: {} at most. */
static int check_no_body(struct request *request, const char *text, size_t length)
{
    struct json_reader reader;
    json_t *body = NULL;

    if (length == 0 || strcmp(request->endpoint->route.method, "GET") == 0)
        return 0;
    if (json_request_parse(text, length, &body, &request->problem) == 0) {
        json_reader_init(&reader, body, "", &request->problem);
        json_reader_finish(&reader);
    }
    json_decref(body);
    return (int)request->problem.code;
}

static int read_body(struct request *request)
{
    size_t length;
    const char *text = http_exchange_body(request->exchange, &length);

    if ((request->endpoint->flags & ENDPOINT_RAW) != 0)
        return 0;
    if ((request->endpoint->flags & ENDPOINT_BODY) == 0)
        return check_no_body(request, text, length);
    return json_request_parse(text, length, &request->body, &request->problem);
}

void admission_handle(void *context, struct http_exchange *exchange)
{
    struct request *request = request_of(exchange);
    struct error error = {0};
    int result;

    (void)context;
    result = check_signature(request);
    if (result == 0)
        result = check_query(request);
    if (result == 0)
        result = read_body(request);
    if (result == 0)
        result = request->endpoint->handle(request, &error);
    if (result != 0)
        request_reply_refusal(request, result, &error);
}
