#include "services/billing/providers/provider_answer.h"

#include "services/billing/providers/provider_amount.h"
#include "services/billing/providers/provider_text.h"

#include <string.h>

bool provider_answer_is_success(unsigned status)
{
    return status >= 200 && status < 300;
}

int provider_answer_parse(unsigned status, const void *body, size_t length, json_t **ret_root,
                          struct error *error)
{
    if (status == 429)
        return provider_answer_refuse(NULL, PROVIDER_BUSY, "too many requests", error);
    if (status == 408 || (status >= 500 && status < 600))
        return error_set(error, FAULT_RETRY, "the provider answered %u", status);
    if (!provider_answer_is_success(status) && (status < 400 || status >= 500))
        return error_set(error, FAULT_HARD, "the provider answered %u", status);
    if (provider_json_parse(body, length, ret_root, NULL) != 0)
        return error_set(error, FAULT_HARD, "the provider answered %u with what is no JSON object",
                         status);
    return 0;
}

static bool holds(const char *words, const char *secret)
{
    return secret[0] != '\0' && strstr(words, secret) != NULL;
}

int provider_answer_refuse(const struct provider_settings *settings, int refusal, const char *words,
                           struct error *error)
{
    char clean[192];

    provider_text_words(words, clean, sizeof(clean));
    /* Searched in the whole text, for a secret may be cut by the end of the clean one. */
    if (settings != NULL && words != NULL &&
        (holds(words, settings->token) || holds(words, settings->secret)))
        (void)error_set(error, FAULT_HARD, "the provider refused, quoting a secret");
    else
        (void)error_set(error, FAULT_HARD, "the provider refused: %s", clean);
    return refusal;
}

int provider_answer_broken(const char *what, struct error *error)
{
    return error_set(error, FAULT_HARD, "the provider's answer has no usable %s", what);
}

bool provider_answer_state(const char *name, const struct provider_state_name *states, size_t count,
                           enum provider_state *ret_state)
{
    for (size_t i = 0; name != NULL && i < count; ++i)
        if (strcmp(states[i].name, name) == 0) {
            *ret_state = states[i].state;
            return false;
        }
    return true;
}

int provider_answer_identity(const char *id, const char *reference,
                             const struct provider_order *order, struct provider_invoice *invoice,
                             struct error *error)
{
    if (provider_text_word(id, invoice->external_id, sizeof(invoice->external_id)))
        return provider_answer_broken("id", error);
    if (reference == NULL || reference[0] == '\0')
        return 0;
    if (provider_text_word(reference, invoice->reference, sizeof(invoice->reference)))
        return order == NULL ? PROVIDER_IGNORED : provider_answer_broken("reference", error);
    if (order != NULL && strcmp(reference, order->reference) != 0)
        return provider_answer_broken("reference", error);
    return 0;
}

int provider_answer_exact_amount(const char *amount, const struct provider_order *order,
                                 struct provider_invoice *invoice, struct error *error)
{
    int64_t cents;

    if (provider_amount_cents(amount, &cents) || (order != NULL && cents != order->amount_cents))
        return provider_answer_broken("amount", error);
    invoice->paid_cents = invoice->state == PROVIDER_PAID ? cents : 0;
    return 0;
}

int provider_answer_hint(const char *id, const char *reference, const char *state_name,
                         const struct provider_state_name *states, size_t count,
                         struct provider_invoice *ret_invoice, struct error *error)
{
    struct provider_invoice invoice = {0};
    const int result = provider_answer_identity(id, reference, NULL, &invoice, error);

    if (result != 0)
        return result;
    if (provider_answer_state(state_name, states, count, &invoice.state))
        invoice.state = PROVIDER_OPEN;
    *ret_invoice = invoice;
    return 0;
}
