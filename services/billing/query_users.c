#include "services/billing/queries_private.h"
#include "services/billing/user_read_store.h"

QUERY_ASK(find_key)
{
    const ProtobufCBinaryData *hash = &message->find_key->key_hash;

    return key_read_store_find(args, hash->data, hash->len);
}

QUERY_ANSWER(find_key)
{
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    struct key_row key;

    (void)query;
    if (pg_rows_count(rows) == 0)
        return query_answer_not_found(ret_packed, error);
    key_read_store_row(rows, 0, &key);
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_KEY;
    result.key = &key.record;
    return query_pack(&result, ret_packed, error);
}

QUERY_ASK(get_user)
{
    return user_read_store_find(args, query_id(message->get_user->user_id), query_scope(message));
}

QUERY_ANSWER(get_user)
{
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    Slipway__V1__User user;

    (void)query;
    if (pg_rows_count(rows) == 0)
        return query_answer_not_found(ret_packed, error);
    user_read_store_row(rows, 0, &user);
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_USER;
    result.user = &user;
    return query_pack(&result, ret_packed, error);
}

QUERY_ASK(list_users)
{
    const Slipway__V1__ListUsers *list = message->list_users;

    return user_read_store_list(args, query_scope(message), query_before(list->before_id),
                                query_limit(list->limit) + 1);
}

QUERY_ANSWER(list_users)
{
    const int count = query_page_length(rows, query->message->list_users->limit);
    CLEANUP(cleanup_free) Slipway__V1__User *users = calloc((size_t)count + 1, sizeof(users[0]));
    CLEANUP(cleanup_free) Slipway__V1__User **page = calloc((size_t)count + 1, sizeof(void *));
    Slipway__V1__UserList list = SLIPWAY__V1__USER_LIST__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    if (users == NULL || page == NULL)
        return error_set(error, FAULT_HARD, "no memory for a list");
    for (int row = 0; row < count; ++row) {
        page[row] = &users[row];
        user_read_store_row(rows, row, page[row]);
    }
    list.n_users = (size_t)count;
    list.users = page;
    list.next_before_id = count < pg_rows_count(rows) ? page[count - 1]->user_id : 0;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_USERS;
    result.users = &list;
    return query_pack(&result, ret_packed, error);
}

QUERY_ASK(list_keys)
{
    const Slipway__V1__ListKeys *list = message->list_keys;

    return key_read_store_list(args, query_list_user(message, list->user_id),
                               query_before(list->before_id), query_limit(list->limit) + 1);
}

QUERY_ANSWER(list_keys)
{
    const int count = query_page_length(rows, query->message->list_keys->limit);
    CLEANUP(cleanup_free) struct key_row *keys = calloc((size_t)count + 1, sizeof(keys[0]));
    CLEANUP(cleanup_free)
    Slipway__V1__KeyRecord **page = calloc((size_t)count + 1, sizeof(void *));
    Slipway__V1__KeyList list = SLIPWAY__V1__KEY_LIST__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    if (keys == NULL || page == NULL)
        return error_set(error, FAULT_HARD, "no memory for a list");
    if (query_list_user(query->message, query->message->list_keys->user_id) == QUERY_NOBODY)
        return query_answer_not_found(ret_packed, error);
    for (int row = 0; row < count; ++row) {
        key_read_store_row(rows, row, &keys[row]);
        page[row] = &keys[row].record;
    }
    list.n_keys = (size_t)count;
    list.keys = page;
    list.next_before_id = count < pg_rows_count(rows) ? page[count - 1]->key_id : 0;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_KEYS;
    result.keys = &list;
    return query_pack(&result, ret_packed, error);
}
