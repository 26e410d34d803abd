/* The catalog in PostgreSQL. */
#pragma once

#include "lib/pg/pg.h"
#include "services/billing/catalog.h"

/* Reads the whole catalog in one snapshot. Usable inside a pg_transaction's work (it syncs). */
MUST_CHECK int catalog_store_read(struct pg *pg, struct catalog **ret_catalog, struct error *error);

/* Replaces the catalog: what is not in `catalog` becomes unavailable (periods: deleted); counts the
 * version up and logs the act. One transaction of its own. */
MUST_CHECK int catalog_store_replace(struct pg *pg, const struct catalog *catalog,
                                     struct error *error);
