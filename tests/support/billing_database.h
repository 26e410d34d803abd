/* A database of its own with the schema of billing, for one test program, on the server that
 * SLIPWAY_TEST_PG names (a superuser's conninfo). Faults fail the test. */
#pragma once

#include "lib/pg/pg.h"

struct billing_database {
    char name[64];
    /* The superuser's, the schema owner's and the service's way in. */
    char superuser[512], owner[512], service[512];
};

/* Creates the database and the roles, and migrates. */
void billing_database_init(struct billing_database *database);
/* The same in two steps, for what stood before a migration: without a schema, and migrated as far
 * as the first `count` migrations. */
void billing_database_create(struct billing_database *database);
void billing_database_migrate(const struct billing_database *database, size_t count);
void billing_database_deinit(const struct billing_database *database);

/* A connection by one of the conninfos above. */
struct pg *billing_database_connect(const char *conninfo);

/* A script, as the superuser. */
void billing_database_script(const struct billing_database *database, const char *sql);

/* A statement that yields one number, as the superuser. */
int64_t billing_database_number(const struct billing_database *database, const char *sql);
