/* A payment provider's adapter that speaks with the provider's stand-in over HTTP, without billing
 * around it. Every function fails the test when something is not as it says. */
#pragma once

#include "services/billing/providers/provider.h"
#include "tests/support/standin_process.h"

#include <stdint.h>

/* Tests run one after another on one process of the stand-ins. */
struct speaker_world {
    struct standin_process standin;
    int64_t next_order;
};

/* One provider in one dialect, with an order at a time. */
struct speaker {
    struct speaker_world *world;
    const struct provider *provider;
    char base_url[96];
    struct provider_settings settings;
    char reference[PROVIDER_REFERENCE_SIZE];
    struct provider_order order;
};

/* With what the stand-in takes for good without being told. */
void speaker_init(struct speaker *speaker, struct speaker_world *world, const char *name,
                  const char *dialect);

/* Another reference; 50.17 USD, no asset, an hour. */
void speaker_renew_order(struct speaker *speaker);

/* Sends what the adapter writes and reads the answer by it: NULL creates, "" looks for the order's
 * reference, anything else is an id. FAULT_UNCERTAIN: no answer came. *ret_invoice is zeroed unless
 * the result is 0. */
int speaker_ask(struct speaker *speaker, const char *external_id,
                struct provider_invoice *ret_invoice);

/* An invoice for a new order, which is open. */
struct provider_invoice speaker_create(struct speaker *speaker);
struct provider_invoice speaker_find(struct speaker *speaker, const char *external_id);

/* A button for the provider; `members` is "" or begins with a comma. */
void speaker_press(struct speaker *speaker, const char *name, const char *members);
/* For the invoice of the order. */
void speaker_press_for_order(struct speaker *speaker, const char *name, const char *members);

/* The order's webhook as the stand-in would send it now, with its signature "good", "wrong" or
 * "missing", judged by the adapter. */
int speaker_receive(struct speaker *speaker, const char *signature,
                    struct provider_invoice *ret_invoice);
