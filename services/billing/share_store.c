#include "services/billing/share_store.h"

/* A refill takes a quarter of what nobody holds, but all of it when that is less than a small node:
 * so shares stay few and large while there is much, and every writer gets something. A recall takes
 * everything. */

static const struct pg_statement lock_nodes = {
    "share_lock_nodes",
    "SELECT id FROM billing.nodes WHERE location_code = ANY ($1::text[])"
    " ORDER BY id FOR NO KEY UPDATE",
};

/* Waits for whoever takes from one of them; the next statement then sees what is left. */
static const struct pg_statement lock_shares = {
    "share_lock_shares",
    "SELECT s.node_id FROM billing.node_shares s JOIN billing.nodes n ON n.id = s.node_id"
    " WHERE n.location_code = ANY ($1::text[]) ORDER BY s.node_id, s.shard FOR UPDATE OF s",
};

static const struct pg_statement recall_nodes = {
    "share_recall_nodes",
    "WITH gone AS (DELETE FROM billing.node_shares s USING billing.nodes n"
    " WHERE n.id = s.node_id AND n.location_code = ANY ($1::text[])"
    " RETURNING s.node_id, s.vcpu, s.ram_mb, s.disk_gb),"
    " back AS (SELECT node_id, sum(vcpu) AS vcpu, sum(ram_mb) AS ram_mb, sum(disk_gb) AS disk_gb"
    " FROM gone GROUP BY node_id)"
    " UPDATE billing.nodes n SET used_vcpu = n.used_vcpu - b.vcpu,"
    " used_ram_mb = n.used_ram_mb - b.ram_mb, used_disk_gb = n.used_disk_gb - b.disk_gb"
    " FROM back b WHERE n.id = b.node_id",
};

static const struct pg_statement grant_nodes = {
    "share_grant_nodes",
    "WITH offered AS (SELECT id, location_code = ANY ($3::text[]) AS recalled,"
    " greatest(vcpu - used_vcpu, 0) AS vcpu,"
    " greatest(ram_mb - used_ram_mb, 0) AS ram_mb, greatest(disk_gb - used_disk_gb, 0) AS disk_gb"
    " FROM billing.nodes WHERE location_code = ANY ($1::text[]) AND NOT drained"
    " AND silent_since IS NULL),"
    " granted AS (SELECT id,"
    " CASE WHEN recalled OR vcpu < 64 THEN vcpu ELSE vcpu / 4 END AS vcpu,"
    " CASE WHEN recalled OR ram_mb < 131072 THEN ram_mb ELSE ram_mb / 4 END AS ram_mb,"
    " CASE WHEN recalled OR disk_gb < 2048 THEN disk_gb ELSE disk_gb / 4 END AS disk_gb FROM "
    "offered),"
    " held AS (UPDATE billing.nodes n SET used_vcpu = n.used_vcpu + g.vcpu,"
    " used_ram_mb = n.used_ram_mb + g.ram_mb, used_disk_gb = n.used_disk_gb + g.disk_gb"
    " FROM granted g WHERE n.id = g.id)"
    " INSERT INTO billing.node_shares AS s (node_id, shard, vcpu, ram_mb, disk_gb)"
    " SELECT id, $2, vcpu, ram_mb, disk_gb FROM granted ORDER BY id"
    " ON CONFLICT (node_id, shard) DO UPDATE SET vcpu = s.vcpu + excluded.vcpu,"
    " ram_mb = s.ram_mb + excluded.ram_mb, disk_gb = s.disk_gb + excluded.disk_gb",
};

static const struct pg_statement lock_pools = {
    "share_lock_pools",
    "SELECT id FROM billing.address_pools WHERE location_code = ANY ($1::text[])"
    " ORDER BY id FOR NO KEY UPDATE",
};

static const struct pg_statement lock_ranges = {
    "share_lock_ranges",
    "SELECT r.id FROM billing.address_shares r JOIN billing.address_pools p ON p.id = r.pool_id"
    " WHERE p.location_code = ANY ($1::text[]) ORDER BY r.id FOR NO KEY UPDATE OF r",
};

static const struct pg_statement recall_ranges = {
    "share_recall_ranges",
    "UPDATE billing.address_shares r SET shard = $2 FROM billing.address_pools p"
    " WHERE p.id = r.pool_id AND p.location_code = ANY ($1::text[]) AND r.shard <> $2",
};

static const struct pg_statement grant_addresses = {
    "share_grant_addresses",
    "WITH granted AS (SELECT id, next_offset,"
    " CASE WHEN location_code = ANY ($3::text[]) OR size - next_offset < 1024 THEN size"
    " ELSE next_offset + (size - next_offset) / 4 END AS end_offset"
    " FROM billing.address_pools WHERE location_code = ANY ($1::text[]) AND next_offset < size),"
    " held AS (UPDATE billing.address_pools p SET next_offset = g.end_offset"
    " FROM granted g WHERE p.id = g.id)"
    " INSERT INTO billing.address_shares (pool_id, shard, next_offset, end_offset)"
    " SELECT id, $2, next_offset, end_offset FROM granted ORDER BY id",
};

static int queue_of_locations(struct pg *pg, const struct pg_statement *statement,
                              const struct pg_array *location_codes, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, location_codes);
    return pg_pipeline_queue(pg, statement, &args, error);
}

static int queue_grant(struct pg *pg, const struct pg_statement *statement,
                       const struct placement_wants *wants, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, wants->refilled_codes);
    pg_args_i32(&args, (int32_t)wants->shard);
    pg_args_array(&args, wants->recalled_codes);
    return pg_pipeline_queue(pg, statement, &args, error);
}

int share_store_queue_recall_nodes(struct pg *pg, const struct pg_array *location_codes,
                                   struct error *error)
{
    int result = queue_of_locations(pg, &lock_nodes, location_codes, error);

    if (result == 0)
        result = queue_of_locations(pg, &lock_shares, location_codes, error);
    return result == 0 ? queue_of_locations(pg, &recall_nodes, location_codes, error) : result;
}

int share_store_queue_nodes(struct pg *pg, const struct placement_wants *wants, struct error *error)
{
    int result;

    if (pg_array_length(wants->refilled_codes) == 0)
        return 0;
    result = queue_of_locations(pg, &lock_nodes, wants->refilled_codes, error);
    if (result == 0)
        result = queue_of_locations(pg, &lock_shares, wants->recalled_codes, error);
    if (result == 0)
        result = queue_of_locations(pg, &recall_nodes, wants->recalled_codes, error);
    return result == 0 ? queue_grant(pg, &grant_nodes, wants, error) : result;
}

static int queue_recall_ranges(struct pg *pg, const struct placement_wants *wants,
                               struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, wants->recalled_codes);
    pg_args_i32(&args, (int32_t)wants->shard);
    return pg_pipeline_queue(pg, &recall_ranges, &args, error);
}

int share_store_queue_addresses(struct pg *pg, const struct placement_wants *wants,
                                struct error *error)
{
    int result;

    if (pg_array_length(wants->refilled_codes) == 0)
        return 0;
    result = queue_of_locations(pg, &lock_pools, wants->refilled_codes, error);
    if (result == 0)
        result = queue_of_locations(pg, &lock_ranges, wants->recalled_codes, error);
    if (result == 0)
        result = queue_recall_ranges(pg, wants, error);
    return result == 0 ? queue_grant(pg, &grant_addresses, wants, error) : result;
}

/* Lock, lock, recall, grant. */
static int take_all(struct pg *pg, const struct placement_wants *wants, struct error *error)
{
    const int statements = pg_array_length(wants->refilled_codes) == 0 ? 0 : 4;
    int result = 0;

    for (int i = 0; result == 0 && i < statements; ++i)
        result = pg_pipeline_take(pg, NULL, error);
    return result;
}

int share_store_take_nodes(struct pg *pg, const struct placement_wants *wants, struct error *error)
{
    return take_all(pg, wants, error);
}

int share_store_take_addresses(struct pg *pg, const struct placement_wants *wants,
                               struct error *error)
{
    return take_all(pg, wants, error);
}
