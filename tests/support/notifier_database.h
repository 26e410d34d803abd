/* A database of its own with the schema of the notifier, for one test program, on the server that
 * SLIPWAY_TEST_PG names (a superuser's conninfo). Faults fail the test. */
#pragma once

#include "lib/pg/pg.h"

struct notifier_database {
    char name[64];
    char superuser[512], owner[512], service[512];
};

/* Creates the database and the roles, and migrates. */
void notifier_database_init(struct notifier_database *database);
void notifier_database_deinit(const struct notifier_database *database);

struct pg *notifier_database_connect(const char *conninfo);
/* A statement that yields one number, as the superuser. */
int64_t notifier_database_number(const struct notifier_database *database, const char *sql);
/* A script, as the superuser. */
void notifier_database_script(const struct notifier_database *database, const char *sql);
