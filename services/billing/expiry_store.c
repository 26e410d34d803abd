#include "services/billing/expiry_store.h"

/* By the index on due_at, both ways. */
static const struct pg_statement list_due = {
    "expiry_list",
    "SELECT due_at, id, user_id FROM billing.vps"
    " WHERE (due_at, id) > ($1, $2) AND due_at <= $3"
    " ORDER BY due_at, id LIMIT $4",
};

int expiry_store_list(struct pg *pg, const struct expiry_cursor *after, int64_t until_us,
                      int64_t limit, struct pg_rows **ret_rows, struct error *error)
{
    struct pg_args args = {0};

    pg_args_time(&args, after->due_at_us);
    pg_args_i64(&args, after->vps_id);
    pg_args_time(&args, until_us);
    pg_args_i64(&args, limit);
    return pg_execute(pg, &list_due, &args, ret_rows, error);
}

void expiry_store_row(const struct pg_rows *rows, int row, struct expiry_cursor *ret_cursor,
                      int64_t *ret_user_id)
{
    ret_cursor->due_at_us = pg_rows_time_us(rows, row, 0);
    ret_cursor->vps_id = pg_rows_i64(rows, row, 1);
    *ret_user_id = pg_rows_i64(rows, row, 2);
}
