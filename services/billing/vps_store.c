#include "services/billing/vps_store.h"

/* Arrays are unnested side by side in a SELECT list where it is hot: unnest() of several arrays in
 * FROM writes each of them to a store first, which doubles the cost of a row. */

static const struct pg_statement insert_orders = {
    "vps_insert_orders",
    "INSERT INTO billing.vps (id, user_id, batch_id, item_index, plan_code, location_code,"
    " os_code, period_months, price_cents, status, node_id, pool_id, address, sequence,"
    " created_at, updated_at, expires_at) SELECT v.id, v.user_id, v.batch_id, v.item_index,"
    " v.plan, v.location, v.os, v.months, v.price, 'pending', v.node_id, v.pool_id,"
    " v.address::inet, 1, $14, $14, v.expires FROM (SELECT unnest($1::bigint[]) AS id,"
    " unnest($2::bigint[]) AS user_id, unnest($3::bigint[]) AS batch_id, unnest($4::integer[])"
    " AS item_index, unnest($5::text[]) AS plan, unnest($6::text[]) AS location,"
    " unnest($7::text[]) AS os, unnest($8::integer[]) AS months, unnest($9::bigint[]) AS price,"
    " unnest($10::bigint[]) AS node_id, unnest($11::bigint[]) AS pool_id, unnest($12::text[])"
    " AS address, unnest($13::timestamptz[]) AS expires) AS v",
};

static const struct pg_statement insert_batches = {
    "vps_insert_batches",
    "INSERT INTO billing.batches (id, kind, user_id, total, created_at) SELECT b.id,"
    " 'checkout', b.user_id, b.total, $4 FROM (SELECT unnest($1::bigint[]) AS id,"
    " unnest($2::bigint[]) AS user_id, unnest($3::integer[]) AS total) AS b",
};

static const struct pg_statement lock = {
    "vps_lock",
    "SELECT id, user_id, batch_id, item_index, plan_code, location_code, price_cents, status::text,"
    " node_id, pool_id, host(address), sequence, applied_sequence, error_code, error_detail,"
    " inspected_at FROM billing.vps WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
};

static const struct pg_statement update_changes = {
    "vps_update_changes",
    "UPDATE billing.vps v SET status = c.status::billing.vps_status,"
    " applied_sequence = c.applied_sequence,"
    " power_state = coalesce(c.power_state::billing.power_state, v.power_state),"
    " inspected_at = coalesce(c.inspected_at, v.inspected_at),"
    " address = CASE WHEN c.keeps_address THEN v.address END,"
    " machine_uuid = coalesce(c.machine_uuid, v.machine_uuid), port = coalesce(c.port, v.port),"
    " login = coalesce(c.login, v.login),"
    " sealed_password = coalesce(c.sealed_password, v.sealed_password),"
    " seal_key_id = coalesce(c.seal_key_id, v.seal_key_id),"
    " error_code = coalesce(c.error_code, v.error_code),"
    " error_detail = coalesce(c.error_detail, v.error_detail), updated_at = $14"
    " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[],"
    " $6::boolean[], $7::text[], $8::integer[], $9::text[], $10::bytea[], $11::integer[],"
    " $12::text[], $13::text[]) AS c (id, status, applied_sequence, power_state, inspected_at,"
    " keeps_address, machine_uuid, port, login, sealed_password, seal_key_id, error_code,"
    " error_detail) WHERE v.id = c.id",
};

bool vps_store_init_orders(struct columns *columns)
{
    static const enum pg_array_type types[] = {
        PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_I32, PG_ARRAY_TEXT,
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I32,  PG_ARRAY_I64, PG_ARRAY_I64,
        PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_TIME,
    };

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void vps_store_push_order(struct columns *columns, const struct vps_order *order)
{
    struct pg_array *const *arrays = columns->arrays;

    pg_array_push_number(arrays[0], order->id);
    pg_array_push_number(arrays[1], order->user_id);
    pg_array_push_number(arrays[2], order->batch_id);
    pg_array_push_number(arrays[3], order->item_index);
    pg_array_push_text(arrays[4], order->plan_code);
    pg_array_push_text(arrays[5], order->location_code);
    pg_array_push_text(arrays[6], order->os_code);
    pg_array_push_number(arrays[7], order->period_months);
    pg_array_push_number(arrays[8], order->price_cents);
    pg_array_push_number(arrays[9], order->node_id);
    pg_array_push_number(arrays[10], order->pool_id);
    pg_array_push_text(arrays[11], order->address);
    pg_array_push_number(arrays[12], order->expires_at_us);
}

int vps_store_queue_orders(struct pg *pg, const struct columns *columns, int64_t now_us,
                           struct error *error)
{
    return columns_queue(columns, pg, &insert_orders, now_us, error);
}

bool vps_store_init_batches(struct columns *columns)
{
    static const enum pg_array_type types[] = {PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I32};

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void vps_store_push_batch(struct columns *columns, int64_t id, int64_t user_id, uint32_t total)
{
    pg_array_push_number(columns->arrays[0], id);
    pg_array_push_number(columns->arrays[1], user_id);
    pg_array_push_number(columns->arrays[2], total);
}

int vps_store_queue_batches(struct pg *pg, const struct columns *columns, int64_t now_us,
                            struct error *error)
{
    return columns_queue(columns, pg, &insert_batches, now_us, error);
}

int vps_store_queue_lock(struct pg *pg, const struct pg_array *ids, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, ids);
    return pg_pipeline_queue(pg, &lock, &args, error);
}

static int read_machine(const struct pg_rows *rows, int row, struct machine *ret_machine,
                        struct error *error)
{
    struct machine machine = {
        .id = pg_rows_i64(rows, row, 0),
        .user_id = pg_rows_i64(rows, row, 1),
        .batch_id = pg_rows_i64(rows, row, 2),
        .item_index = (uint32_t)pg_rows_i64(rows, row, 3),
        .plan_code = pg_rows_text(rows, row, 4),
        .location_code = pg_rows_text(rows, row, 5),
        .price_cents = pg_rows_i64(rows, row, 6),
        .node_id = pg_rows_i64(rows, row, 8),
        .pool_id = pg_rows_i64(rows, row, 9),
        .address = pg_rows_text(rows, row, 10),
        .sequence = pg_rows_i64(rows, row, 11),
        .applied_sequence = pg_rows_i64(rows, row, 12),
        .error_code = pg_rows_text(rows, row, 13),
        .error_detail = pg_rows_text(rows, row, 14),
        .inspected_at_us = pg_rows_time_us(rows, row, 15),
    };

    if (lifecycle_status_parse(pg_rows_text(rows, row, 7), &machine.status))
        return error_set(error, FAULT_HARD, "a server has an unknown status");
    *ret_machine = machine;
    return 0;
}

int vps_store_take_lock(struct pg *pg, struct pg_rows **ret_rows, struct machine **ret_machines,
                        size_t *ret_count, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    CLEANUP(cleanup_free) struct machine *machines = NULL;
    int result = pg_pipeline_take(pg, &rows, error);

    if (result < 0)
        return result;
    machines = calloc((size_t)pg_rows_count(rows) + 1, sizeof(*machines));
    if (machines == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        result = read_machine(rows, row, &machines[row], error);
        if (result < 0)
            return result;
    }
    *ret_count = (size_t)pg_rows_count(rows);
    *ret_machines = TAKE(machines);
    *ret_rows = TAKE(rows);
    return 0;
}

bool vps_store_init_changes(struct columns *columns)
{
    static const enum pg_array_type types[] = {
        PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_TIME,
        PG_ARRAY_BOOL, PG_ARRAY_TEXT, PG_ARRAY_I32,  PG_ARRAY_TEXT, PG_ARRAY_BYTES,
        PG_ARRAY_I32,  PG_ARRAY_TEXT, PG_ARRAY_TEXT,
    };

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

static const char *null_if_empty(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static void push_built(struct columns *columns, const Slipway__V1__MachineBuilt *built)
{
    if (built == NULL) {
        for (size_t i = 6; i <= 10; ++i)
            pg_array_push_null(columns->arrays[i]);
        return;
    }
    pg_array_push_text(columns->arrays[6], built->machine_uuid);
    pg_array_push_number(columns->arrays[7], (int32_t)built->port);
    pg_array_push_text(columns->arrays[8], built->login);
    pg_array_push_bytes(columns->arrays[9], built->sealed_password.data,
                        built->sealed_password.len);
    pg_array_push_number(columns->arrays[10], (int32_t)built->seal_key_id);
}

void vps_store_push_change(struct columns *columns, const struct machine *machine)
{
    pg_array_push_number(columns->arrays[0], machine->id);
    pg_array_push_text(columns->arrays[1], lifecycle_status_name(machine->status));
    pg_array_push_number(columns->arrays[2], machine->applied_sequence);
    columns_push_text(columns, 3, machine->power_state);
    columns_push_id(columns, 4, machine->inspected_at_us);
    pg_array_push_number(columns->arrays[5], machine->address[0] != '\0');
    push_built(columns, machine->built);
    columns_push_text(columns, 11, null_if_empty(machine->error_code));
    columns_push_text(columns, 12, null_if_empty(machine->error_detail));
}

int vps_store_queue_changes(struct pg *pg, const struct columns *columns, int64_t now_us,
                            struct error *error)
{
    return columns_queue(columns, pg, &update_changes, now_us, error);
}
