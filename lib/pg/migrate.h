/* Numbered schema migrations, applied once each, in order, one transaction each.
 *
 * Applied ones are kept in <schema>.schema_migrations with the SHA-256 of their text; a text that
 * changed after it was applied is refused. An advisory lock lets several replicas start at once.
 */
#pragma once

#include "lib/pg/pg.h"

struct pg_migration {
    /* 1, 2, 3 … without gaps. */
    int number;
    const char *name;
    const char *sql;
};

/* `schema` is created when it is missing. *ret_applied: how many ran now. */
MUST_CHECK int pg_migrate(struct pg *pg, const char *schema, const struct pg_migration *migrations,
                          size_t count, int *ret_applied, struct error *error);
