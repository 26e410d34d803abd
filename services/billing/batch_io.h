/* The two round trips of a batch: what it reads under lock, and what it writes. */
#pragma once

#include "services/billing/batch.h"

/* Collects the jobs' wants, locks and reads: one round trip. 0, BATCH_CATALOG_CHANGED or a fault.
 */
MUST_CHECK int batch_read(struct pg *pg, struct batch *batch, struct error *error);

/* Takes the idempotency records that were asked for to the jobs that carry their keys. */
MUST_CHECK int batch_take_records(struct pg *pg, struct batch *batch, struct error *error);

/* Queues all that the jobs write; the commit's sync sends it. `relay_id` stands in the outbox row.
 */
MUST_CHECK int batch_queue_writes(struct pg *pg, struct batch *batch, int64_t relay_id,
                                  struct error *error);
