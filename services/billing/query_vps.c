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

/* The API's limit; nobody asks for more. */
enum { CARDS_MAX = 1000 };

QUERY_LIST(list_vps_cards)
{
    const Slipway__V1__ListVpsCards *asked = message->list_vps_cards;

    for (size_t i = 0; i < asked->n_vps_ids && i < CARDS_MAX; ++i)
        pg_array_push_number(ret_ids, query_id(asked->vps_ids[i]));
}

QUERY_ASK(list_vps_cards)
{
    return vps_read_store_list_cards(args, query_scope(message));
}

/* One that stands, as the reader of the row found it; else the id alone. */
static void fill_card(const struct pg_rows *rows, int row, Slipway__V1__Vps *vps,
                      Slipway__V1__VpsCard *ret_card)
{
    slipway__v1__vps_card__init(ret_card);
    if (vps_read_store_card_row(rows, row, &ret_card->vps_id, vps))
        ret_card->vps = vps;
}

QUERY_ANSWER(list_vps_cards)
{
    const size_t count = (size_t)pg_rows_count(rows);
    CLEANUP(cleanup_free) Slipway__V1__Vps *servers = calloc(count + 1, sizeof(servers[0]));
    CLEANUP(cleanup_free) Slipway__V1__VpsCard *cards = calloc(count + 1, sizeof(cards[0]));
    CLEANUP(cleanup_free) Slipway__V1__VpsCard **list = calloc(count + 1, sizeof(void *));
    Slipway__V1__VpsCardList answer = SLIPWAY__V1__VPS_CARD_LIST__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    (void)query;
    if (servers == NULL || cards == NULL || list == NULL)
        return error_set(error, FAULT_HARD, "no memory for cards");
    for (size_t i = 0; i < count; ++i) {
        list[i] = &cards[i];
        fill_card(rows, (int)i, &servers[i], list[i]);
    }
    answer.n_cards = count;
    answer.cards = list;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_VPS_CARDS;
    result.vps_cards = &answer;
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

QUERY_ASK(get_console)
{
    return vps_read_store_find_console(args, query_id(message->get_console->vps_id),
                                       query_scope(message));
}

/* > 0: there is no screen now. Of a power state that nobody knows the node has the last word. */
static int judge_console(const struct console_row *row, struct problem *problem)
{
    if (strcmp(row->status, "active") != 0)
        return problem_set(problem, PROBLEM_CONSOLE_UNAVAILABLE,
                           "The server is %s; only an active one has a screen.", row->status);
    if (strcmp(row->power_state, "stopped") == 0 || strcmp(row->power_state, "missing") == 0)
        return problem_set(problem, PROBLEM_CONSOLE_UNAVAILABLE,
                           "The machine is %s; only one that runs has a screen.", row->power_state);
    if (row->console.console_url[0] == '\0')
        return problem_set(problem, PROBLEM_CONSOLE_UNAVAILABLE,
                           "The server's node offers no screens.");
    return 0;
}

QUERY_ANSWER(get_console)
{
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    struct problem problem = {0};
    struct console_row row;

    if (pg_rows_count(rows) == 0)
        return query_answer_not_found(ret_packed, error);
    vps_read_store_console_row(rows, &row);
    if (judge_console(&row, &problem) != 0)
        return query_refuse(&problem, query->message, ret_packed, error);
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_CONSOLE;
    result.console = &row.console;
    return query_pack(&result, ret_packed, error);
}
