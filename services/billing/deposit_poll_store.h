/* Deposits whose providers are to be asked, for the poller: taking one moves its time on, so that
 * no two pollers ask for the same one, and a dead poller's are asked for at their next time. */
#pragma once

#include "services/billing/deposit_store.h"

/* What is to become of a deposit that is taken: its due_at_us, tries, lease and leased_until_us are
 * changed. */
typedef void (*deposit_poll_fn)(void *context, struct deposit *deposit);

/* Takes up to `limit` that are due at `now_us`, longest overdue first. `ret_rows` has to be empty;
 * the caller's to deposit_rows_deinit(). */
MUST_CHECK int deposit_poll_store_take(struct pg *pg, int64_t now_us, int64_t limit,
                                       deposit_poll_fn plan, void *context,
                                       struct deposit_rows *ret_rows, struct error *error);
