/* POST /callbacks/{provider}: checks the signature on the raw body, finds the deposit, has the
 * provider confirm what needs to be confirmed, settles through the writer, and answers after that
 * commit. An answer that is no 2xx makes the provider send it again; what will never be of interest
 * is answered 200 for that reason. */
#pragma once

#include "services/billing/provider_client.h"
#include "services/billing/reader.h"
#include "services/billing/writer.h"

struct callbacks;

struct callbacks_options {
    /* All borrowed. They outlive the callbacks' open work: reader and client end first, then the
     * writer, then the callbacks. */
    struct writer *writer;
    struct reader *reader;
    struct provider_client *client;
    const struct deposit_terms *terms;
    struct metrics *metrics;
};

MUST_CHECK int callbacks_new(const struct callbacks_options *options,
                             struct callbacks **ret_callbacks, struct error *error);
/* Accepts NULL. */
void callbacks_free(struct callbacks *callbacks);

/* Always 0: `command` is taken, and `answered` is called exactly once, perhaps before this returns.
 */
MUST_CHECK int callbacks_take(struct callbacks *callbacks, Slipway__V1__Command *command,
                              writer_answered_fn answered, void *context);
