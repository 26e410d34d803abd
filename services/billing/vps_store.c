#include "services/billing/vps_store.h"

/* Arrays are unnested side by side in a SELECT list where it is hot: unnest() of several arrays in
 * FROM writes each of them to a store first, which doubles the cost of a row. */

static const struct pg_statement insert_orders = {
    "vps_insert_orders",
    "INSERT INTO billing.vps (id, user_id, batch_id, item_index, plan_code, location_code,"
    " os_code, period_months, price_cents, status, node_id, pool_id, address, sequence,"
    " created_at, updated_at, expires_at, due_at) SELECT v.id, v.user_id, v.batch_id, v.item_index,"
    " v.plan, v.location, v.os, v.months, v.price, 'pending', v.node_id, v.pool_id,"
    " v.address::inet, 1, $15, $15, v.expires, v.due FROM (SELECT unnest($1::bigint[]) AS id,"
    " unnest($2::bigint[]) AS user_id, unnest($3::bigint[]) AS batch_id, unnest($4::integer[])"
    " AS item_index, unnest($5::text[]) AS plan, unnest($6::text[]) AS location,"
    " unnest($7::text[]) AS os, unnest($8::integer[]) AS months, unnest($9::bigint[]) AS price,"
    " unnest($10::bigint[]) AS node_id, unnest($11::bigint[]) AS pool_id, unnest($12::text[])"
    " AS address, unnest($13::timestamptz[]) AS expires, unnest($14::timestamptz[]) AS due) AS v",
};

static const struct pg_statement insert_batches = {
    "vps_insert_batches",
    "INSERT INTO billing.batches (id, kind, user_id, total, created_at) SELECT b.id,"
    " b.kind::billing.batch_kind, b.user_id, b.total, $5 FROM (SELECT unnest($1::bigint[]) AS id,"
    " unnest($2::text[]) AS kind, unnest($3::bigint[]) AS user_id, unnest($4::integer[]) AS total)"
    " AS b",
};

static const struct pg_statement lock = {
    "vps_lock",
    "SELECT id, user_id, batch_id, item_index, plan_code, location_code, price_cents, status::text,"
    " node_id, pool_id, coalesce(host(address), ''), sequence, applied_sequence, error_code, "
    "error_detail,"
    " inspected_at, os_code, expires_at, due_at, coalesce(noticed_days, 0),"
    " coalesce(machine_uuid, '') FROM billing.vps WHERE id = ANY ($1::bigint[]) ORDER BY id"
    " FOR NO KEY UPDATE",
};

static const struct pg_statement update_changes = {
    "vps_update_changes",
    "UPDATE billing.vps v SET status = c.status::billing.vps_status,"
    " sequence = c.sequence, applied_sequence = c.applied_sequence,"
    " power_state = coalesce(c.power_state::billing.power_state, v.power_state),"
    " inspected_at = coalesce(c.inspected_at, v.inspected_at),"
    " address = CASE WHEN c.keeps_address THEN v.address END,"
    " machine_uuid = coalesce(c.machine_uuid, v.machine_uuid), port = coalesce(c.port, v.port),"
    " login = coalesce(c.login, v.login),"
    " sealed_password = coalesce(c.sealed_password, v.sealed_password),"
    " seal_key_id = coalesce(c.seal_key_id, v.seal_key_id),"
    " error_code = coalesce(c.error_code, v.error_code),"
    " error_detail = coalesce(c.error_detail, v.error_detail), os_code = c.os_code,"
    " expires_at = c.expires_at, due_at = c.due_at, noticed_days = c.noticed_days,"
    " settlement_id = coalesce(c.settlement_id, v.settlement_id), updated_at = $20"
    " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[],"
    " $6::boolean[], $7::text[], $8::integer[], $9::text[], $10::bytea[], $11::integer[],"
    " $12::text[], $13::text[], $14::bigint[], $15::text[], $16::timestamptz[],"
    " $17::timestamptz[], $18::integer[], $19::bigint[]) AS c (id, status, applied_sequence, "
    "power_state,"
    " inspected_at, keeps_address, machine_uuid, port, login, sealed_password, seal_key_id,"
    " error_code, error_detail, sequence, os_code, expires_at, due_at, noticed_days, settlement_id)"
    " WHERE v.id = c.id",
};

bool vps_store_init_orders(struct columns *columns)
{
    static const enum pg_array_type types[] = {
        PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_I32,  PG_ARRAY_TEXT,
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I32,  PG_ARRAY_I64,  PG_ARRAY_I64,
        PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_TIME, PG_ARRAY_TIME,
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
    pg_array_push_number(arrays[13], order->due_at_us);
}

int vps_store_queue_orders(struct pg *pg, const struct columns *columns, int64_t now_us,
                           struct error *error)
{
    return columns_queue(columns, pg, &insert_orders, now_us, error);
}

bool vps_store_init_batches(struct columns *columns)
{
    static const enum pg_array_type types[] = {PG_ARRAY_I64, PG_ARRAY_TEXT, PG_ARRAY_I64,
                                               PG_ARRAY_I32};

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void vps_store_push_batch(struct columns *columns, int64_t id, const char *kind, int64_t user_id,
                          uint32_t total)
{
    pg_array_push_number(columns->arrays[0], id);
    pg_array_push_text(columns->arrays[1], kind);
    pg_array_push_number(columns->arrays[2], user_id);
    pg_array_push_number(columns->arrays[3], total);
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
        .os_code = pg_rows_text(rows, row, 16),
        .expires_at_us = pg_rows_time_us(rows, row, 17),
        .due_at_us = pg_rows_time_us(rows, row, 18),
        .noticed_days = pg_rows_i64(rows, row, 19),
        .machine_uuid = pg_rows_text(rows, row, 20),
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
        PG_ARRAY_I32,  PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I64,  PG_ARRAY_TEXT,
        PG_ARRAY_TIME, PG_ARRAY_TIME, PG_ARRAY_I32,  PG_ARRAY_I64,
    };

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

/* The columns of the login: a new machine's, or a new password of the one that stands. */
static void push_login(struct columns *columns, const struct machine *machine)
{
    const Slipway__V1__MachineBuilt *built = machine->built;
    const Slipway__V1__PasswordSet *password = machine->password;

    columns_push_text(columns, 6, built != NULL ? built->machine_uuid : NULL);
    columns_push_id(columns, 7, built != NULL ? (int32_t)built->port : 0);
    if (built == NULL && password == NULL) {
        for (size_t i = 8; i <= 10; ++i)
            pg_array_push_null(columns->arrays[i]);
        return;
    }
    const ProtobufCBinaryData *sealed =
        password != NULL ? &password->sealed_password : &built->sealed_password;

    pg_array_push_text(columns->arrays[8], password != NULL ? password->login : built->login);
    pg_array_push_bytes(columns->arrays[9], sealed->data, sealed->len);
    pg_array_push_number(columns->arrays[10],
                         password != NULL ? password->seal_key_id : built->seal_key_id);
}

void vps_store_push_change(struct columns *columns, const struct machine *machine)
{
    pg_array_push_number(columns->arrays[0], machine->id);
    pg_array_push_text(columns->arrays[1], lifecycle_status_name(machine->status));
    pg_array_push_number(columns->arrays[2], machine->applied_sequence);
    columns_push_text(columns, 3, machine->power_state);
    columns_push_id(columns, 4, machine->inspected_at_us);
    pg_array_push_number(columns->arrays[5], machine->address[0] != '\0');
    push_login(columns, machine);
    columns_push_nonempty(columns, 11, machine->error_code);
    columns_push_nonempty(columns, 12, machine->error_detail);
    pg_array_push_number(columns->arrays[13], machine->sequence);
    pg_array_push_text(columns->arrays[14], machine->os_code);
    pg_array_push_number(columns->arrays[15], machine->expires_at_us);
    columns_push_id(columns, 16, machine->due_at_us);
    columns_push_id(columns, 17, machine->noticed_days);
    columns_push_id(columns, 18, machine->settlement_id);
}

int vps_store_queue_changes(struct pg *pg, const struct columns *columns, int64_t now_us,
                            struct error *error)
{
    return columns_queue(columns, pg, &update_changes, now_us, error);
}
