#include "tests/support/notifier_database.h"

#include "services/notifier/migrations.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *server_conninfo(void)
{
    const char *conninfo = getenv("SLIPWAY_TEST_PG");

    if (conninfo == NULL)
        fail_msg("SLIPWAY_TEST_PG is not set");
    return conninfo;
}

struct pg *notifier_database_connect(const char *conninfo)
{
    const struct pg_options options = {
        .conninfo = conninfo, .application_name = "notifier_test", .answer_timeout_ms = 20000};
    struct error error = {0};
    struct pg *pg = NULL;

    if (pg_new(&options, &pg, &error) != 0)
        fail_msg("%s", error.text);
    return pg;
}

static void run_script(const char *conninfo, const char *sql)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = notifier_database_connect(conninfo);
    struct error error = {0};

    if (pg_execute_script(pg, sql, &error) != 0)
        fail_msg("%s: %s", sql, error.text);
}

void notifier_database_script(const struct notifier_database *database, const char *sql)
{
    run_script(database->superuser, sql);
}

int64_t notifier_database_number(const struct notifier_database *database, const char *sql)
{
    char wrapped[1024];
    const struct pg_statement statement = {"notifier_database_number", wrapped};
    CLEANUP(pg_free_cleanup) struct pg *pg = notifier_database_connect(database->superuser);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct error error = {0};

    (void)snprintf(wrapped, sizeof(wrapped), "SELECT (%s)::bigint", sql);
    if (pg_execute(pg, &statement, NULL, &rows, &error) != 0)
        fail_msg("%s: %s", sql, error.text);
    return pg_rows_i64(rows, 0, 0);
}

/* The later of two equal words of a conninfo counts. */
static void write_conninfos(struct notifier_database *database)
{
    const char *server = server_conninfo();

    (void)snprintf(database->superuser, sizeof(database->superuser), "%s dbname=%s", server,
                   database->name);
    (void)snprintf(database->owner, sizeof(database->owner),
                   "%s dbname=%s options='-c role=slipway_owner'", server, database->name);
    (void)snprintf(database->service, sizeof(database->service),
                   "%s dbname=%s options='-c role=slipway_notifier'", server, database->name);
}

static void migrate(const struct notifier_database *database)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = notifier_database_connect(database->owner);
    struct error error = {0};
    int applied = 0;

    if (pg_migrate(pg, "notifier", notifier_migrations, notifier_migration_count, &applied,
                   &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(applied, (int)notifier_migration_count);
}

void notifier_database_init(struct notifier_database *database)
{
    static const char make_roles[] =
        "DO $$ BEGIN"
        "  IF to_regrole('slipway_owner') IS NULL THEN CREATE ROLE slipway_owner; END IF;"
        "  IF to_regrole('slipway_notifier') IS NULL THEN CREATE ROLE slipway_notifier LOGIN; END "
        "IF;"
        " END $$";
    char sql[160];

    (void)snprintf(database->name, sizeof(database->name), "notifier_test_%d", (int)getpid());
    write_conninfos(database);
    run_script(server_conninfo(), make_roles);
    (void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s OWNER slipway_owner", database->name);
    run_script(server_conninfo(), sql);
    migrate(database);
}

void notifier_database_deinit(const struct notifier_database *database)
{
    char sql[160];

    (void)snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS %s WITH (FORCE)", database->name);
    run_script(server_conninfo(), sql);
}
