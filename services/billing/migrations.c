#include "services/billing/migrations.h"

#include "billing_sql.h"

const struct pg_migration billing_migrations[] = {
    {1,  "users_and_keys",         billing_sql_0001_users_and_keys        },
    {2,  "ledger",                 billing_sql_0002_ledger                },
    {3,  "catalog_and_inventory",  billing_sql_0003_catalog_and_inventory },
    {4,  "servers_and_batches",    billing_sql_0004_servers_and_batches   },
    {5,  "idempotency_and_outbox", billing_sql_0005_idempotency_and_outbox},
    {6,  "operations",             billing_sql_0006_operations            },
    {7,  "deposits",               billing_sql_0007_deposits              },
    {8,  "operators",              billing_sql_0008_operators             },
    {9,  "receipts_and_chain",     billing_sql_0009_receipts_and_chain    },
    {10, "ipv6_pools",             billing_sql_0010_ipv6_pools            },
    {11, "silent_nodes",           billing_sql_0011_silent_nodes          },
    {12, "drift",                  billing_sql_0012_drift                 },
    {13, "consoles",               billing_sql_0013_consoles              },
};

const size_t billing_migration_count = ARRAY_LENGTH(billing_migrations);
