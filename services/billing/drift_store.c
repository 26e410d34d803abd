#include "services/billing/drift_store.h"

#include "lib/pg/transaction.h"
#include "services/billing/columns.h"
#include "services/billing/operator_log_store.h"

#define HOSTS                                                                                      \
    "SELECT DISTINCT ON (uri) name, uri, location_code, swept_at FROM "                            \
    "billing.nodes"

static const struct pg_transaction_options options = {
    .attempts = 5, .first_wait_ms = 20, .longest_wait_ms = 500, .idempotent = true};

static const struct pg_statement list_hosts = {"drift_list_hosts", HOSTS " ORDER BY uri, id"};

static const struct pg_statement count_unanswered = {
    "drift_count_unanswered", "SELECT count(*) FROM (" HOSTS " ORDER BY uri, id) h"
                              " WHERE swept_at IS NULL OR swept_at < $1"};

/* Nodes may share a URI: whoever stands at that host stands where it should. */
static const struct pg_statement find = {
    "drift_find",
    "INSERT INTO billing.drift AS d (node_name, vps_id, kind, machine_uuid, found_at, seen_at)"
    " SELECT $1, s.vps_id, (CASE WHEN v.status = 'suspended' AND n.uri = h.uri THEN 'running'"
    "  ELSE 'orphan' END)::billing.drift_kind,"
    "  CASE WHEN v.status = 'suspended' AND n.uri = h.uri THEN '' ELSE s.uuid END, $2, $2"
    " FROM unnest($4::bigint[], $5::text[], $6::boolean[]) AS s (vps_id, uuid, runs)"
    " JOIN billing.nodes h ON h.name = $1 LEFT JOIN billing.vps v ON v.id = s.vps_id"
    " LEFT JOIN billing.nodes n ON n.id = v.node_id"
    " WHERE v.id IS NULL OR n.uri IS DISTINCT FROM h.uri"
    "  OR (v.updated_at < $2 - make_interval(secs => $3) AND (v.status IN ('deleted', 'failed')"
    "      OR (v.status = 'suspended' AND s.runs)))"
    " ON CONFLICT (node_name, vps_id) DO UPDATE SET kind = excluded.kind,"
    "  machine_uuid = excluded.machine_uuid, seen_at = excluded.seen_at,"
    "  repair_at = CASE WHEN d.repaired_at IS NULL THEN d.repair_at END, repaired_at = NULL"};

/* What inspections of single servers, and the nodes' own events, have shown; while one is built
 * anew its server is not active. */
static const struct pg_statement find_missing = {
    "drift_find_missing",
    "INSERT INTO billing.drift AS d (node_name, vps_id, kind, machine_uuid, found_at, seen_at)"
    " SELECT $1, v.id, 'missing', '', $2, $2 FROM billing.vps v"
    " JOIN billing.nodes n ON n.id = v.node_id JOIN billing.nodes h ON h.name = $1"
    " WHERE v.power_state = 'missing' AND v.status = 'active' AND n.uri = h.uri"
    " ON CONFLICT (node_name, vps_id) DO UPDATE SET kind = excluded.kind, machine_uuid = '',"
    "  seen_at = excluded.seen_at,"
    "  repair_at = CASE WHEN d.repaired_at IS NULL THEN d.repair_at END, repaired_at = NULL"};

static const struct pg_statement forget = {
    "drift_forget", "DELETE FROM billing.drift WHERE node_name = $1 AND seen_at < $2"};

static const struct pg_statement note_swept = {
    "drift_note_swept", "UPDATE billing.nodes SET swept_at = greatest(swept_at, $2)"
                        " WHERE name = $1"};

static const struct pg_statement list = {
    "drift_list", "SELECT kind::text, node_name, vps_id, machine_uuid, found_at, repair_at"
                  " FROM billing.drift ORDER BY node_name, vps_id"};

static const struct pg_statement ask_repair = {
    "drift_ask_repair", "UPDATE billing.drift SET repair_at = $1 WHERE repair_at IS NULL"};

static const struct pg_statement take = {
    "drift_take",
    "WITH taken AS (UPDATE billing.drift d SET repaired_at = $3, repair_at = coalesce(repair_at, "
    "$3)"
    "  WHERE (node_name, vps_id) IN (SELECT node_name, vps_id FROM billing.drift"
    "   WHERE repaired_at IS NULL AND (repair_at IS NOT NULL OR ($1 AND seen_at > found_at))"
    "   ORDER BY node_name, vps_id LIMIT $2 FOR UPDATE SKIP LOCKED)"
    "  RETURNING kind, machine_uuid, vps_id, node_name)"
    " SELECT t.kind::text, t.machine_uuid, t.vps_id, n.name, n.uri, n.location_code"
    " FROM taken t JOIN billing.nodes n ON n.name = t.node_name"};

int drift_store_list_hosts(struct pg *pg, struct pg_rows **ret_rows, struct error *error)
{
    return pg_execute(pg, &list_hosts, NULL, ret_rows, error);
}

struct comparison {
    const Slipway__V1__NodeInspected *inspected;
    int64_t settle_s;
    struct columns seen;
};

static void comparison_deinit(struct comparison *comparison)
{
    columns_deinit(&comparison->seen);
}

static void push_seen(struct columns *columns, const Slipway__V1__SeenMachine *machine)
{
    pg_array_push_number(columns->arrays[0], (int64_t)machine->vps_id);
    pg_array_push_text(columns->arrays[1], machine->machine_uuid);
    pg_array_push_number(columns->arrays[2],
                         machine->power_state == SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING);
}

static void push_sweep(struct pg_args *args, const Slipway__V1__NodeInspected *inspected)
{
    pg_args_text(args, inspected->node_name);
    pg_args_time(args, inspected->asked_at_us);
}

static int end_sweep(struct pg *pg, const Slipway__V1__NodeInspected *inspected,
                     struct error *error)
{
    struct pg_args sweep = {0};
    int result;

    push_sweep(&sweep, inspected);
    result = pg_pipeline_queue(pg, &find_missing, &sweep, error);
    if (result == 0)
        result = pg_pipeline_queue(pg, &forget, &sweep, error);
    return result == 0 ? pg_pipeline_queue(pg, &note_swept, &sweep, error) : result;
}

static int compare(struct pg *pg, void *context, struct error *error)
{
    const struct comparison *comparison = context;
    struct pg_args args = {0};
    int result;

    push_sweep(&args, comparison->inspected);
    pg_args_i64(&args, comparison->settle_s);
    columns_args(&comparison->seen, &args);
    result = pg_pipeline_queue(pg, &find, &args, error);
    if (result == 0 && comparison->inspected->last)
        result = end_sweep(pg, comparison->inspected, error);
    return result;
}

int drift_store_compare(struct pg *pg, const Slipway__V1__NodeInspected *inspected,
                        int64_t settle_s, struct error *error)
{
    static const enum pg_array_type types[] = {PG_ARRAY_I64, PG_ARRAY_TEXT, PG_ARRAY_BOOL};
    CLEANUP(comparison_deinit)
    struct comparison comparison = {.inspected = inspected, .settle_s = settle_s};

    if (columns_init(&comparison.seen, types, ARRAY_LENGTH(types)))
        return error_set(error, FAULT_HARD, "no memory for a sweep");
    for (size_t i = 0; i < inspected->n_machines; ++i)
        push_seen(&comparison.seen, inspected->machines[i]);
    return pg_transaction(pg, &options, compare, &comparison, error);
}

int drift_store_count_unanswered(struct pg *pg, int64_t asked_at_us, int64_t *ret_count,
                                 struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_time(&args, asked_at_us);
    result = pg_execute(pg, &count_unanswered, &args, &rows, error);
    if (result == 0)
        *ret_count = pg_rows_i64(rows, 0, 0);
    return result;
}

int drift_store_list(struct pg *pg, struct pg_rows **ret_rows, struct error *error)
{
    return pg_execute(pg, &list, NULL, ret_rows, error);
}

static int mark(struct pg *pg, void *context, struct error *error)
{
    const int64_t *now_us = context;
    struct pg_args args = {0};
    int result;

    pg_args_time(&args, *now_us);
    result = pg_pipeline_queue(pg, &ask_repair, &args, error);
    return result == 0 ? operator_log_store_queue_act(pg, "repair_drift", "nodes", error) : result;
}

int drift_store_ask_repair(struct pg *pg, int64_t now_us, struct error *error)
{
    return pg_transaction(pg, &options, mark, &now_us, error);
}

int drift_store_take(struct pg *pg, bool all, int64_t limit, int64_t now_us,
                     struct pg_rows **ret_rows, struct error *error)
{
    struct pg_args args = {0};

    pg_args_bool(&args, all);
    pg_args_i64(&args, limit);
    pg_args_time(&args, now_us);
    return pg_execute(pg, &take, &args, ret_rows, error);
}

void drift_store_row(const struct pg_rows *rows, int row, struct drift *ret_drift)
{
    *ret_drift = (struct drift){
        .kind = pg_rows_text(rows, row, 0),
        .machine_uuid = pg_rows_text(rows, row, 1),
        .vps_id = pg_rows_i64(rows, row, 2),
        .node_name = pg_rows_text(rows, row, 3),
        .node_uri = pg_rows_text(rows, row, 4),
        .location_code = pg_rows_text(rows, row, 5),
    };
}
