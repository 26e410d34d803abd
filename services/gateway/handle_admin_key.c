#include "services/gateway/admin_request.h"
#include "services/gateway/gateway.h"
#include "services/gateway/handlers.h"
#include "services/gateway/json_write.h"
#include "services/gateway/page.h"
#include "services/gateway/views.h"

#include <sodium.h>

static int show_list(struct request *request, const Slipway__V1__QueryResult *result,
                     struct buffer *body, struct error *error)
{
    const Slipway__V1__KeyList *list = result->keys;

    (void)error;
    page_begin(body);
    for (size_t i = 0; i < list->n_keys; ++i)
        view_key(body, list->keys[i]);
    page_end(request, list->next_before_id, body);
    return 0;
}

int handle_admin_key_list(struct request *request, struct error *error)
{
    Slipway__V1__ListKeys question = SLIPWAY__V1__LIST_KEYS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    struct page page = {0};
    int refusal = page_read(request, &page);

    if (refusal == 0)
        refusal = request_query_user(request, &question.user_id);
    if (refusal != 0)
        return refusal;
    question.limit = page.limit;
    question.before_id = page.before_id;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_LIST_KEYS;
    query.list_keys = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_KEYS, show_list, error);
}

/* 0: billing's answer tells none. */
static uint64_t id_in_answer(const Slipway__V1__Answer *answer)
{
    json_t *body = json_loadb((const char *)answer->body.data, answer->body.len, 0, NULL);
    const json_int_t id = json_integer_value(json_object_get(body, "id"));

    json_decref(body);
    return id > 0 ? (uint64_t)id : 0;
}

static void write_signing_secret(const struct signing_master *master, uint64_t key_id,
                                 struct buffer *body)
{
    char text[SIGNING_KEY_TEXT_SIZE];
    const bool is_there = master->is_set && key_id != 0;

    if (is_there)
        signing_key_derive_text(master, key_id, text);
    json_write_text(body, "signing_secret", is_there ? text : NULL);
    sodium_memzero(text, sizeof(text));
}

/* billing knows the key's hash only and of its signing secret nothing, so both texts are put into
 * the answer here, this once. */
static void show_key(struct request *request, const Slipway__V1__Answer *answer,
                     struct buffer *body)
{
    if (answer->status != 201 || body->length == 0 || body->data[body->length - 1] != '}')
        return;
    --body->length;
    json_write_text(body, "key", request->new_key);
    write_signing_secret(&request->gateway->signing, id_in_answer(answer), body);
    json_write_close(body, '}');
    http_exchange_set_header(request->exchange, "Cache-Control", "no-store");
}

int handle_admin_key_create(struct request *request, struct error *error)
{
    struct key_request key;
    uint8_t hash[API_KEY_HASH_SIZE];
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = key_request_read(request->body, &key, &request->problem);

    if (refusal != 0)
        return refusal;
    api_key_make(request->new_key);
    api_key_hash(request->new_key, hash);
    key.command.key_hash = (ProtobufCBinaryData){sizeof(hash), hash};
    command.user_id = key.command.user_id;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_ISSUE_KEY;
    command.issue_key = &key.command;
    return request_submit(request, &command, show_key, error);
}

int handle_admin_key_revoke(struct request *request, struct error *error)
{
    Slipway__V1__RevokeKey action = SLIPWAY__V1__REVOKE_KEY__INIT;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = request_path_id(request, 0, &action.key_id);

    if (refusal != 0)
        return refusal;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_REVOKE_KEY;
    command.revoke_key = &action;
    return request_submit(request, &command, NULL, error);
}
