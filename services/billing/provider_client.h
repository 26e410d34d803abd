/* Talks HTTP for the payment providers: sends what they write, reads what came back. One thread of
 * its own; nobody waits for it. */
#pragma once

#include "lib/service/metrics.h"
#include "services/billing/deposit.h"
#include "services/billing/provider_book.h"

struct provider_client;

struct provider_client_options {
    /* Borrowed. */
    const struct provider_book *book;
    struct metrics *metrics;
    /* Requests at once; past it FAULT_RETRY. */
    int64_t limit;
};

/* outcome 0: `invoice` (borrowed) is what the provider said. PROVIDER_REFUSED, PROVIDER_NOT_FOUND,
 * PROVIDER_BUSY; FAULT_RETRY: surely nothing was done; FAULT_UNCERTAIN: no answer came, perhaps it
 * was done; FAULT_HARD: an error or nonsense was answered, perhaps it was done. Runs on the
 * client's thread; must not block. */
typedef void (*provider_told_fn)(void *context, int outcome, const struct provider_invoice *invoice,
                                 const struct error *error);

MUST_CHECK int provider_client_new(const struct provider_client_options *options,
                                   struct provider_client **ret_client, struct error *error);

/* From now on nothing is asked any more; what is open is told FAULT_UNCERTAIN first. */
void provider_client_close(struct provider_client *client);
/* Accepts NULL. */
void provider_client_free(struct provider_client *client);

enum provider_question {
    PROVIDER_CREATE,
    /* By order->external_id, or by our reference when that is "". */
    PROVIDER_FIND,
};

/* 0: `told` runs exactly once. Otherwise it does not: PROVIDER_REFUSED (the provider does not take
 * this order), FAULT_RETRY, FAULT_HARD. `order` is copied. Thread-safe; may be called from `told`.
 */
MUST_CHECK int provider_client_ask(struct provider_client *client, enum provider_question question,
                                   const struct deposit_order *order, int64_t timeout_ms,
                                   provider_told_fn told, void *context, struct error *error);
