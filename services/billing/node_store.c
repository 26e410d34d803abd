#include "services/billing/node_store.h"

#include "lib/pg/transaction.h"
#include "services/billing/operator_log_store.h"
#include "services/billing/share_store.h"

#include <stdio.h>

static const struct pg_statement find_location = {
    "node_find_location", "SELECT location_code FROM billing.nodes WHERE name = $1"};

static const struct pg_statement set_drained = {
    "node_set_drained", "UPDATE billing.nodes SET drained = $2 WHERE name = $1"};

struct draining {
    const char *name;
    bool drained;
    /* Of the node's location; outlives the transaction that borrows it. */
    struct pg_array *location_codes;
};

static void draining_deinit(struct draining *draining)
{
    pg_array_free(draining->location_codes);
}

static int find(struct pg *pg, struct draining *draining, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_text(&args, draining->name);
    result = pg_pipeline_queue(pg, &find_location, &args, error);
    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    if (result == 0)
        result = pg_pipeline_take(pg, &rows, error);
    if (result != 0)
        return result;
    if (pg_rows_count(rows) == 0)
        return NODE_UNKNOWN;
    pg_array_reset(draining->location_codes);
    pg_array_push_text(draining->location_codes, pg_rows_text(rows, 0, 0));
    return 0;
}

/* A writer that holds a share of the location has committed, or finds it gone. */
static int drain(struct pg *pg, void *context, struct error *error)
{
    struct draining *draining = context;
    struct pg_args args = {0};
    char target[80];
    int result = find(pg, draining, error);

    if (result == 0)
        result = share_store_queue_recall_nodes(pg, draining->location_codes, error);
    pg_args_text(&args, draining->name);
    pg_args_bool(&args, draining->drained);
    if (result == 0)
        result = pg_pipeline_queue(pg, &set_drained, &args, error);
    (void)snprintf(target, sizeof(target), "node:%s", draining->name);
    if (result == 0)
        result = operator_log_store_queue_act(pg, draining->drained ? "drain_node" : "undrain_node",
                                              target, error);
    return result;
}

int node_store_drain(struct pg *pg, const char *name, bool drained, struct error *error)
{
    static const struct pg_transaction_options options = {
        .attempts = 5, .first_wait_ms = 20, .longest_wait_ms = 500, .idempotent = true};
    CLEANUP(draining_deinit)
    struct draining draining = {name, drained, pg_array_new(PG_ARRAY_TEXT)};

    if (draining.location_codes == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    return pg_transaction(pg, &options, drain, &draining, error);
}
