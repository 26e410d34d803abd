/* How PostgreSQL plans what the writer and the readers ask: each statement goes by an index,
 * planned once. Left to the statistics, a statement that was first run on an empty table scans it
 * whole long after it has grown. Holds for one transaction, or one pipeline without; goes first. */
#pragma once

#include "lib/pg/pg.h"

MUST_CHECK int planner_store_queue(struct pg *pg, struct error *error);
MUST_CHECK int planner_store_take(struct pg *pg, struct error *error);
