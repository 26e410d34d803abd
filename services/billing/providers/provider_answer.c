#include "services/billing/providers/provider_answer.h"

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
    return provider_json_parse(body, length, ret_root, error);
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

bool provider_answer_is_of(const char *found, const struct provider_order *order)
{
    return found == NULL || found[0] == '\0' || strcmp(found, order->reference) == 0;
}
