#include "services/billing/inventory_store.h"

#include "lib/pg/transaction.h"
#include "services/billing/columns.h"
#include "services/billing/operator_log_store.h"
#include "services/billing/share_store.h"

#include <stdio.h>

/* First in the transaction: two loads at once queue up here. */
static const struct pg_statement count_version = {
    "inventory_count_version", "UPDATE billing.catalog_version SET version = version + 1"};

/* The first reason to refuse, if any. A pool of the file replaces the one of its first address, so
 * it is only compared with the others; within the file the reader has compared them. */
static const struct pg_statement find_complaint = {
    "inventory_find_complaint",
    "WITH wanted AS ("
    "   SELECT location_code, first_address::inet AS first_address, size"
    "     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w (location_code, first_address,"
    "                                                             size))"
    " SELECT format('pool %s has handed out %s addresses, so its size can not be %s',"
    "               host(p.first_address), p.next_offset, w.size)"
    "   FROM wanted w JOIN billing.address_pools p USING (first_address)"
    "  WHERE p.next_offset > w.size"
    " UNION ALL SELECT format('pool %s belongs to location %s', host(p.first_address),"
    "                         p.location_code)"
    "   FROM wanted w JOIN billing.address_pools p USING (first_address)"
    "  WHERE p.location_code <> w.location_code"
    " UNION ALL SELECT format('pool %s overlaps pool %s', host(w.first_address),"
    "                         host(p.first_address))"
    "   FROM wanted w JOIN billing.address_pools p"
    "     ON p.first_address <= w.first_address + (w.size - 1)"
    "    AND w.first_address <= p.first_address + (p.size - 1)"
    "  WHERE p.first_address NOT IN (SELECT first_address FROM wanted)"
    " UNION ALL SELECT format('node %s belongs to location %s', n.name, n.location_code)"
    "   FROM unnest($4::text[], $5::text[]) AS w (location_code, name)"
    "   JOIN billing.nodes n USING (name) WHERE n.location_code <> w.location_code"
    " LIMIT 1"};

/* The servers that have an address of the pool have the IPv6 address that goes with it, so it must
 * not become another one under their feet. */
static const struct pg_statement find_complaint6 = {
    "inventory_find_complaint6",
    "WITH wanted AS ("
    "   SELECT first_address::inet AS first_address, nullif(first6, '')::inet AS first_address6,"
    "          size"
    "     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w (first_address, first6, size))"
    " SELECT format('pool %s has handed out addresses, so its IPv6 addresses can not change',"
    "               host(p.first_address))"
    "   FROM wanted w JOIN billing.address_pools p USING (first_address)"
    "  WHERE p.next_offset > 0 AND p.first_address6 IS DISTINCT FROM w.first_address6"
    " UNION ALL SELECT format('IPv6 addresses of pool %s overlap those of pool %s',"
    "                         host(w.first_address), host(p.first_address))"
    "   FROM wanted w JOIN billing.address_pools p"
    "     ON p.first_address6 <= w.first_address6 + (w.size - 1)"
    "    AND w.first_address6 <= p.first_address6 + (p.size - 1)"
    "  WHERE p.first_address NOT IN (SELECT first_address FROM wanted)"
    " LIMIT 1"};

static const struct pg_statement upsert_locations = {
    "inventory_upsert_locations",
    "INSERT INTO billing.locations (code, name, available, position)"
    " SELECT code, name, available,"
    "        (SELECT coalesce(max(position), 0) FROM billing.locations) + ordinality"
    "   FROM unnest($1::text[], $2::text[], $3::boolean[]) WITH ORDINALITY"
    "     AS l (code, name, available, ordinality)"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, available = excluded.available"};

static const struct pg_statement upsert_nodes = {
    "inventory_upsert_nodes",
    "INSERT INTO billing.nodes (location_code, name, uri, vcpu, ram_mb, disk_gb, drained,"
    "    console_url)"
    " SELECT w.location_code, w.name, w.uri, w.vcpu, w.ram_mb, w.disk_gb,"
    "        coalesce(w.drained, n.drained, false), nullif(w.console_url, '')"
    "   FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],"
    "               $7::boolean[], $8::text[])"
    "     AS w (location_code, name, uri, vcpu, ram_mb, disk_gb, drained, console_url)"
    "   LEFT JOIN billing.nodes n USING (name)"
    " ON CONFLICT (name) DO UPDATE SET uri = excluded.uri, vcpu = excluded.vcpu,"
    "    ram_mb = excluded.ram_mb, disk_gb = excluded.disk_gb, drained = excluded.drained,"
    "    console_url = excluded.console_url"};

static const struct pg_statement upsert_pools = {
    "inventory_upsert_pools",
    "INSERT INTO billing.address_pools (location_code, first_address, size, prefix_length, gateway,"
    "    first_address6, prefix_length6, gateway6)"
    " SELECT location_code, first_address::inet, size, prefix_length, gateway::inet,"
    "        nullif(first6, '')::inet, nullif(prefix6, 0), nullif(gateway6, '')::inet"
    "   FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::text[], $6::text[],"
    "               $7::integer[], $8::text[])"
    "     AS p (location_code, first_address, size, prefix_length, gateway, first6, prefix6,"
    "           gateway6)"
    " ON CONFLICT (first_address) DO UPDATE SET size = excluded.size,"
    "    prefix_length = excluded.prefix_length, gateway = excluded.gateway,"
    "    first_address6 = excluded.first_address6, prefix_length6 = excluded.prefix_length6,"
    "    gateway6 = excluded.gateway6"};

enum location_column { LOCATION_CODE, LOCATION_NAME, LOCATION_AVAILABLE, LOCATION_COLUMNS };
enum node_column {
    NODE_LOCATION,
    NODE_NAME,
    NODE_URI,
    NODE_VCPU,
    NODE_RAM,
    NODE_DISK,
    NODE_DRAINED,
    NODE_CONSOLE,
    NODE_COLUMNS
};
enum pool_column {
    POOL_LOCATION,
    POOL_FIRST,
    POOL_SIZE,
    POOL_PREFIX,
    POOL_GATEWAY,
    POOL_FIRST6,
    POOL_PREFIX6,
    POOL_GATEWAY6,
    POOL_COLUMNS
};

/* The inventory turned into columns; outlives the transaction that borrows them. */
struct inventory_columns {
    struct columns locations, nodes, pools;
    /* For the operators' log. */
    char summary[96];
};

static void inventory_columns_deinit(struct inventory_columns *all)
{
    columns_deinit(&all->locations);
    columns_deinit(&all->nodes);
    columns_deinit(&all->pools);
}

static int inventory_columns_init(struct inventory_columns *all, struct error *error)
{
    static const enum pg_array_type location_types[LOCATION_COLUMNS] = {
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_BOOL};
    static const enum pg_array_type node_types[NODE_COLUMNS] = {
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I64,
        PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_BOOL, PG_ARRAY_TEXT};
    static const enum pg_array_type pool_types[POOL_COLUMNS] = {
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I64, PG_ARRAY_I32,
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I32, PG_ARRAY_TEXT};

    if (columns_init(&all->locations, location_types, LOCATION_COLUMNS) ||
        columns_init(&all->nodes, node_types, NODE_COLUMNS) ||
        columns_init(&all->pools, pool_types, POOL_COLUMNS))
        return error_set(error, FAULT_HARD, "no memory for the inventory");
    return 0;
}

static void push_node(struct pg_array *const *nodes, const char *location_code,
                      const struct inventory_node *node)
{
    pg_array_push_text(nodes[NODE_LOCATION], location_code);
    pg_array_push_text(nodes[NODE_NAME], node->name);
    pg_array_push_text(nodes[NODE_URI], node->uri);
    pg_array_push_number(nodes[NODE_VCPU], node->vcpu);
    pg_array_push_number(nodes[NODE_RAM], node->ram_mb);
    pg_array_push_number(nodes[NODE_DISK], node->disk_gb);
    if (node->says_drained)
        pg_array_push_number(nodes[NODE_DRAINED], node->drained);
    else
        pg_array_push_null(nodes[NODE_DRAINED]);
    pg_array_push_text(nodes[NODE_CONSOLE], node->console_url);
}

static void push_pool(struct pg_array *const *pools, const char *location_code,
                      const struct inventory_pool *pool)
{
    pg_array_push_text(pools[POOL_LOCATION], location_code);
    pg_array_push_text(pools[POOL_FIRST], pool->first_address);
    pg_array_push_number(pools[POOL_SIZE], pool->size);
    pg_array_push_number(pools[POOL_PREFIX], pool->prefix_length);
    pg_array_push_text(pools[POOL_GATEWAY], pool->gateway);
    pg_array_push_text(pools[POOL_FIRST6], pool->v6.first_address);
    pg_array_push_number(pools[POOL_PREFIX6], pool->v6.prefix_length);
    pg_array_push_text(pools[POOL_GATEWAY6], pool->v6.gateway);
}

static void push_location(struct inventory_columns *all, const struct inventory_location *location)
{
    struct pg_array *const *locations = all->locations.arrays;

    pg_array_push_text(locations[LOCATION_CODE], location->code);
    pg_array_push_text(locations[LOCATION_NAME], location->name);
    pg_array_push_number(locations[LOCATION_AVAILABLE], location->available);
    for (size_t i = 0; i < location->node_count; ++i)
        push_node(all->nodes.arrays, location->code, &location->nodes[i]);
    for (size_t i = 0; i < location->pool_count; ++i)
        push_pool(all->pools.arrays, location->code, &location->pools[i]);
}

static int queue_complaints(struct pg *pg, const struct inventory_columns *all, struct error *error)
{
    struct pg_args args = {0}, args6 = {0};
    int result;

    pg_args_array(&args, all->pools.arrays[POOL_LOCATION]);
    pg_args_array(&args, all->pools.arrays[POOL_FIRST]);
    pg_args_array(&args, all->pools.arrays[POOL_SIZE]);
    pg_args_array(&args, all->nodes.arrays[NODE_LOCATION]);
    pg_args_array(&args, all->nodes.arrays[NODE_NAME]);
    pg_args_array(&args6, all->pools.arrays[POOL_FIRST]);
    pg_args_array(&args6, all->pools.arrays[POOL_FIRST6]);
    pg_args_array(&args6, all->pools.arrays[POOL_SIZE]);
    result = pg_pipeline_queue(pg, &find_complaint, &args, error);
    return result == 0 ? pg_pipeline_queue(pg, &find_complaint6, &args6, error) : result;
}

static int take_complaint(struct pg *pg, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *complaint = NULL;
    const int result = pg_pipeline_take(pg, &complaint, error);

    if (result == 0 && pg_rows_count(complaint) > 0)
        return error_set(error, FAULT_HARD, "%s", pg_rows_text(complaint, 0, 0));
    return result;
}

static int check(struct pg *pg, const struct inventory_columns *all, struct error *error)
{
    int result = pg_pipeline_queue(pg, &count_version, NULL, error);

    if (result == 0)
        result = queue_complaints(pg, all, error);
    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    if (result == 0)
        result = pg_pipeline_take(pg, NULL, error);
    if (result == 0)
        result = take_complaint(pg, error);
    return result == 0 ? take_complaint(pg, error) : result;
}

static int load(struct pg *pg, void *context, struct error *error)
{
    const struct inventory_columns *all = context;
    int result = check(pg, all, error);

    /* What a node has may shrink below what was granted of it. */
    if (result == 0)
        result = share_store_queue_recall_nodes(pg, all->locations.arrays[LOCATION_CODE], error);
    if (result == 0)
        result = columns_queue_timeless(&all->locations, pg, &upsert_locations, error);
    if (result == 0)
        result = columns_queue_timeless(&all->nodes, pg, &upsert_nodes, error);
    if (result == 0)
        result = columns_queue_timeless(&all->pools, pg, &upsert_pools, error);
    if (result == 0)
        result =
            operator_log_store_queue_load(pg, "load_inventory", "inventory", all->summary, error);
    return result;
}

int inventory_store_load(struct pg *pg, const struct inventory *inventory, struct error *error)
{
    static const struct pg_transaction_options options = {
        .attempts = 5, .first_wait_ms = 20, .longest_wait_ms = 500, .idempotent = true};
    CLEANUP(inventory_columns_deinit) struct inventory_columns all = {0};
    int result = inventory_columns_init(&all, error);

    if (result != 0)
        return result;
    for (size_t i = 0; i < inventory->location_count; ++i)
        push_location(&all, &inventory->locations[i]);
    (void)snprintf(all.summary, sizeof(all.summary), "%zu locations, %zu nodes, %zu pools",
                   columns_rows(&all.locations), columns_rows(&all.nodes),
                   columns_rows(&all.pools));
    return pg_transaction(pg, &options, load, &all, error);
}
