#include "services/billing/checkout_store.h"

static const struct pg_statement lock = {
    "checkout_lock",
    "SELECT 1 FROM billing.batches WHERE total > 1 AND kind = 'checkout' AND id = ANY"
    " (ARRAY(SELECT v.batch_id FROM billing.vps v WHERE v.id = ANY ($1::bigint[])))"
    " ORDER BY id FOR NO KEY UPDATE",
};

/* A statement of its own, so that it sees what was committed while the lock was waited for. */
static const struct pg_statement count_items = {
    "checkout_count",
    "SELECT b.id, b.total, count(*) FILTER (WHERE v.applied_sequence > 0),"
    " count(*) FILTER (WHERE v.status = 'failed'), sum(v.price_cents)::bigint,"
    " coalesce(sum(v.price_cents) FILTER (WHERE v.status = 'failed'), 0)::bigint"
    " FROM billing.batches b JOIN billing.checkout_items v ON v.checkout_id = b.id"
    " WHERE b.total > 1 AND b.kind = 'checkout' AND b.id = ANY"
    " (ARRAY(SELECT o.batch_id FROM billing.vps o WHERE o.id = ANY ($1::bigint[])))"
    " GROUP BY b.id ORDER BY b.id",
};

int checkout_store_queue_lock(struct pg *pg, const struct pg_array *vps_ids, struct error *error)
{
    struct pg_args args = {0};
    int result;

    pg_args_array(&args, vps_ids);
    result = pg_pipeline_queue(pg, &lock, &args, error);
    return result == 0 ? pg_pipeline_queue(pg, &count_items, &args, error) : result;
}

int checkout_store_take_lock(struct pg *pg, struct checkout **ret_checkouts, size_t *ret_count,
                             struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *locked = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct checkout *checkouts;
    int result = pg_pipeline_take(pg, &locked, error);

    if (result == 0)
        result = pg_pipeline_take(pg, &rows, error);
    if (result < 0)
        return result;
    checkouts = calloc((size_t)pg_rows_count(rows) + 1, sizeof(*checkouts));
    if (checkouts == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (int row = 0; row < pg_rows_count(rows); ++row)
        checkouts[row] = (struct checkout){
            .id = pg_rows_i64(rows, row, 0),
            .total = (uint32_t)pg_rows_i64(rows, row, 1),
            .ended = (uint32_t)pg_rows_i64(rows, row, 2),
            .failed = (uint32_t)pg_rows_i64(rows, row, 3),
            .charged_cents = pg_rows_i64(rows, row, 4),
            .refunded_cents = pg_rows_i64(rows, row, 5),
        };
    *ret_checkouts = checkouts;
    *ret_count = (size_t)pg_rows_count(rows);
    return 0;
}
