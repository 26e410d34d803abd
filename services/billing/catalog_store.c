#include "services/billing/catalog_store.h"

#include "lib/pg/transaction.h"
#include "services/billing/columns.h"
#include "services/billing/operator_log_store.h"

#include <stdio.h>

/* The parts of the catalog, as the column `part` tells them apart. */
enum part { PART_VERSION, PART_PLAN, PART_LOCATION, PART_OS, PART_PERIOD };

/* One statement is one snapshot, so a load in between is seen whole or not at all. */
static const struct pg_statement read_catalog = {
    "catalog_read",
    "SELECT 0 AS part, 0 AS position, '' AS code, '' AS name, '' AS image, version AS a,"
    "       0::bigint AS b, 0::bigint AS c, 0::bigint AS d, 0::bigint AS e, true AS available"
    "  FROM billing.catalog_version"
    " UNION ALL SELECT 1, position, code, name, '', vcpu, ram_mb, disk_gb, traffic_tb,"
    "                  price_cents_month, available FROM billing.plans"
    " UNION ALL SELECT 2, position, code, name, '', 0, 0, 0, 0, 0, available FROM billing.locations"
    " UNION ALL SELECT 3, position, code, name, image, min_ram_mb, min_disk_gb, 0, 0, 0, available"
    "             FROM billing.operating_systems"
    " UNION ALL SELECT 4, months, '', '', '', months, discount_basis_points, 0, 0, 0, true"
    "             FROM billing.periods"
    " ORDER BY part, position, code"};

enum column { PART, POSITION, CODE, NAME, IMAGE, A, B, C, D, E, AVAILABLE };

static uint32_t read_u32(const struct pg_rows *rows, int row, enum column column)
{
    return (uint32_t)pg_rows_i64(rows, row, (int)column);
}

static void read_text(const struct pg_rows *rows, int row, enum column column, char *ret_text,
                      size_t size)
{
    (void)snprintf(ret_text, size, "%s", pg_rows_text(rows, row, (int)column));
}

static void read_plan(const struct pg_rows *rows, int row, struct catalog_plan *plan)
{
    read_text(rows, row, CODE, plan->code, sizeof(plan->code));
    read_text(rows, row, NAME, plan->name, sizeof(plan->name));
    plan->vcpu = read_u32(rows, row, A);
    plan->ram_mb = read_u32(rows, row, B);
    plan->disk_gb = read_u32(rows, row, C);
    plan->traffic_tb = read_u32(rows, row, D);
    plan->price_cents_month = pg_rows_i64(rows, row, E);
    plan->available = pg_rows_bool(rows, row, AVAILABLE);
}

static void read_location(const struct pg_rows *rows, int row, struct catalog_location *location)
{
    read_text(rows, row, CODE, location->code, sizeof(location->code));
    read_text(rows, row, NAME, location->name, sizeof(location->name));
    location->available = pg_rows_bool(rows, row, AVAILABLE);
}

static void read_os(const struct pg_rows *rows, int row, struct catalog_os *system)
{
    read_text(rows, row, CODE, system->code, sizeof(system->code));
    read_text(rows, row, NAME, system->name, sizeof(system->name));
    read_text(rows, row, IMAGE, system->image, sizeof(system->image));
    system->min_ram_mb = read_u32(rows, row, A);
    system->min_disk_gb = read_u32(rows, row, B);
    system->available = pg_rows_bool(rows, row, AVAILABLE);
}

static void read_row(const struct pg_rows *rows, int row, struct catalog *catalog)
{
    switch ((enum part)pg_rows_i64(rows, row, PART)) {
    case PART_VERSION: catalog->version = pg_rows_i64(rows, row, A); break;
    case PART_PLAN: read_plan(rows, row, &catalog->plans[catalog->plan_count++]); break;
    case PART_LOCATION:
        read_location(rows, row, &catalog->locations[catalog->location_count++]);
        break;
    case PART_OS: read_os(rows, row, &catalog->systems[catalog->system_count++]); break;
    case PART_PERIOD:
        catalog->periods[catalog->period_count++] =
            (struct catalog_period){read_u32(rows, row, A), read_u32(rows, row, B)};
        break;
    }
}

/* Room for any split of `rows` over the parts. True: no memory. */
static bool make_room(struct catalog *catalog, size_t rows)
{
    catalog->plans = calloc(rows + 1, sizeof(catalog->plans[0]));
    catalog->locations = calloc(rows + 1, sizeof(catalog->locations[0]));
    catalog->systems = calloc(rows + 1, sizeof(catalog->systems[0]));
    catalog->periods = calloc(rows + 1, sizeof(catalog->periods[0]));
    return catalog->plans == NULL || catalog->locations == NULL || catalog->systems == NULL ||
           catalog->periods == NULL;
}

int catalog_store_read(struct pg *pg, struct catalog **ret_catalog, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    CLEANUP(catalog_free_cleanup) struct catalog *catalog = NULL;
    int result = pg_pipeline_queue(pg, &read_catalog, NULL, error);

    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    if (result == 0)
        result = pg_pipeline_take(pg, &rows, error);
    if (result != 0)
        return result;
    catalog = calloc(1, sizeof(*catalog));
    if (catalog == NULL || make_room(catalog, (size_t)pg_rows_count(rows)))
        return error_set(error, FAULT_HARD, "no memory for the catalog");
    for (int row = 0; row < pg_rows_count(rows); ++row)
        read_row(rows, row, catalog);
    *ret_catalog = TAKE(catalog);
    return 0;
}

/* First in the transaction: two loads at once queue up here. */
static const struct pg_statement count_version = {
    "catalog_count_version", "UPDATE billing.catalog_version SET version = version + 1"};

static const struct pg_statement retire_plans = {
    "catalog_retire_plans",
    "UPDATE billing.plans SET available = false WHERE available AND code <> ALL ($1::text[])"};
static const struct pg_statement upsert_plans = {
    "catalog_upsert_plans",
    "INSERT INTO billing.plans (code, name, vcpu, ram_mb, disk_gb, traffic_tb, price_cents_month,"
    "                           available, position)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[],"
    "                      $6::integer[], $7::bigint[], $8::boolean[]) WITH ORDINALITY"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, vcpu = excluded.vcpu,"
    "    ram_mb = excluded.ram_mb, disk_gb = excluded.disk_gb, traffic_tb = excluded.traffic_tb,"
    "    price_cents_month = excluded.price_cents_month, available = excluded.available,"
    "    position = excluded.position"};

static const struct pg_statement retire_locations = {
    "catalog_retire_locations",
    "UPDATE billing.locations SET available = false WHERE available AND code <> ALL ($1::text[])"};
static const struct pg_statement upsert_locations = {
    "catalog_upsert_locations",
    "INSERT INTO billing.locations (code, name, available, position)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[]) WITH ORDINALITY"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, available = excluded.available,"
    "    position = excluded.position"};

static const struct pg_statement retire_systems = {
    "catalog_retire_systems", "UPDATE billing.operating_systems SET available = false"
                              " WHERE available AND code <> ALL ($1::text[])"};
static const struct pg_statement upsert_systems = {
    "catalog_upsert_systems",
    "INSERT INTO billing.operating_systems (code, name, image, min_ram_mb, min_disk_gb, available,"
    "                                       position)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[],"
    "                      $6::boolean[]) WITH ORDINALITY"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, image = excluded.image,"
    "    min_ram_mb = excluded.min_ram_mb, min_disk_gb = excluded.min_disk_gb,"
    "    available = excluded.available, position = excluded.position"};

static const struct pg_statement delete_periods = {
    "catalog_delete_periods", "DELETE FROM billing.periods WHERE months <> ALL ($1::integer[])"};
static const struct pg_statement upsert_periods = {
    "catalog_upsert_periods",
    "INSERT INTO billing.periods (months, discount_basis_points)"
    " SELECT * FROM unnest($1::integer[], $2::integer[])"
    " ON CONFLICT (months) DO UPDATE SET discount_basis_points = excluded.discount_basis_points"};

enum table_index { TABLE_PLANS, TABLE_LOCATIONS, TABLE_SYSTEMS, TABLE_PERIODS, TABLES };

static const enum pg_array_type plan_types[] = {PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_I32,
                                                PG_ARRAY_I32,  PG_ARRAY_I32,  PG_ARRAY_I32,
                                                PG_ARRAY_I64,  PG_ARRAY_BOOL};
static const enum pg_array_type location_types[] = {PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_BOOL};
static const enum pg_array_type system_types[] = {PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_TEXT,
                                                  PG_ARRAY_I32,  PG_ARRAY_I32,  PG_ARRAY_BOOL};
static const enum pg_array_type period_types[] = {PG_ARRAY_I32, PG_ARRAY_I32};

/* How each table is replaced: `retire` gets the first column, the keys; `upsert` gets all. */
static const struct table {
    const struct pg_statement *retire, *upsert;
    const enum pg_array_type *types;
    size_t column_count;
} tables[TABLES] = {
    {&retire_plans,     &upsert_plans,     plan_types,     ARRAY_LENGTH(plan_types)    },
    {&retire_locations, &upsert_locations, location_types, ARRAY_LENGTH(location_types)},
    {&retire_systems,   &upsert_systems,   system_types,   ARRAY_LENGTH(system_types)  },
    {&delete_periods,   &upsert_periods,   period_types,   ARRAY_LENGTH(period_types)  },
};

/* The catalog turned into columns; outlives the transaction that borrows them. */
struct catalog_columns {
    struct columns tables[TABLES];
    /* For the operators' log. */
    char summary[128];
};

static void catalog_columns_deinit(struct catalog_columns *all)
{
    for (size_t i = 0; i < TABLES; ++i)
        columns_deinit(&all->tables[i]);
}

static int catalog_columns_init(struct catalog_columns *all, struct error *error)
{
    for (size_t i = 0; i < TABLES; ++i)
        if (columns_init(&all->tables[i], tables[i].types, tables[i].column_count))
            return error_set(error, FAULT_HARD, "no memory for the catalog");
    return 0;
}

static void push_plan(struct pg_array *const *arrays, const struct catalog_plan *plan)
{
    pg_array_push_text(arrays[0], plan->code);
    pg_array_push_text(arrays[1], plan->name);
    pg_array_push_number(arrays[2], plan->vcpu);
    pg_array_push_number(arrays[3], plan->ram_mb);
    pg_array_push_number(arrays[4], plan->disk_gb);
    pg_array_push_number(arrays[5], plan->traffic_tb);
    pg_array_push_number(arrays[6], plan->price_cents_month);
    pg_array_push_number(arrays[7], plan->available);
}

static void push_location(struct pg_array *const *arrays, const struct catalog_location *location)
{
    pg_array_push_text(arrays[0], location->code);
    pg_array_push_text(arrays[1], location->name);
    pg_array_push_number(arrays[2], location->available);
}

static void push_os(struct pg_array *const *arrays, const struct catalog_os *system)
{
    pg_array_push_text(arrays[0], system->code);
    pg_array_push_text(arrays[1], system->name);
    pg_array_push_text(arrays[2], system->image);
    pg_array_push_number(arrays[3], system->min_ram_mb);
    pg_array_push_number(arrays[4], system->min_disk_gb);
    pg_array_push_number(arrays[5], system->available);
}

static void push_catalog(struct catalog_columns *all, const struct catalog *catalog)
{
    struct pg_array *const *periods = all->tables[TABLE_PERIODS].arrays;

    for (size_t i = 0; i < catalog->plan_count; ++i)
        push_plan(all->tables[TABLE_PLANS].arrays, &catalog->plans[i]);
    for (size_t i = 0; i < catalog->location_count; ++i)
        push_location(all->tables[TABLE_LOCATIONS].arrays, &catalog->locations[i]);
    for (size_t i = 0; i < catalog->system_count; ++i)
        push_os(all->tables[TABLE_SYSTEMS].arrays, &catalog->systems[i]);
    for (size_t i = 0; i < catalog->period_count; ++i) {
        pg_array_push_number(periods[0], catalog->periods[i].months);
        pg_array_push_number(periods[1], catalog->periods[i].discount_basis_points);
    }
    (void)snprintf(all->summary, sizeof(all->summary),
                   "%zu plans, %zu locations, %zu systems, %zu periods", catalog->plan_count,
                   catalog->location_count, catalog->system_count, catalog->period_count);
}

static int replace_table(struct pg *pg, const struct table *table, const struct columns *columns,
                         struct error *error)
{
    struct pg_args keys = {0};
    int result;

    pg_args_array(&keys, columns->arrays[0]);
    result = pg_pipeline_queue(pg, table->retire, &keys, error);
    if (result == 0)
        result = columns_queue_timeless(columns, pg, table->upsert, error);
    return result;
}

static int replace_all(struct pg *pg, void *context, struct error *error)
{
    const struct catalog_columns *all = context;
    int result = pg_pipeline_queue(pg, &count_version, NULL, error);

    for (size_t i = 0; result == 0 && i < TABLES; ++i)
        result = replace_table(pg, &tables[i], &all->tables[i], error);
    if (result == 0)
        result = operator_log_store_queue_load(pg, "load_catalog", "catalog", all->summary, error);
    return result;
}

int catalog_store_replace(struct pg *pg, const struct catalog *catalog, struct error *error)
{
    static const struct pg_transaction_options options = {
        .attempts = 5, .first_wait_ms = 20, .longest_wait_ms = 500, .idempotent = true};
    CLEANUP(catalog_columns_deinit) struct catalog_columns all = {0};
    int result = catalog_columns_init(&all, error);

    if (result != 0)
        return result;
    push_catalog(&all, catalog);
    return pg_transaction(pg, &options, replace_all, &all, error);
}
