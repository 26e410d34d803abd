#include "services/notifier/calls_private.h"

#include "lib/base/encoding.h"
#include "services/notifier/endpoint_store.h"
#include "services/notifier/event.h"
#include "services/notifier/webhook_url.h"

#include <sodium.h>
#include <stdio.h>

enum { PAGE_MAX = 200 };

/* A secret on its way to its owner; wiped on every way out. */
struct fresh_secret {
    uint8_t sealed[SEALED_SECRET_BYTES];
    char text[SECRET_TEXT_SIZE];
};

static void fresh_secret_init(struct fresh_secret *secret, const uint8_t *key)
{
    uint8_t bytes[SECRET_BYTES];

    secret_make(bytes);
    secret_seal(bytes, key, secret->sealed);
    secret_write(bytes, secret->text);
    sodium_memzero(bytes, sizeof(bytes));
}

static void fresh_secret_wipe(struct fresh_secret *secret)
{
    sodium_memzero(secret, sizeof(*secret));
}

/* Ids of PostgreSQL are signed; the gateway sends no other. */
static int64_t id_of(uint64_t id)
{
    return id <= INT64_MAX ? (int64_t)id : 0;
}

static int64_t user_of(const struct call_context *context)
{
    return id_of(context->call->user_id);
}

/* ---- what may be asked for ---- */

static void check_url(const char *url, bool allows_loopback, struct field_errors *errors)
{
    static const char *const details[][2] = {
        [WEBHOOK_URL_MALFORMED] = {"invalid_url",         "Must be a URL without user, password or "
                                                  "fragment, of at most 2048 bytes."},
        [WEBHOOK_URL_INSECURE] = {"insecure_url",        "Must begin with https://."                                                },
        [WEBHOOK_URL_PRIVATE] = {"address_not_allowed",
                                   "Must lead to an address of the public internet."                                                 },
    };
    const int refusal = webhook_url_check(url, allows_loopback);

    if (refusal != 0)
        reply_add_field(errors, "/url", details[refusal][0], details[refusal][1]);
}

static void check_events(char *const *events, size_t count, struct field_errors *errors)
{
    char pointer[32];

    if (count > ENDPOINT_EVENTS_MAX)
        reply_add_field(errors, "/events", "too_many_items", "Names each type once.");
    for (size_t i = 0; i < count && i < ENDPOINT_EVENTS_MAX; ++i) {
        if (event_type_find(events[i]) != NULL)
            continue;
        (void)snprintf(pointer, sizeof(pointer), "/events/%zu", i);
        reply_add_field(errors, pointer, "unknown_event", "There is no such type of event.");
    }
}

/* ---- endpoints ---- */

/* Replies with the endpoint, and its secret when there is a fresh one. */
static int show_endpoint(const struct call_context *context, int64_t id,
                         const struct fresh_secret *secret, struct reply *reply,
                         struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct endpoint_view view;
    const int result = endpoint_store_find(context->pg, user_of(context), id, &rows, error);

    if (result != 0)
        return result;
    if (pg_rows_count(rows) == 0)
        return reply_not_found(reply);
    endpoint_store_row(rows, 0, &view);
    if (secret != NULL)
        view.message.secret = event_lend(secret->text);
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_ENDPOINT, &view.message.base);
}

int call_create_endpoint(const struct call_context *context, struct reply *reply,
                         struct error *error)
{
    const Slipway__V1__CreateEndpoint *action = context->call->create_endpoint;
    CLEANUP(fresh_secret_wipe) struct fresh_secret secret = {.text = ""};
    struct field_errors errors = {.count = 0};
    struct endpoint_new endpoint = {.user_id = user_of(context),
                                    .now_us = context->now_us,
                                    .url = action->url,
                                    .events = action->events,
                                    .event_count = action->n_events,
                                    .sealed_secret = secret.sealed,
                                    .limit = context->options->endpoints_limit};
    int64_t id = 0;
    int result;

    check_url(action->url, context->options->allows_loopback, &errors);
    check_events(action->events, action->n_events, &errors);
    if (errors.count > 0)
        return reply_refuse_fields(reply, &errors);
    fresh_secret_init(&secret, context->options->secret_key);
    result = endpoint_store_create(context->pg, &endpoint, &id, error);
    if (result == ENDPOINT_TOO_MANY)
        return reply_refuse(reply, "state_conflict",
                            "The user has as many endpoints as a user may have.");
    return result != 0 ? result : show_endpoint(context, id, &secret, reply, error);
}

int call_get_endpoint(const struct call_context *context, struct reply *reply, struct error *error)
{
    return show_endpoint(context, id_of(context->call->get_endpoint->endpoint_id), NULL, reply,
                         error);
}

int call_delete_endpoint(const struct call_context *context, struct reply *reply,
                         struct error *error)
{
    Slipway__V1__NotifierDone done = SLIPWAY__V1__NOTIFIER_DONE__INIT;
    const int result = endpoint_store_delete(
        context->pg, user_of(context), id_of(context->call->delete_endpoint->endpoint_id), error);

    if (result == ENDPOINT_NOT_FOUND)
        return reply_not_found(reply);
    return result != 0 ? result
                       : reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_DONE, &done.base);
}

int call_rotate_secret(const struct call_context *context, struct reply *reply, struct error *error)
{
    const int64_t id = id_of(context->call->rotate_secret->endpoint_id);
    CLEANUP(fresh_secret_wipe) struct fresh_secret secret = {.text = ""};
    int result;

    fresh_secret_init(&secret, context->options->secret_key);
    result = endpoint_store_rotate(context->pg, user_of(context), id, secret.sealed,
                                   context->now_us + context->options->rotation_ms * 1000, error);
    if (result == ENDPOINT_NOT_FOUND)
        return reply_not_found(reply);
    return result != 0 ? result : show_endpoint(context, id, &secret, reply, error);
}

static int64_t page_limit(uint32_t limit)
{
    return limit < 1 || limit > PAGE_MAX ? PAGE_MAX : limit;
}

static int64_t page_start(uint64_t before_id)
{
    return before_id == 0 || before_id > INT64_MAX ? INT64_MAX : (int64_t)before_id;
}

int call_list_endpoints(const struct call_context *context, struct reply *reply,
                        struct error *error)
{
    const Slipway__V1__ListEndpoints *question = context->call->list_endpoints;
    const int64_t limit = page_limit(question->limit);
    CLEANUP(cleanup_free) struct endpoint_view *views = calloc(PAGE_MAX, sizeof(*views));
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    Slipway__V1__Endpoint *list[PAGE_MAX];
    Slipway__V1__EndpointList message = SLIPWAY__V1__ENDPOINT_LIST__INIT;
    int result;

    if (views == NULL)
        return error_set(error, FAULT_RETRY, "no memory for a list");
    result = endpoint_store_list(context->pg, user_of(context), page_start(question->before_id),
                                 limit, &rows, error);
    if (result != 0)
        return result;
    message.endpoints = list;
    for (; (int)message.n_endpoints < pg_rows_count(rows) && (int64_t)message.n_endpoints < limit;
         ++message.n_endpoints) {
        endpoint_store_row(rows, (int)message.n_endpoints, &views[message.n_endpoints]);
        list[message.n_endpoints] = &views[message.n_endpoints].message;
    }
    if (message.n_endpoints > 0 && pg_rows_count(rows) > limit)
        message.next_before_id = list[message.n_endpoints - 1]->endpoint_id;
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_ENDPOINTS, &message.base);
}

/* ---- deliveries ---- */

/* 0: it is the user's. */
static int find_endpoint(const struct call_context *context, int64_t id, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    const int result = endpoint_store_find(context->pg, user_of(context), id, &rows, error);

    if (result != 0)
        return result;
    return pg_rows_count(rows) == 0 ? (int)ENDPOINT_NOT_FOUND : 0;
}

int call_list_deliveries(const struct call_context *context, struct reply *reply,
                         struct error *error)
{
    const Slipway__V1__ListDeliveries *question = context->call->list_deliveries;
    const int64_t limit = page_limit(question->limit);
    const int64_t endpoint_id = id_of(question->endpoint_id);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    Slipway__V1__Delivery views[PAGE_MAX];
    Slipway__V1__Delivery *list[PAGE_MAX];
    Slipway__V1__DeliveryList message = SLIPWAY__V1__DELIVERY_LIST__INIT;
    int result = find_endpoint(context, endpoint_id, error);

    if (result == ENDPOINT_NOT_FOUND)
        return reply_not_found(reply);
    if (result == 0)
        result = endpoint_store_list_deliveries(
            context->pg, endpoint_id, page_start(question->before_id), limit, &rows, error);
    if (result != 0)
        return result;
    message.deliveries = list;
    for (; (int)message.n_deliveries < pg_rows_count(rows) && (int64_t)message.n_deliveries < limit;
         ++message.n_deliveries) {
        endpoint_store_delivery_row(rows, (int)message.n_deliveries, &views[message.n_deliveries]);
        list[message.n_deliveries] = &views[message.n_deliveries];
    }
    if (message.n_deliveries > 0 && pg_rows_count(rows) > limit)
        message.next_before_id = list[message.n_deliveries - 1]->delivery_id;
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_DELIVERIES, &message.base);
}

/* Replies with the delivery that was asked for, or with why it was not. */
static int show_asked(const struct call_context *context, int result, int64_t endpoint_id,
                      int64_t id, struct reply *reply, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    Slipway__V1__Delivery view;

    if (result == ENDPOINT_DISABLED)
        return reply_refuse(reply, "state_conflict", "The endpoint is switched off.");
    if (result == ENDPOINT_IN_WORK)
        return reply_refuse(reply, "state_conflict", "The delivery is still in work.");
    if (result == ENDPOINT_NOT_FOUND)
        return reply_not_found(reply);
    if (result == 0)
        result = endpoint_store_find_delivery(context->pg, endpoint_id, id, &rows, error);
    if (result != 0)
        return result;
    if (pg_rows_count(rows) == 0)
        return reply_not_found(reply);
    context->options->asked(context->options->context);
    endpoint_store_delivery_row(rows, 0, &view);
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_DELIVERY, &view.base);
}

int call_test_endpoint(const struct call_context *context, struct reply *reply, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer body = {.limit = EVENT_BODY_LIMIT};
    const int64_t endpoint_id = id_of(context->call->test_endpoint->endpoint_id);
    uint8_t random[16];
    char event_id[2 * sizeof(random) + 1];
    struct endpoint_test test = {.user_id = user_of(context),
                                 .endpoint_id = endpoint_id,
                                 .now_us = context->now_us,
                                 .event_id = event_id,
                                 .type = event_test_type};
    int64_t id = 0;
    int result;

    randombytes_buf(random, sizeof(random));
    hex_encode(random, sizeof(random), event_id);
    event_render_test(context->now_us, (uint64_t)endpoint_id, &body);
    if (body.overflown)
        return error_set(error, FAULT_RETRY, "no memory for a test");
    test.body = body.data;
    result = endpoint_store_test(context->pg, &test, &id, error);
    return show_asked(context, result, endpoint_id, id, reply, error);
}

int call_redeliver_event(const struct call_context *context, struct reply *reply,
                         struct error *error)
{
    const Slipway__V1__RedeliverEvent *action = context->call->redeliver_event;
    const int64_t endpoint_id = id_of(action->endpoint_id);
    const int64_t id = id_of(action->delivery_id);
    const int result = endpoint_store_redeliver(context->pg, user_of(context), endpoint_id, id,
                                                context->now_us, error);

    return show_asked(context, result, endpoint_id, id, reply, error);
}
