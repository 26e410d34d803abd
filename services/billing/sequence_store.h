/* Ids from PostgreSQL's sequences, many at once. */
#pragma once

#include "lib/pg/pg.h"

enum sequence {
    /* Of transfers, servers and batches. */
    SEQUENCE_TRANSFER,
    SEQUENCE_USER,
    SEQUENCE_KEY,
    SEQUENCE_OUTBOX,
    SEQUENCE_COUNT,
};

MUST_CHECK int sequence_store_queue(struct pg *pg, enum sequence sequence, int64_t count,
                                    struct error *error);

/* One row of one id each, ascending unless other writers take at the same time. */
MUST_CHECK int sequence_store_take(struct pg *pg, struct pg_rows **ret_rows, struct error *error);
