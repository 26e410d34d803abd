/* Which servers time has something to do with. */
#pragma once

#include "lib/pg/pg.h"

/* Where a walk over them stands; all zero before the first. */
struct expiry_cursor {
    int64_t due_at_us, vps_id;
};

/* At most `limit` servers that were due by `until_us`, longest due first, after the cursor. */
MUST_CHECK int expiry_store_list(struct pg *pg, const struct expiry_cursor *after, int64_t until_us,
                                 int64_t limit, struct pg_rows **ret_rows, struct error *error);

/* One of the rows, as the cursor that follows it, and whose it is. */
void expiry_store_row(const struct pg_rows *rows, int row, struct expiry_cursor *ret_cursor,
                      int64_t *ret_user_id);
