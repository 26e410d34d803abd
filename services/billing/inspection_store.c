#include "services/billing/inspection_store.h"

#include "services/billing/queries_private.h"

/* Both walk along the primary key, so a look costs the same however many servers there are. */
static const struct pg_statement find_end = {
    "inspection_find_end",
    "SELECT coalesce(max(id), 0) FROM"
    " (SELECT id FROM billing.vps WHERE id > $1 ORDER BY id LIMIT $2) stretch"};

/* A server that was just built counts as looked at. */
static const struct pg_statement list_due = {
    "inspection_list",
    "SELECT v.id, v.sequence, v.user_id, v.location_code, n.name, n.uri, host(v.address),"
    "       p.prefix_length, host(p.gateway)"
    "  FROM billing.vps v JOIN billing.nodes n ON n.id = v.node_id"
    "  JOIN billing.address_pools p ON p.id = v.pool_id"
    " WHERE v.id > $1 AND v.id <= $2 AND v.status = 'active' AND v.address IS NOT NULL"
    "   AND coalesce(v.inspected_at, v.updated_at) < $3"
    " ORDER BY v.id LIMIT $4"};

int inspection_store_find_end(struct pg *pg, int64_t after_id, int64_t size, int64_t *ret_end_id,
                              struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_i64(&args, after_id);
    pg_args_i64(&args, size);
    result = pg_execute(pg, &find_end, &args, &rows, error);
    if (result == 0)
        *ret_end_id = pg_rows_i64(rows, 0, 0);
    return result;
}

int inspection_store_list(struct pg *pg, int64_t after_id, int64_t end_id, int64_t before_us,
                          int64_t limit, struct pg_rows **ret_rows, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, after_id);
    pg_args_i64(&args, end_id);
    pg_args_time(&args, before_us);
    pg_args_i64(&args, limit);
    return pg_execute(pg, &list_due, &args, ret_rows, error);
}

void inspection_store_row(const struct pg_rows *rows, int row,
                          Slipway__V1__MachineCommand *ret_command,
                          Slipway__V1__Placement *ret_placement)
{
    slipway__v1__placement__init(ret_placement);
    ret_placement->location_code = query_text(pg_rows_text(rows, row, 3));
    ret_placement->node_name = query_text(pg_rows_text(rows, row, 4));
    ret_placement->node_uri = query_text(pg_rows_text(rows, row, 5));
    ret_placement->address = query_text(pg_rows_text(rows, row, 6));
    ret_placement->prefix_length = (uint32_t)pg_rows_i64(rows, row, 7);
    ret_placement->gateway = query_text(pg_rows_text(rows, row, 8));
    slipway__v1__machine_command__init(ret_command);
    ret_command->vps_id = (uint64_t)pg_rows_i64(rows, row, 0);
    ret_command->sequence = (uint64_t)pg_rows_i64(rows, row, 1);
    ret_command->user_id = (uint64_t)pg_rows_i64(rows, row, 2);
    ret_command->placement = ret_placement;
}
