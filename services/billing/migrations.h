/* The schema of billing as numbered migrations, compiled in from sql/. */
#pragma once

#include "lib/pg/migrate.h"

extern const struct pg_migration billing_migrations[];
extern const size_t billing_migration_count;
