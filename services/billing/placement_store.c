#include "services/billing/placement_store.h"

static const struct pg_statement lock_nodes = {
    "placement_lock_nodes",
    "SELECT id, location_code, name, uri, vcpu, ram_mb, disk_gb, used_vcpu, used_ram_mb,"
    " used_disk_gb, drained FROM billing.nodes"
    " WHERE location_code = ANY ($1::text[]) OR id = ANY (ARRAY("
    "SELECT v.node_id FROM billing.vps v WHERE v.id = ANY ($2::bigint[])))"
    " ORDER BY id FOR NO KEY UPDATE",
};

static const struct pg_statement lock_pools = {
    "placement_lock_pools",
    "SELECT id, location_code, host(first_address), size, next_offset, prefix_length,"
    " host(gateway) FROM billing.address_pools"
    " WHERE location_code = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE",
};

static const struct pg_statement lock_released = {
    "placement_lock_released",
    "SELECT w.code, host(r.address), r.pool_id"
    " FROM unnest($1::text[], $2::bigint[]) AS w (code, most), LATERAL ("
    "SELECT a.address, a.pool_id FROM billing.released_addresses a WHERE a.location_code = w.code"
    " ORDER BY a.released_at LIMIT w.most FOR UPDATE SKIP LOCKED) AS r",
};

static const struct pg_statement move_nodes = {
    "placement_move_nodes",
    "UPDATE billing.nodes n SET used_vcpu = greatest(n.used_vcpu + d.vcpu, 0),"
    " used_ram_mb = greatest(n.used_ram_mb + d.ram, 0),"
    " used_disk_gb = greatest(n.used_disk_gb + d.disk, 0)"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
    " AS d (id, vcpu, ram, disk) WHERE n.id = d.id",
};

static const struct pg_statement move_pools = {
    "placement_move_pools",
    "UPDATE billing.address_pools p SET next_offset = d.next_offset"
    " FROM unnest($1::bigint[], $2::bigint[]) AS d (id, next_offset) WHERE p.id = d.id",
};

static const struct pg_statement take_addresses = {
    "placement_take_addresses",
    "DELETE FROM billing.released_addresses WHERE address = ANY ($1::text[]::inet[])",
};

static const struct pg_statement give_addresses = {
    "placement_give_addresses",
    "INSERT INTO billing.released_addresses (address, location_code, pool_id, released_at)"
    " SELECT a.address::inet, a.location_code, a.pool_id, $4"
    " FROM unnest($1::text[], $2::text[], $3::bigint[]) AS a (address, location_code, pool_id)",
};

void placement_rows_deinit(struct placement_rows *rows)
{
    free(rows->stock.nodes);
    free(rows->stock.pools);
    free(rows->stock.released);
    pg_rows_free(rows->nodes);
    pg_rows_free(rows->pools);
    pg_rows_free(rows->released);
    *rows = (struct placement_rows){0};
}

int placement_store_queue_lock(struct pg *pg, const struct placement_wants *wants,
                               struct error *error)
{
    struct pg_args nodes = {0}, pools = {0}, released = {0};
    int result;

    pg_args_array(&nodes, wants->location_codes);
    pg_args_array(&nodes, wants->left_vps_ids);
    result = pg_pipeline_queue(pg, &lock_nodes, &nodes, error);
    if (result < 0)
        return result;
    pg_args_array(&pools, wants->location_codes);
    result = pg_pipeline_queue(pg, &lock_pools, &pools, error);
    if (result < 0)
        return result;
    pg_args_array(&released, wants->location_codes);
    pg_args_array(&released, wants->counts);
    return pg_pipeline_queue(pg, &lock_released, &released, error);
}

/* True: the catalog does not know the location. */
static bool number_location(const struct catalog *catalog, const char *code, size_t *ret_location)
{
    const struct catalog_location *location = catalog_find_location(catalog, code);

    if (location == NULL)
        return true;
    *ret_location = (size_t)(location - catalog->locations);
    return false;
}

static void read_nodes(const struct pg_rows *rows, const struct catalog *catalog,
                       struct placement_stock *stock)
{
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        struct placement_node node = {
            .id = pg_rows_i64(rows, row, 0),
            .name = pg_rows_text(rows, row, 2),
            .uri = pg_rows_text(rows, row, 3),
            .total = {.vcpu = pg_rows_i64(rows, row, 4),
                      .ram_mb = pg_rows_i64(rows, row, 5),
                      .disk_gb = pg_rows_i64(rows, row, 6)},
            .used = {.vcpu = pg_rows_i64(rows, row, 7),
                      .ram_mb = pg_rows_i64(rows, row, 8),
                      .disk_gb = pg_rows_i64(rows, row, 9)},
            .drained = pg_rows_bool(rows, row, 10),
        };

        if (!number_location(catalog, pg_rows_text(rows, row, 1), &node.location))
            stock->nodes[stock->node_count++] = node;
    }
}

static void read_pools(const struct pg_rows *rows, const struct catalog *catalog,
                       struct placement_stock *stock)
{
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        struct placement_pool pool = {
            .id = pg_rows_i64(rows, row, 0),
            .first_address = pg_rows_text(rows, row, 2),
            .size = pg_rows_i64(rows, row, 3),
            .next_offset = pg_rows_i64(rows, row, 4),
            .prefix_length = (int32_t)pg_rows_i64(rows, row, 5),
            .gateway = pg_rows_text(rows, row, 6),
        };

        if (!number_location(catalog, pg_rows_text(rows, row, 1), &pool.location))
            stock->pools[stock->pool_count++] = pool;
    }
}

static void read_released(const struct pg_rows *rows, const struct catalog *catalog,
                          struct placement_stock *stock)
{
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        struct placement_released released = {
            .address = pg_rows_text(rows, row, 1),
            .pool_id = pg_rows_i64(rows, row, 2),
        };

        if (!number_location(catalog, pg_rows_text(rows, row, 0), &released.location))
            stock->released[stock->released_count++] = released;
    }
}

/* Leaves nothing behind for the cleanup to find. */
static struct placement_rows move_rows(struct placement_rows *rows)
{
    const struct placement_rows moved = *rows;

    *rows = (struct placement_rows){0};
    return moved;
}

int placement_store_take_lock(struct pg *pg, const struct catalog *catalog,
                              struct placement_rows *ret_rows, struct error *error)
{
    CLEANUP(placement_rows_deinit) struct placement_rows rows = {0};
    int result = pg_pipeline_take(pg, &rows.nodes, error);

    if (result == 0)
        result = pg_pipeline_take(pg, &rows.pools, error);
    if (result == 0)
        result = pg_pipeline_take(pg, &rows.released, error);
    if (result < 0)
        return result;
    rows.stock.nodes = calloc((size_t)pg_rows_count(rows.nodes) + 1, sizeof(*rows.stock.nodes));
    rows.stock.pools = calloc((size_t)pg_rows_count(rows.pools) + 1, sizeof(*rows.stock.pools));
    rows.stock.released =
        calloc((size_t)pg_rows_count(rows.released) + 1, sizeof(*rows.stock.released));
    if (rows.stock.nodes == NULL || rows.stock.pools == NULL || rows.stock.released == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    read_nodes(rows.nodes, catalog, &rows.stock);
    read_pools(rows.pools, catalog, &rows.stock);
    read_released(rows.released, catalog, &rows.stock);
    *ret_rows = move_rows(&rows);
    return 0;
}

bool placement_store_init(struct placement_writes *writes)
{
    static const enum pg_array_type nodes[] = {PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64,
                                               PG_ARRAY_I64};
    static const enum pg_array_type pools[] = {PG_ARRAY_I64, PG_ARRAY_I64};
    static const enum pg_array_type taken[] = {PG_ARRAY_TEXT};
    static const enum pg_array_type given[] = {PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I64};

    return columns_init(&writes->nodes, nodes, ARRAY_LENGTH(nodes)) ||
           columns_init(&writes->pools, pools, ARRAY_LENGTH(pools)) ||
           columns_init(&writes->taken, taken, ARRAY_LENGTH(taken)) ||
           columns_init(&writes->given, given, ARRAY_LENGTH(given));
}

void placement_store_deinit(struct placement_writes *writes)
{
    columns_deinit(&writes->nodes);
    columns_deinit(&writes->pools);
    columns_deinit(&writes->taken);
    columns_deinit(&writes->given);
}

void placement_store_reset(struct placement_writes *writes)
{
    columns_reset(&writes->nodes);
    columns_reset(&writes->pools);
    columns_reset(&writes->taken);
    columns_reset(&writes->given);
}

static void push_node(struct columns *columns, const struct placement_node *node)
{
    if (node->moved.vcpu == 0 && node->moved.ram_mb == 0 && node->moved.disk_gb == 0)
        return;
    pg_array_push_number(columns->arrays[0], node->id);
    pg_array_push_number(columns->arrays[1], node->moved.vcpu);
    pg_array_push_number(columns->arrays[2], node->moved.ram_mb);
    pg_array_push_number(columns->arrays[3], node->moved.disk_gb);
}

void placement_store_push(struct placement_writes *writes, const struct placement_stock *stock)
{
    for (size_t i = 0; i < stock->node_count; ++i)
        push_node(&writes->nodes, &stock->nodes[i]);
    for (size_t i = 0; i < stock->pool_count; ++i) {
        if (!stock->pools[i].moved)
            continue;
        pg_array_push_number(writes->pools.arrays[0], stock->pools[i].id);
        pg_array_push_number(writes->pools.arrays[1], stock->pools[i].next_offset);
    }
    for (size_t i = 0; i < stock->released_count; ++i)
        if (stock->released[i].taken)
            pg_array_push_text(writes->taken.arrays[0], stock->released[i].address);
}

void placement_store_push_given(struct placement_writes *writes, const char *address,
                                const char *location_code, int64_t pool_id)
{
    pg_array_push_text(writes->given.arrays[0], address);
    pg_array_push_text(writes->given.arrays[1], location_code);
    pg_array_push_number(writes->given.arrays[2], pool_id);
}

int placement_store_queue(struct pg *pg, const struct placement_writes *writes, int64_t now_us,
                          struct error *error)
{
    int result = columns_queue_timeless(&writes->nodes, pg, &move_nodes, error);

    if (result == 0)
        result = columns_queue_timeless(&writes->pools, pg, &move_pools, error);
    if (result == 0)
        result = columns_queue_timeless(&writes->taken, pg, &take_addresses, error);
    if (result == 0)
        result = columns_queue(&writes->given, pg, &give_addresses, now_us, error);
    return result;
}
