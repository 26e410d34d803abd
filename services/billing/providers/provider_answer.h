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

/* Looks a provider's word for a state up; NULL is none. True when it is none of them. */
struct provider_state_name {
    const char *name;
    enum provider_state state;
};
MUST_CHECK bool provider_answer_state(const char *name, const struct provider_state_name *states,
                                      size_t count, enum provider_state *ret_state);

/* The id of an invoice and our reference, which may be missing. FAULT_HARD: the id is missing or
 * unusable, or the reference is another order's. `order` is NULL where none is known: what can't be
 * a reference of ours is PROVIDER_IGNORED then. */
MUST_CHECK int provider_answer_identity(const char *id, const char *reference,
                                        const struct provider_order *order,
                                        struct provider_invoice *invoice, struct error *error);

/* For providers that let nobody pay another amount: what is asked for must be what we asked for.
 * Sets paid_cents of a paid invoice. FAULT_HARD: it is another amount, or none. */
MUST_CHECK int provider_answer_exact_amount(const char *amount, const struct provider_order *order,
                                            struct provider_invoice *invoice, struct error *error);

/* A callback that is confirmed by asking: which invoice it speaks of, and the state it says, OPEN
 * when it says none of `states`. 0, PROVIDER_IGNORED, FAULT_HARD as above. */
MUST_CHECK int provider_answer_hint(const char *id, const char *reference, const char *state_name,
                                    const struct provider_state_name *states, size_t count,
                                    struct provider_invoice *ret_invoice, struct error *error);
