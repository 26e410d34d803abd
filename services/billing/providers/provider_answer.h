/* What all providers' answers have in common: HTTP's own verdict, and how a refusal is told. */
#pragma once

#include "services/billing/providers/provider.h"
#include "services/billing/providers/provider_json.h"

/* Reads the body unless the status says it all: PROVIDER_BUSY for 429, FAULT_RETRY for 408 and 5xx,
 * FAULT_HARD for other statuses outside 2xx and 4xx and for what is no JSON object. With 0 the
 * caller looks at the status itself: errors come as 4xx or as 200. */
MUST_CHECK int provider_answer_parse(unsigned status, const void *body, size_t length,
                                     json_t **ret_root, struct error *error);

bool provider_answer_is_success(unsigned status);

/* Writes the provider's words, without the settings' secrets, and returns `refusal`. */
int provider_answer_refuse(const struct provider_settings *settings, int refusal, const char *words,
                           struct error *error);

/* FAULT_HARD: the answer lacks `what`, or it is not what it should be. */
int provider_answer_broken(const char *what, struct error *error);

/* True when `found` (NULL, "": the provider does not say) may be the invoice of this order. */
bool provider_answer_is_of(const char *found, const struct provider_order *order);
