/* billing.transfers: append-only. */
#pragma once

#include "services/billing/columns.h"
#include "services/billing/ledger.h"

MUST_CHECK bool ledger_store_init(struct columns *columns);
void ledger_store_push(struct columns *columns, const struct ledger_transfer *transfer);

/* What all transfers of a batch share. */
struct ledger_stamp {
    int64_t shard, outbox_id, created_at_us;
};

MUST_CHECK int ledger_store_queue(struct pg *pg, const struct columns *columns,
                                  const struct ledger_stamp *stamp, struct error *error);
