/* Which servers are due to be looked at. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/commands.pb-c.h"

/* The id of the `size`-th server after `after_id`, or of the last one; 0: there is none after it.
 */
MUST_CHECK int inspection_store_find_end(struct pg *pg, int64_t after_id, int64_t size,
                                         int64_t *ret_end_id, struct error *error);

/* Active servers with after_id < id ≤ end_id that nobody has looked at since `before_us`, by id, at
 * most `limit`. */
MUST_CHECK int inspection_store_list(struct pg *pg, int64_t after_id, int64_t end_id,
                                     int64_t before_us, int64_t limit, struct pg_rows **ret_rows,
                                     struct error *error);

/* A row as a command, but for its action; texts are borrowed from the rows. */
void inspection_store_row(const struct pg_rows *rows, int row,
                          Slipway__V1__MachineCommand *ret_command,
                          Slipway__V1__Placement *ret_placement);
