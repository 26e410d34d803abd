/* billing as the gateway sees it: lanes of RPC over one HTTP client. Commands share their trips,
 * and so do queries; what waits for a payment provider travels alone, in a lane of its own, so that
 * it holds up nobody. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/base/error.h"
#include "services/gateway/config.h"

struct billing_client;

/* Positive outcome of a call beside 0 and the faults: no answer within BILLING_TIMEOUT_MS. */
enum billing_refusal {
    /* Apart from the refusals of those who pass it on. */
    BILLING_TIMED_OUT = 200,
};

/* outcome 0: `answer` is billing's, borrowed for the call. Otherwise answer is NULL, and
 * FAULT_RETRY means surely not processed, FAULT_UNCERTAIN and BILLING_TIMED_OUT perhaps processed.
 * On a thread of the client; must not block. */
typedef void (*billing_settled_fn)(void *context, int outcome, const Slipway__V1__Answer *answer,
                                   const struct error *error);
typedef void (*billing_told_fn)(void *context, int outcome, const Slipway__V1__QueryResult *result,
                                const struct error *error);

MUST_CHECK int billing_client_new(const struct gateway_config *config,
                                  struct billing_client **ret_client, struct error *error);
/* Open calls fail first, with FAULT_UNCERTAIN. Accepts NULL. */
void billing_client_free(struct billing_client *client);

/* 0: the callback runs exactly once, perhaps before this returns. A fault: it will not. */
MUST_CHECK int billing_client_submit(struct billing_client *client,
                                     const Slipway__V1__Command *command,
                                     billing_settled_fn settled, void *context,
                                     struct error *error);
MUST_CHECK int billing_client_ask(struct billing_client *client, const Slipway__V1__Query *query,
                                  billing_told_fn told, void *context, struct error *error);
