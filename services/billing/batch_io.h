/* The two round trips of a batch: what it reads under lock, and what it writes. */
#pragma once

#include "services/billing/batch.h"

enum batch_read_refusal {
    /* The catalog in memory is not the one that stands: read it again and begin anew. */
    BATCH_CATALOG_CHANGED = 1,
};

/* Collects the jobs' wants, locks and reads: one round trip. */
MUST_CHECK int batch_read(struct pg *pg, struct batch *batch, struct error *error);

/* Queues all that the jobs write; the commit's sync sends it. `relay_id` stands in the outbox row.
 */
MUST_CHECK int batch_queue_writes(struct pg *pg, struct batch *batch, int64_t relay_id,
                                  struct error *error);
