#include "services/notifier/migrations.h"

#include "notifier_sql.h"

const struct pg_migration notifier_migrations[] = {
    {1, "webhooks", notifier_sql_0001_webhooks},
    {2, "notices",  notifier_sql_0002_notices },
};

const size_t notifier_migration_count = ARRAY_LENGTH(notifier_migrations);
