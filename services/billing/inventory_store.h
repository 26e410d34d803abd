/* The inventory in PostgreSQL. */
#pragma once

#include "lib/pg/pg.h"
#include "services/billing/inventory_file.h"

/* Adds or changes the locations (by code), nodes (by name) and pools (by first address) of the
 * inventory, leaves all others and all use (used_*, next_offset) as they are, and counts the
 * catalog's version up and logs the act. One transaction of its own. FAULT_HARD, nothing changed: a
 * pool overlaps another, shrinks below what it has handed out, or a pool or node would move to
 * another location.
 */
MUST_CHECK int inventory_store_load(struct pg *pg, const struct inventory *inventory,
                                    struct error *error);
