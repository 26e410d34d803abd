#include "services/billing/queries_private.h"
#include "services/billing/vps_read_store.h"

#include <string.h>

QUERY_ASK(get_vps)
{
    return vps_read_store_find(args, query_id(message->get_vps->vps_id), query_scope(message));
}

QUERY_ANSWER(get_vps)
{
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    Slipway__V1__Vps vps;

    (void)query;
    if (pg_rows_count(rows) == 0)
        return query_answer_not_found(ret_packed, error);
    vps_read_store_row(rows, 0, &vps);
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_VPS;
    result.vps = &vps;
    return query_pack(&result, ret_packed, error);
}

QUERY_ASK(list_vps)
{
    const Slipway__V1__ListVps *list = message->list_vps;
    const struct vps_filter filter = {
        .user = query_list_user(message, list->user_id),
        .before_id = query_before(list->before_id),
        .limit = query_limit(list->limit) + 1,
        .status = list->status,
        .location_code = list->location_code,
    };

    return vps_read_store_list(args, &filter);
}

QUERY_ANSWER(list_vps)
{
    const Slipway__V1__ListVps *asked = query->message->list_vps;
    const int count = query_page_length(rows, asked->limit);
    CLEANUP(cleanup_free) Slipway__V1__Vps *items = calloc((size_t)count + 1, sizeof(items[0]));
    CLEANUP(cleanup_free) Slipway__V1__Vps **page = calloc((size_t)count + 1, sizeof(void *));
    Slipway__V1__VpsList list = SLIPWAY__V1__VPS_LIST__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    if (items == NULL || page == NULL)
        return error_set(error, FAULT_HARD, "no memory for a list");
    if (query_list_user(query->message, asked->user_id) == QUERY_NOBODY)
        return query_answer_not_found(ret_packed, error);
    for (int row = 0; row < count; ++row) {
        page[row] = &items[row];
        vps_read_store_row(rows, row, page[row]);
    }
    list.n_items = (size_t)count;
    list.items = page;
    list.next_before_id = count < pg_rows_count(rows) ? page[count - 1]->vps_id : 0;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_VPS_LIST;
    result.vps_list = &list;
    return query_pack(&result, ret_packed, error);
}

QUERY_ASK(get_credentials)
{
    return vps_read_store_find_credentials(args, query_id(message->get_credentials->vps_id),
                                           query_scope(message));
}

QUERY_ANSWER(get_credentials)
{
    Slipway__V1__Credentials credentials;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    struct problem problem = {0};
    const char *status;

    if (pg_rows_count(rows) == 0)
        return query_answer_not_found(ret_packed, error);
    status = vps_read_store_credentials_row(rows, &credentials);
    /* Of a machine that is being replaced the old login is void, and the new one is not there yet.
     */
    if (strcmp(status, "active") != 0 && strcmp(status, "suspended") != 0) {
        (void)problem_set(&problem, PROBLEM_STATE_CONFLICT,
                          "The server is %s; only one that stands has credentials.", status);
        return query_refuse(&problem, query->message, ret_packed, error);
    }
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_CREDENTIALS;
    result.credentials = &credentials;
    return query_pack(&result, ret_packed, error);
}
