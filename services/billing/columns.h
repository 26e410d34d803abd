/* The rows that a batch writes to one table, column by column, for one INSERT or UPDATE over
 * unnest(). */
#pragma once

#include "lib/pg/pg.h"

#include <stdbool.h>

enum { COLUMNS_MAX = 20 };

struct columns {
    size_t count;
    struct pg_array *arrays[COLUMNS_MAX];
};

/* True: no memory. */
MUST_CHECK bool columns_init(struct columns *columns, const enum pg_array_type *types,
                             size_t count);
void columns_deinit(struct columns *columns);
void columns_reset(struct columns *columns);
size_t columns_rows(const struct columns *columns);

/* Appends all columns, in order. */
void columns_args(const struct columns *columns, struct pg_args *args);

/* Queues `statement` with the columns and then `time_us`; nothing when there are no rows. */
MUST_CHECK int columns_queue(const struct columns *columns, struct pg *pg,
                             const struct pg_statement *statement, int64_t time_us,
                             struct error *error);

/* The same for a statement that takes no time. */
MUST_CHECK int columns_queue_timeless(const struct columns *columns, struct pg *pg,
                                      const struct pg_statement *statement, struct error *error);

/* Pushes NULL for 0. */
void columns_push_id(struct columns *columns, size_t column, int64_t id);

/* Pushes NULL for NULL. */
void columns_push_text(struct columns *columns, size_t column, const char *text);

/* Pushes NULL for "". */
void columns_push_nonempty(struct columns *columns, size_t column, const char *text);
