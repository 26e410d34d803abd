#include "lib/pg/migrate.h"

#include "lib/base/buffer.h"
#include "lib/pg/connection.h"
#include "lib/pg/transaction.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* One replica at a time, and all wait for as long as they must. */
static const char lock_format[] =
    "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;"
    "SELECT pg_advisory_xact_lock(hashtext('slipway.migrate.%s')::bigint);";

static const char create_format[] =
    "CREATE SCHEMA IF NOT EXISTS %s;"
    "CREATE TABLE IF NOT EXISTS %s.schema_migrations ("
    "number integer PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL,"
    "applied_at timestamptz NOT NULL DEFAULT now());"
    "COMMENT ON TABLE %s.schema_migrations IS 'What was applied, and the hash of its text.';";

static const char find_format[] = "SELECT sha256 FROM %s.schema_migrations WHERE number = $1";

static const char record_format[] =
    "INSERT INTO %s.schema_migrations (number, name, sha256) VALUES ($1, $2, $3)";

/* One call of pg_migrate(): the texts that name its schema, and how far it is. */
struct run {
    struct buffer lock, create, find_sql, record_sql;
    struct pg_statement find, record;
    const struct pg_migration *migration;
    bool has_applied;
};

static void run_deinit(struct run *run)
{
    buffer_deinit(&run->lock);
    buffer_deinit(&run->create);
    buffer_deinit(&run->find_sql);
    buffer_deinit(&run->record_sql);
}

static int run_init(struct run *run, const char *schema, struct error *error)
{
    /* It becomes part of SQL, unquoted. */
    assert(schema[strspn(schema, "abcdefghijklmnopqrstuvwxyz_")] == '\0');
    buffer_append_format(&run->lock, lock_format, schema);
    buffer_append_format(&run->create, lock_format, schema);
    buffer_append_format(&run->create, create_format, schema, schema, schema);
    buffer_append_format(&run->find_sql, find_format, schema);
    buffer_append_format(&run->record_sql, record_format, schema);
    if (run->lock.overflown || run->create.overflown || run->find_sql.overflown ||
        run->record_sql.overflown)
        return error_set(error, FAULT_HARD, "no memory");
    run->find = (struct pg_statement){"migrate_find", run->find_sql.data};
    run->record = (struct pg_statement){"migrate_record", run->record_sql.data};
    return 0;
}

static int create_table(struct pg *pg, void *context, struct error *error)
{
    const struct run *run = context;

    return pg_execute_script(pg, run->create.data, error);
}

/* 0: *ret_is_applied tells, and its text is the one we have. */
static int find_applied(struct pg *pg, const struct run *run, const unsigned char *sha256,
                        bool *ret_is_applied, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {.count = 0};
    const void *recorded;
    size_t length;
    int result;

    pg_args_i32(&args, run->migration->number);
    result = pg_execute(pg, &run->find, &args, &rows, error);
    if (result != 0)
        return result;
    *ret_is_applied = pg_rows_count(rows) == 1;
    if (!*ret_is_applied)
        return 0;
    recorded = pg_rows_bytes(rows, 0, 0, &length);
    if (length != crypto_hash_sha256_BYTES || memcmp(recorded, sha256, length) != 0)
        return error_set(error, FAULT_HARD, "its text was changed after it was applied");
    return 0;
}

static int apply(struct pg *pg, void *context, struct error *error)
{
    struct run *run = context;
    const struct pg_migration *migration = run->migration;
    unsigned char sha256[crypto_hash_sha256_BYTES];
    struct pg_args args = {.count = 0};
    bool is_applied = false;
    int result = pg_execute_script(pg, run->lock.data, error);

    (void)crypto_hash_sha256(sha256, (const unsigned char *)migration->sql, strlen(migration->sql));
    if (result == 0)
        result = find_applied(pg, run, sha256, &is_applied, error);
    if (result != 0 || is_applied)
        return result;
    result = pg_execute_script(pg, migration->sql, error);
    if (result != 0)
        return result;
    pg_args_i32(&args, migration->number);
    pg_args_text(&args, migration->name);
    pg_args_bytes(&args, sha256, sizeof(sha256));
    run->has_applied = true;
    return pg_execute(pg, &run->record, &args, NULL, error);
}

static int apply_all(struct pg *pg, struct run *run, const struct pg_migration *migrations,
                     size_t count, int *ret_applied, struct error *error)
{
    /* A lost commit is found by the record, so it may run again. */
    const struct pg_transaction_options options = {
        .attempts = 5, .first_wait_ms = 100, .longest_wait_ms = 2000, .idempotent = true};
    int applied = 0;
    int result = pg_transaction(pg, &options, create_table, run, error);

    for (size_t i = 0; result == 0 && i < count; ++i) {
        assert(i == 0 || migrations[i].number > migrations[i - 1].number);
        run->migration = &migrations[i];
        run->has_applied = false;
        result = pg_transaction(pg, &options, apply, run, error);
        if (result != 0)
            return error_prefix(error, result, migrations[i].name);
        applied += run->has_applied ? 1 : 0;
    }
    if (result == 0)
        *ret_applied = applied;
    return result;
}

int pg_migrate(struct pg *pg, const char *schema, const struct pg_migration *migrations,
               size_t count, int *ret_applied, struct error *error)
{
    CLEANUP(run_deinit) struct run run = {.migration = NULL};
    const int64_t answer_timeout_ms = pg->answer_timeout_ms;
    int result = run_init(&run, schema, error);

    if (result != 0)
        return result;
    pg->answer_timeout_ms = 0;
    result = apply_all(pg, &run, migrations, count, ret_applied, error);
    pg->answer_timeout_ms = answer_timeout_ms;
    /* The session has prepared statements that end with this call. */
    pg_disconnect(pg);
    return result;
}
