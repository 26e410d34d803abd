/* How far checkouts of several servers have come: results of one checkout may come to any writer at
 * the same time, and the last of them tells of its end. */
#pragma once

#include "lib/pg/pg.h"

#include <stddef.h>
#include <stdint.h>

struct checkout {
    int64_t id;
    uint32_t total;
    /* Of them have ended, one way or the other; and of those have failed. */
    uint32_t ended, failed;
    int64_t charged_cents, refunded_cents;
};

/* Locks the checkouts that these servers were bought by, in id order, and counts their servers
 * under the lock: two results. One that bought a single server is left out; its server's lock is
 * enough. */
MUST_CHECK int checkout_store_queue_lock(struct pg *pg, const struct pg_array *vps_ids,
                                         struct error *error);
/* By id, ascending; free(). */
MUST_CHECK int checkout_store_take_lock(struct pg *pg, struct checkout **ret_checkouts,
                                        size_t *ret_count, struct error *error);
