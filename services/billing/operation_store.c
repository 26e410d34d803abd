#include "services/billing/operation_store.h"

#include "lib/base/cleanup.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "o.vps_id, o.sequence, o.batch_id, o.action::text, o.status::text, coalesce(o.os_code, ''),"   \
    " coalesce(o.error_code, ''), coalesce(o.error_detail, '')"

/* Whether a named one tells of the login that the server has now is asked in the same breath. */
static const struct pg_statement find_operations = {
    "operation_find",
    "SELECT " COLUMNS ", NOT EXISTS (SELECT FROM billing.operations l WHERE l.vps_id = o.vps_id"
    " AND l.sequence > o.sequence AND l.status = 'done' AND l.action IN ('password', 'reinstall'))"
    " FROM unnest($2::bigint[], $3::bigint[]) AS w (vps_id, sequence)"
    " JOIN billing.operations o ON o.vps_id = w.vps_id AND o.sequence = w.sequence"
    " UNION SELECT " COLUMNS ", false FROM billing.operations o WHERE o.vps_id = ANY ($1::bigint[])"
    " AND o.status IN ('queued', 'running')"
    " AND (o.vps_id, o.sequence) NOT IN (SELECT unnest($2::bigint[]), unnest($3::bigint[]))"
    " ORDER BY 1, 2",
};

static const struct pg_statement find_places = {
    "operation_find_places",
    "SELECT v.id, v.location_code, n.name, n.uri, coalesce(host(v.address), ''),"
    " coalesce(host(p.gateway), ''), coalesce(p.prefix_length, 0),"
    " host(p.first_address6 + (v.address - p.first_address)), host(p.gateway6),"
    " coalesce(p.prefix_length6, 0)"
    " FROM billing.vps v JOIN billing.nodes n ON n.id = v.node_id"
    " LEFT JOIN billing.address_pools p ON p.id = v.pool_id WHERE v.id = ANY ($1::bigint[])",
};

static const struct pg_statement insert = {
    "operation_insert",
    "INSERT INTO billing.operations (vps_id, sequence, batch_id, action, status, os_code,"
    " error_code, error_detail, created_at, updated_at) SELECT o.vps_id, o.sequence, o.batch_id,"
    " o.action::billing.operation_action, o.status::billing.operation_status, o.os_code,"
    " o.error_code, o.error_detail, $9, $9 FROM unnest($1::bigint[], $2::bigint[], $3::bigint[],"
    " $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])"
    " AS o (vps_id, sequence, batch_id, action, status, os_code, error_code, error_detail)",
};

static const struct pg_statement update = {
    "operation_update",
    "UPDATE billing.operations o SET status = c.status::billing.operation_status,"
    " error_code = c.error_code, error_detail = c.error_detail, updated_at = $6"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])"
    " AS c (vps_id, sequence, status, error_code, error_detail)"
    " WHERE o.vps_id = c.vps_id AND o.sequence = c.sequence",
};

static const char *const action_names[OPERATION_ACTION_COUNT] = {
    [OPERATION_START] = "start",         [OPERATION_STOP] = "stop",
    [OPERATION_REBOOT] = "reboot",       [OPERATION_TOGGLE] = "power_toggle",
    [OPERATION_REINSTALL] = "reinstall", [OPERATION_PASSWORD] = "password",
    [OPERATION_DELETE] = "delete",
};

static const char *const status_names[OPERATION_STATUS_COUNT] = {
    [OPERATION_QUEUED] = "queued",
    [OPERATION_RUNNING] = "running",
    [OPERATION_DONE] = "done",
    [OPERATION_FAILED] = "failed",
};

const char *operation_action_name(enum operation_action action)
{
    return action_names[action];
}

const char *operation_batch_kind(enum operation_action action)
{
    static const char *const kinds[OPERATION_ACTION_COUNT] = {
        [OPERATION_START] = "power",         [OPERATION_STOP] = "power",
        [OPERATION_REBOOT] = "power",        [OPERATION_TOGGLE] = "power",
        [OPERATION_REINSTALL] = "reinstall", [OPERATION_PASSWORD] = "password",
        [OPERATION_DELETE] = "delete",
    };

    return kinds[action];
}

bool operation_is_open(const struct operation *operation)
{
    return operation->status == OPERATION_QUEUED || operation->status == OPERATION_RUNNING;
}

/* True: `name` is none of them. */
static bool find_name(const char *const *names, int count, const char *name, int *ret_index)
{
    for (int i = 0; i < count; ++i) {
        if (strcmp(names[i], name) == 0) {
            *ret_index = i;
            return false;
        }
    }
    return true;
}

void operation_rows_deinit(struct operation_rows *rows)
{
    pg_rows_free(rows->operation_rows);
    pg_rows_free(rows->place_rows);
    free(rows->operations);
    free(rows->places);
    *rows = (struct operation_rows){0};
}

int operation_store_queue_find(struct pg *pg, const struct operation_wants *wants,
                               struct error *error)
{
    struct pg_args operations = {0}, places = {0};
    int result;

    pg_args_array(&operations, wants->vps_ids);
    pg_args_array(&operations, wants->named_vps_ids);
    pg_args_array(&operations, wants->named_sequences);
    result = pg_pipeline_queue(pg, &find_operations, &operations, error);
    if (result < 0)
        return result;
    pg_args_array(&places, wants->place_vps_ids);
    return pg_pipeline_queue(pg, &find_places, &places, error);
}

static int read_operations(struct operation_rows *rows, struct error *error)
{
    const int count = pg_rows_count(rows->operation_rows);

    rows->capacity = (size_t)count + 1;
    rows->operations = calloc(rows->capacity, sizeof(*rows->operations));
    if (rows->operations == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (int row = 0; row < count; ++row) {
        int action, status;

        if (find_name(action_names, OPERATION_ACTION_COUNT,
                      pg_rows_text(rows->operation_rows, row, 3), &action) ||
            find_name(status_names, OPERATION_STATUS_COUNT,
                      pg_rows_text(rows->operation_rows, row, 4), &status))
            return error_set(error, FAULT_HARD, "an operation of an unknown kind");
        rows->operations[rows->count++] = (struct operation){
            .vps_id = pg_rows_i64(rows->operation_rows, row, 0),
            .sequence = pg_rows_i64(rows->operation_rows, row, 1),
            .batch_id = pg_rows_i64(rows->operation_rows, row, 2),
            .action = (enum operation_action)action,
            .status = (enum operation_status)status,
            .os_code = pg_rows_text(rows->operation_rows, row, 5),
            .error_code = pg_rows_text(rows->operation_rows, row, 6),
            .error_detail = pg_rows_text(rows->operation_rows, row, 7),
            .is_last_login = pg_rows_bool(rows->operation_rows, row, 8),
        };
    }
    return 0;
}

static int read_places(struct operation_rows *rows, struct error *error)
{
    const int count = pg_rows_count(rows->place_rows);

    rows->places = calloc((size_t)count + 1, sizeof(*rows->places));
    if (rows->places == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (int row = 0; row < count; ++row)
        rows->places[rows->place_count++] = (struct machine_place){
            .vps_id = pg_rows_i64(rows->place_rows, row, 0),
            .location_code = pg_rows_text(rows->place_rows, row, 1),
            .node_name = pg_rows_text(rows->place_rows, row, 2),
            .node_uri = pg_rows_text(rows->place_rows, row, 3),
            .address = pg_rows_text(rows->place_rows, row, 4),
            .gateway = pg_rows_text(rows->place_rows, row, 5),
            .prefix_length = pg_rows_i64(rows->place_rows, row, 6),
            .address6 = pg_rows_text(rows->place_rows, row, 7),
            .gateway6 = pg_rows_text(rows->place_rows, row, 8),
            .prefix_length6 = pg_rows_i64(rows->place_rows, row, 9),
        };
    return 0;
}

int operation_store_take_find(struct pg *pg, struct operation_rows *ret_rows, struct error *error)
{
    int result = pg_pipeline_take(pg, &ret_rows->operation_rows, error);

    if (result == 0)
        result = pg_pipeline_take(pg, &ret_rows->place_rows, error);
    if (result == 0)
        result = read_operations(ret_rows, error);
    if (result == 0)
        result = read_places(ret_rows, error);
    if (result < 0)
        operation_rows_deinit(ret_rows);
    return result;
}

struct operation *operation_rows_find_named(const struct operation_rows *rows, int64_t vps_id,
                                            int64_t sequence)
{
    for (size_t i = 0; i < rows->count; ++i)
        if (rows->operations[i].vps_id == vps_id && rows->operations[i].sequence == sequence)
            return &rows->operations[i];
    return NULL;
}

struct operation *operation_rows_find(const struct operation_rows *rows, int64_t vps_id,
                                      int64_t sequence)
{
    struct operation *operation = operation_rows_find_named(rows, vps_id, sequence);

    return operation != NULL && operation_is_open(operation) ? operation : NULL;
}

const struct operation *operation_rows_find_open(const struct operation_rows *rows, int64_t vps_id,
                                                 enum operation_action action)
{
    for (size_t i = rows->count; i > 0; --i) {
        const struct operation *operation = &rows->operations[i - 1];

        if (operation->vps_id == vps_id && operation->action == action &&
            operation_is_open(operation))
            return operation;
    }
    return NULL;
}

size_t operation_rows_count_open(const struct operation_rows *rows, int64_t vps_id,
                                 int64_t *ret_first_sequence)
{
    size_t count = 0;

    *ret_first_sequence = 0;
    for (size_t i = 0; i < rows->count; ++i) {
        const struct operation *operation = &rows->operations[i];

        if (operation->vps_id != vps_id || !operation_is_open(operation))
            continue;
        if (count++ == 0 || operation->sequence < *ret_first_sequence)
            *ret_first_sequence = operation->sequence;
    }
    return count;
}

const struct machine_place *operation_rows_place(const struct operation_rows *rows, int64_t vps_id)
{
    for (size_t i = 0; i < rows->place_count; ++i)
        if (rows->places[i].vps_id == vps_id)
            return &rows->places[i];
    return NULL;
}

struct operation *operation_rows_add(struct operation_rows *rows, const struct operation *operation)
{
    if (rows->count == rows->capacity) {
        const size_t capacity = rows->capacity * 2 + 8;
        struct operation *grown = realloc(rows->operations, capacity * sizeof(*grown));

        if (grown == NULL)
            return NULL;
        rows->operations = grown;
        rows->capacity = capacity;
    }
    rows->operations[rows->count] = *operation;
    rows->operations[rows->count].is_new = true;
    return &rows->operations[rows->count++];
}

bool operation_store_init(struct operation_writes *writes)
{
    static const enum pg_array_type added[] = {PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_I64,
                                               PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_TEXT,
                                               PG_ARRAY_TEXT, PG_ARRAY_TEXT};
    static const enum pg_array_type changed[] = {PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_TEXT,
                                                 PG_ARRAY_TEXT, PG_ARRAY_TEXT};

    return columns_init(&writes->added, added, ARRAY_LENGTH(added)) ||
           columns_init(&writes->changed, changed, ARRAY_LENGTH(changed));
}

void operation_store_deinit(struct operation_writes *writes)
{
    columns_deinit(&writes->added);
    columns_deinit(&writes->changed);
}

void operation_store_reset(struct operation_writes *writes)
{
    columns_reset(&writes->added);
    columns_reset(&writes->changed);
}

static void push_error(struct columns *columns, size_t first, const struct operation *operation)
{
    columns_push_nonempty(columns, first, operation->error_code);
    columns_push_nonempty(columns, first + 1, operation->error_detail);
}

static void push_added(struct columns *columns, const struct operation *operation)
{
    pg_array_push_number(columns->arrays[0], operation->vps_id);
    pg_array_push_number(columns->arrays[1], operation->sequence);
    pg_array_push_number(columns->arrays[2], operation->batch_id);
    pg_array_push_text(columns->arrays[3], action_names[operation->action]);
    pg_array_push_text(columns->arrays[4], status_names[operation->status]);
    columns_push_nonempty(columns, 5, operation->os_code);
    push_error(columns, 6, operation);
}

static void push_changed(struct columns *columns, const struct operation *operation)
{
    pg_array_push_number(columns->arrays[0], operation->vps_id);
    pg_array_push_number(columns->arrays[1], operation->sequence);
    pg_array_push_text(columns->arrays[2], status_names[operation->status]);
    push_error(columns, 3, operation);
}

void operation_store_push(struct operation_writes *writes, const struct operation_rows *rows)
{
    for (size_t i = 0; i < rows->count; ++i) {
        if (rows->operations[i].is_new)
            push_added(&writes->added, &rows->operations[i]);
        else if (rows->operations[i].changed)
            push_changed(&writes->changed, &rows->operations[i]);
    }
}

int operation_store_queue(struct pg *pg, const struct operation_writes *writes, int64_t now_us,
                          struct error *error)
{
    int result = columns_queue(&writes->added, pg, &insert, now_us, error);

    if (result == 0)
        result = columns_queue(&writes->changed, pg, &update, now_us, error);
    return result;
}
