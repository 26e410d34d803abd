/* Asks providers, on a schedule with backoff, after deposits that are open: what callbacks missed
 * is settled, what has ended expires, and what nobody answers for any more gets its invoice.
 * Replicas share the work: whoever takes a deposit moves its time on. */
#pragma once

#include "services/billing/invoicer.h"

struct deposit_poller;

struct deposit_poller_options {
    const char *conninfo;
    /* All borrowed. The poller ends before the client. */
    struct writer *writer;
    struct provider_client *client;
    struct invoicer *invoicer;
    const struct deposit_terms *terms;
    /* Between two looks. */
    int64_t interval_ms;
    /* Most deposits asked after at once. */
    int64_t limit;
    struct metrics *metrics;
    /* NULL: the system's. */
    const struct clock *clock;
};

MUST_CHECK int deposit_poller_new(const struct deposit_poller_options *options,
                                  struct deposit_poller **ret_poller, struct error *error);

/* Looks for nothing more; what was asked is still settled. */
void deposit_poller_stop(struct deposit_poller *poller);
/* After the writer. Accepts NULL. */
void deposit_poller_free(struct deposit_poller *poller);
