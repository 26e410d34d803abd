/* Makes invoices: opens a deposit through the writer, asks its provider after that commit, and
 * records what came of it through the writer again. Nobody waits for a provider but the caller.
 *
 * An attempt whose end is not known is never simply repeated: the provider is first asked for the
 * invoice by our reference. */
#pragma once

#include "services/billing/provider_client.h"
#include "services/billing/writer.h"

struct invoicer;

struct invoicer_options {
    /* All borrowed. The writer outlives the client, the invoicer both. */
    struct writer *writer;
    struct provider_client *client;
    const struct deposit_terms *terms;
};

MUST_CHECK int invoicer_new(const struct invoicer_options *options, struct invoicer **ret_invoicer,
                            struct error *error);
/* After the writer: nothing is open any more. Accepts NULL. */
void invoicer_free(struct invoicer *invoicer);

/* As writer_submit(), for OpenDeposit. */
MUST_CHECK int invoicer_open(struct invoicer *invoicer, Slipway__V1__Command *command,
                             writer_answered_fn answered, void *context);

/* Goes on with a deposit that nobody works on any more; its lease is the caller's. Nobody is told,
 * the row is. */
void invoicer_resume(struct invoicer *invoicer, const struct deposit_order *order);
