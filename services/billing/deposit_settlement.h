/* What settling a deposit does to the books and tells, for the commands that do it: in one
 * transaction the transfer, the referrer's bonus, the row and the event. */
#pragma once

#include "services/billing/events.h"

/* Wants the deposit, its wallets, and room for what may come of it. */
void deposit_settlement_want(struct batch *batch, uint64_t deposit_id);

/* NULL: unknown. */
struct deposit *deposit_settlement_find(const struct batch *batch, uint64_t deposit_id);

/* Gives the wallet `credited_cents` > 0. FAULT_HARD: the books don't allow it. */
MUST_CHECK int deposit_settlement_complete(struct batch *batch, const struct job *job,
                                           struct deposit *deposit, int64_t credited_cents,
                                           struct error *error);

/* `status` is DEPOSIT_FAILED, for `failure`, or DEPOSIT_EXPIRED, with "". FAULT_HARD: no memory. */
MUST_CHECK int deposit_settlement_close(struct batch *batch, const struct job *job,
                                        struct deposit *deposit, enum deposit_status status,
                                        const char *failure, struct error *error);

/* The event of a deposit as it stands. FAULT_HARD: no memory. */
MUST_CHECK int deposit_settlement_tell(struct batch *batch, const struct job *job,
                                       const struct deposit *deposit, enum event_type type,
                                       struct error *error);
