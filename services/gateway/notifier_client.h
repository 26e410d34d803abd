/* The notifier as the gateway sees it: one lane of RPC. */
#pragma once

#include "proto/notifier.pb-c.h"

#include "lib/base/error.h"
#include "services/gateway/config.h"

struct notifier_client;

/* outcome 0: `reply` is the notifier's, borrowed for the call. FAULT_RETRY: surely not processed.
 * FAULT_UNCERTAIN: perhaps processed. On a thread of the client; must not block. */
typedef void (*notifier_told_fn)(void *context, int outcome,
                                 const Slipway__V1__NotifierReply *reply,
                                 const struct error *error);

MUST_CHECK int notifier_client_new(const struct gateway_config *config,
                                   struct notifier_client **ret_client, struct error *error);
/* Open calls fail first, with FAULT_UNCERTAIN. Accepts NULL. */
void notifier_client_free(struct notifier_client *client);

/* 0: the callback runs exactly once, perhaps before this returns. A fault: it will not. */
MUST_CHECK int notifier_client_call(struct notifier_client *client,
                                    const Slipway__V1__NotifierCall *call, notifier_told_fn told,
                                    void *context, struct error *error);
