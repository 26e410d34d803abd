/* billing.transfers: append-only. */
#pragma once

#include "services/billing/columns.h"
#include "services/billing/ledger.h"

MUST_CHECK bool ledger_store_init(struct columns *columns);
void ledger_store_push(struct columns *columns, const struct ledger_transfer *transfer);
MUST_CHECK int ledger_store_queue(struct pg *pg, const struct columns *columns, int64_t now_us,
                                  struct error *error);
