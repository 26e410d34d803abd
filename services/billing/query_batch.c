#include "lib/base/encoding.h"
#include "services/billing/queries_private.h"
#include "services/billing/vps_read_store.h"

#include <string.h>

const char *query_split_batch_id(const char *text, int64_t *ret_id)
{
    static const char *const kinds[] = {"checkout",  "renewal",  "power",
                                        "reinstall", "password", "delete"};
    const char *colon = strchr(text, ':');
    uint64_t id;

    if (colon == NULL || decimal_parse_u64(colon + 1, &id))
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); ++i)
        if (strlen(kinds[i]) == (size_t)(colon - text) &&
            strncmp(kinds[i], text, strlen(kinds[i])) == 0) {
            *ret_id = query_id(id);
            return kinds[i];
        }
    return NULL;
}

QUERY_ASK(get_batch)
{
    int64_t id = QUERY_NOBODY;
    const char *kind = query_split_batch_id(message->get_batch->batch_id, &id);

    return batch_read_store_find(args, id, kind == NULL ? "" : kind, query_scope(message));
}

QUERY_ANSWER(get_batch)
{
    const size_t count = (size_t)pg_rows_count(rows);
    CLEANUP(cleanup_free) Slipway__V1__BatchItem *items = calloc(count + 1, sizeof(items[0]));
    CLEANUP(cleanup_free) Slipway__V1__BatchItem **list = calloc(count + 1, sizeof(void *));
    Slipway__V1__Batch batch;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    (void)query;
    if (items == NULL || list == NULL)
        return error_set(error, FAULT_HARD, "no memory for a batch");
    if (count == 0)
        return query_answer_not_found(ret_packed, error);
    batch_read_store_head(rows, &batch);
    for (size_t row = 0; row < count; ++row)
        if (batch_read_store_item(rows, (int)row, &items[row]))
            list[batch.n_items++] = &items[row];
    batch.items = list;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_BATCH;
    result.batch = &batch;
    return query_pack(&result, ret_packed, error);
}
