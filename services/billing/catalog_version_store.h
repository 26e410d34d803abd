/* The number that counts up with each load of the catalog or the inventory. */
#pragma once

#include "lib/pg/pg.h"

MUST_CHECK int catalog_version_store_queue(struct pg *pg, struct error *error);
MUST_CHECK int catalog_version_store_take(struct pg *pg, int64_t *ret_version, struct error *error);
