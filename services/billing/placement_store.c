#include "services/billing/placement_store.h"

#include "services/billing/share_store.h"

static const struct pg_statement lock_nodes = {
    "placement_lock_nodes",
    "SELECT n.id, n.location_code, n.name, n.uri, n.vcpu, n.ram_mb, n.disk_gb, s.vcpu, s.ram_mb,"
    " s.disk_gb, n.drained OR n.silent_since IS NOT NULL FROM billing.nodes n JOIN "
    "billing.node_shares s ON s.node_id = n.id"
    " WHERE n.location_code = ANY ($1::text[]) AND s.shard = $2"
    " ORDER BY s.node_id FOR NO KEY UPDATE OF s",
};

static const struct pg_statement lock_ranges = {
    "placement_lock_ranges",
    "SELECT r.id, p.location_code, p.id, host(p.first_address), r.next_offset, r.end_offset,"
    " p.prefix_length, host(p.gateway), host(p.first_address6), host(p.gateway6),"
    " coalesce(p.prefix_length6, 0) FROM billing.address_pools p"
    " JOIN billing.address_shares r ON r.pool_id = p.id"
    " WHERE p.location_code = ANY ($1::text[]) AND r.shard = $2"
    " ORDER BY r.id FOR NO KEY UPDATE OF r",
};

static const struct pg_statement lock_released = {
    "placement_lock_released",
    "SELECT w.code, host(r.address), r.pool_id, p.prefix_length, host(p.gateway),"
    " host(p.first_address6 + (r.address - p.first_address)), host(p.gateway6),"
    " coalesce(p.prefix_length6, 0) FROM unnest($1::text[], $2::bigint[]) AS w (code, most), "
    "LATERAL ("
    "SELECT a.address, a.pool_id FROM billing.released_addresses a WHERE a.location_code = w.code"
    " ORDER BY a.released_at LIMIT w.most FOR UPDATE SKIP LOCKED) AS r"
    " JOIN billing.address_pools p ON p.id = r.pool_id",
};

static const struct pg_statement move_nodes = {
    "placement_move_nodes",
    "UPDATE billing.node_shares s SET vcpu = s.vcpu - d.vcpu, ram_mb = s.ram_mb - d.ram,"
    " disk_gb = s.disk_gb - d.disk"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
    " AS d (id, vcpu, ram, disk) WHERE s.node_id = d.id AND s.shard = $5",
};

/* A range that is used up is gone. */
static const struct pg_statement move_ranges = {
    "placement_move_ranges",
    "WITH d AS (SELECT unnest($1::bigint[]) AS id, unnest($2::bigint[]) AS next_offset),"
    " ended AS (DELETE FROM billing.address_shares r USING d"
    " WHERE r.id = d.id AND r.end_offset = d.next_offset)"
    " UPDATE billing.address_shares r SET next_offset = d.next_offset FROM d"
    " WHERE r.id = d.id AND r.end_offset > d.next_offset",
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

/* The room of what is gone is the share's of whoever learns of it. */
static const struct pg_statement free_nodes = {
    "placement_free_nodes",
    "INSERT INTO billing.node_shares AS s (node_id, shard, vcpu, ram_mb, disk_gb)"
    " SELECT f.id, $5, sum(f.vcpu), sum(f.ram), sum(f.disk)"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
    " AS f (id, vcpu, ram, disk) GROUP BY f.id ORDER BY f.id"
    " ON CONFLICT (node_id, shard) DO UPDATE SET vcpu = s.vcpu + excluded.vcpu,"
    " ram_mb = s.ram_mb + excluded.ram_mb, disk_gb = s.disk_gb + excluded.disk_gb",
};

static const struct pg_statement note_silent = {
    "placement_note_silent",
    "UPDATE billing.nodes SET silent_since = $2"
    " WHERE id = ANY ($1::bigint[]) AND silent_since IS NULL",
};

static const struct pg_statement note_answering = {
    "placement_note_answering",
    "UPDATE billing.nodes SET silent_since = NULL"
    " WHERE id = ANY ($1::bigint[]) AND silent_since IS NOT NULL",
};

void placement_rows_deinit(struct placement_rows *rows)
{
    free(rows->stock.nodes);
    free(rows->stock.ranges);
    free(rows->stock.released);
    pg_rows_free(rows->nodes);
    pg_rows_free(rows->ranges);
    pg_rows_free(rows->released);
    *rows = (struct placement_rows){0};
}

static int queue_own(struct pg *pg, const struct pg_statement *statement,
                     const struct placement_wants *wants, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, wants->location_codes);
    pg_args_i32(&args, (int32_t)wants->shard);
    return pg_pipeline_queue(pg, statement, &args, error);
}

int placement_store_queue_lock(struct pg *pg, const struct placement_wants *wants,
                               struct error *error)
{
    struct pg_args released = {0};
    int result = share_store_queue_nodes(pg, wants, error);

    if (result == 0)
        result = queue_own(pg, &lock_nodes, wants, error);
    if (result == 0)
        result = share_store_queue_addresses(pg, wants, error);
    if (result == 0)
        result = queue_own(pg, &lock_ranges, wants, error);
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
            .free = {.vcpu = pg_rows_i64(rows, row, 7),
                      .ram_mb = pg_rows_i64(rows, row, 8),
                      .disk_gb = pg_rows_i64(rows, row, 9)},
            .drained = pg_rows_bool(rows, row, 10),
        };

        if (!number_location(catalog, pg_rows_text(rows, row, 1), &node.location))
            stock->nodes[stock->node_count++] = node;
    }
}

static struct placement_v6 read_v6(const struct pg_rows *rows, int row, int column)
{
    return (struct placement_v6){
        .address = pg_rows_text(rows, row, column),
        .gateway = pg_rows_text(rows, row, column + 1),
        .prefix_length = (int32_t)pg_rows_i64(rows, row, column + 2),
    };
}

static void read_ranges(const struct pg_rows *rows, const struct catalog *catalog,
                        struct placement_stock *stock)
{
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        struct placement_range range = {
            .id = pg_rows_i64(rows, row, 0),
            .pool_id = pg_rows_i64(rows, row, 2),
            .first_address = pg_rows_text(rows, row, 3),
            .next_offset = pg_rows_i64(rows, row, 4),
            .end_offset = pg_rows_i64(rows, row, 5),
            .prefix_length = (int32_t)pg_rows_i64(rows, row, 6),
            .gateway = pg_rows_text(rows, row, 7),
            .v6 = read_v6(rows, row, 8),
        };

        if (!number_location(catalog, pg_rows_text(rows, row, 1), &range.location))
            stock->ranges[stock->range_count++] = range;
    }
}

static void read_released(const struct pg_rows *rows, const struct catalog *catalog,
                          struct placement_stock *stock)
{
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        struct placement_released released = {
            .address = pg_rows_text(rows, row, 1),
            .pool_id = pg_rows_i64(rows, row, 2),
            .prefix_length = (int32_t)pg_rows_i64(rows, row, 3),
            .gateway = pg_rows_text(rows, row, 4),
            .v6 = read_v6(rows, row, 5),
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

int placement_store_take_lock(struct pg *pg, const struct placement_wants *wants,
                              const struct catalog *catalog, struct placement_rows *ret_rows,
                              struct error *error)
{
    CLEANUP(placement_rows_deinit) struct placement_rows rows = {0};
    int result = share_store_take_nodes(pg, wants, error);

    if (result == 0)
        result = pg_pipeline_take(pg, &rows.nodes, error);
    if (result == 0)
        result = share_store_take_addresses(pg, wants, error);
    if (result == 0)
        result = pg_pipeline_take(pg, &rows.ranges, error);
    if (result == 0)
        result = pg_pipeline_take(pg, &rows.released, error);
    if (result < 0)
        return result;
    rows.stock.nodes = calloc((size_t)pg_rows_count(rows.nodes) + 1, sizeof(*rows.stock.nodes));
    rows.stock.ranges = calloc((size_t)pg_rows_count(rows.ranges) + 1, sizeof(*rows.stock.ranges));
    rows.stock.released =
        calloc((size_t)pg_rows_count(rows.released) + 1, sizeof(*rows.stock.released));
    if (rows.stock.nodes == NULL || rows.stock.ranges == NULL || rows.stock.released == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    read_nodes(rows.nodes, catalog, &rows.stock);
    read_ranges(rows.ranges, catalog, &rows.stock);
    read_released(rows.released, catalog, &rows.stock);
    *ret_rows = move_rows(&rows);
    return 0;
}

bool placement_store_init(struct placement_writes *writes)
{
    static const enum pg_array_type nodes[] = {PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64,
                                               PG_ARRAY_I64};
    static const enum pg_array_type ranges[] = {PG_ARRAY_I64, PG_ARRAY_I64};
    static const enum pg_array_type taken[] = {PG_ARRAY_TEXT};
    static const enum pg_array_type given[] = {PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I64};

    return columns_init(&writes->nodes, nodes, ARRAY_LENGTH(nodes)) ||
           columns_init(&writes->ranges, ranges, ARRAY_LENGTH(ranges)) ||
           columns_init(&writes->taken, taken, ARRAY_LENGTH(taken)) ||
           columns_init(&writes->given, given, ARRAY_LENGTH(given)) ||
           columns_init(&writes->freed, nodes, ARRAY_LENGTH(nodes)) ||
           columns_init(&writes->silent, nodes, 1) || columns_init(&writes->answering, nodes, 1);
}

void placement_store_deinit(struct placement_writes *writes)
{
    columns_deinit(&writes->nodes);
    columns_deinit(&writes->ranges);
    columns_deinit(&writes->taken);
    columns_deinit(&writes->given);
    columns_deinit(&writes->freed);
    columns_deinit(&writes->silent);
    columns_deinit(&writes->answering);
}

void placement_store_reset(struct placement_writes *writes)
{
    columns_reset(&writes->nodes);
    columns_reset(&writes->ranges);
    columns_reset(&writes->taken);
    columns_reset(&writes->given);
    columns_reset(&writes->freed);
    columns_reset(&writes->silent);
    columns_reset(&writes->answering);
}

static void push_size(struct columns *columns, int64_t node_id, const struct placement_size *size)
{
    pg_array_push_number(columns->arrays[0], node_id);
    pg_array_push_number(columns->arrays[1], size->vcpu);
    pg_array_push_number(columns->arrays[2], size->ram_mb);
    pg_array_push_number(columns->arrays[3], size->disk_gb);
}

void placement_store_push(struct placement_writes *writes, const struct placement_stock *stock)
{
    for (size_t i = 0; i < stock->node_count; ++i) {
        const struct placement_size *taken = &stock->nodes[i].taken;

        if (taken->vcpu != 0 || taken->ram_mb != 0 || taken->disk_gb != 0)
            push_size(&writes->nodes, stock->nodes[i].id, taken);
    }
    for (size_t i = 0; i < stock->range_count; ++i) {
        if (!stock->ranges[i].moved)
            continue;
        pg_array_push_number(writes->ranges.arrays[0], stock->ranges[i].id);
        pg_array_push_number(writes->ranges.arrays[1], stock->ranges[i].next_offset);
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

void placement_store_push_freed(struct placement_writes *writes, int64_t node_id,
                                const struct placement_size *size)
{
    push_size(&writes->freed, node_id, size);
}

void placement_store_push_silent(struct placement_writes *writes, int64_t node_id)
{
    pg_array_push_number(writes->silent.arrays[0], node_id);
}

void placement_store_push_answering(struct placement_writes *writes, int64_t node_id)
{
    pg_array_push_number(writes->answering.arrays[0], node_id);
}

static int queue_sizes(struct pg *pg, const struct columns *columns, int64_t shard,
                       const struct pg_statement *statement, struct error *error)
{
    struct pg_args args = {0};

    if (columns_rows(columns) == 0)
        return 0;
    columns_args(columns, &args);
    pg_args_i32(&args, (int32_t)shard);
    return pg_pipeline_queue(pg, statement, &args, error);
}

int placement_store_queue(struct pg *pg, const struct placement_writes *writes, int64_t shard,
                          int64_t now_us, struct error *error)
{
    int result = queue_sizes(pg, &writes->nodes, shard, &move_nodes, error);

    if (result == 0)
        result = columns_queue_timeless(&writes->ranges, pg, &move_ranges, error);
    if (result == 0)
        result = columns_queue_timeless(&writes->taken, pg, &take_addresses, error);
    if (result == 0)
        result = columns_queue(&writes->given, pg, &give_addresses, now_us, error);
    if (result == 0)
        result = queue_sizes(pg, &writes->freed, shard, &free_nodes, error);
    if (result == 0)
        result = columns_queue(&writes->silent, pg, &note_silent, now_us, error);
    if (result == 0)
        result = columns_queue_timeless(&writes->answering, pg, &note_answering, error);
    return result;
}
