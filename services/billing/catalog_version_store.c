#include "services/billing/catalog_version_store.h"

static const struct pg_statement read_version = {
    "catalog_version_read",
    "SELECT version FROM billing.catalog_version",
};

int catalog_version_store_queue(struct pg *pg, struct error *error)
{
    return pg_pipeline_queue(pg, &read_version, NULL, error);
}

int catalog_version_store_take(struct pg *pg, int64_t *ret_version, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    int result = pg_pipeline_take(pg, &rows, error);

    if (result < 0)
        return result;
    if (pg_rows_count(rows) != 1)
        return error_set(error, FAULT_HARD, "the catalog has no version");
    *ret_version = pg_rows_i64(rows, 0, 0);
    return 0;
}
