/* The schema of the notifier as numbered migrations, compiled in from sql/. */
#pragma once

#include "lib/pg/migrate.h"

extern const struct pg_migration notifier_migrations[];
extern const size_t notifier_migration_count;
