/* Payment providers, one file each, without any input or output of their own: they say what is to
 * be sent, read what came back, and judge what a caller of /callbacks/{provider} sent. Whoever
 * talks HTTP for them is deposits' business. All amounts of ours are USD cents; amounts of theirs
 * stay decimal text until lib/base/money or decimal arithmetic on integers has read them: no float.
 */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROVIDER_ID_SIZE = 128,
    PROVIDER_REFERENCE_SIZE = 48,
    PROVIDER_URL_SIZE = 512,
    PROVIDER_WORD_SIZE = 64,
    PROVIDER_HEADERS_MAX = 8,
};

/* From billing's settings; texts are borrowed, "" where there is none. */
struct provider_settings {
    /* Without a slash at its end. */
    const char *base_url;
    /* "": the provider is not configured and is refused by name. */
    const char *token;
    /* A second secret where there is one: the shop's signing key, the callback's secret. */
    const char *secret;
    /* The shop or merchant. */
    const char *account;
    /* Which of a provider's ways of speaking: "classic" or "exchange" (xrocket), "header" or "body"
     * (sbp's signature); "" is the first. */
    const char *dialect;
    /* Where it is to call us; "": it is configured on the provider's side. */
    const char *callback_url;
    /* Where the payer goes afterwards; "": nowhere. */
    const char *return_url;
    /* For providers that count in roubles: hundredths of a rouble for one dollar. */
    int64_t kopecks_per_usd;
    /* Added to the invoice, in hundredths of a percent of the amount. */
    int64_t fee_basis_points;
};

/* What is to be paid. */
struct provider_order {
    /* Ours, unique for ever: "slipway-9002". */
    const char *reference;
    /* With the fee. */
    int64_t amount_cents;
    /* The coin that the customer asked for; "": the provider's own choice. */
    const char *asset;
    int64_t lifetime_s;
};

/* One HTTP request to the provider; owned, provider_request_deinit(). */
struct provider_request {
    /* "GET" or "POST", static. */
    const char *method;
    struct buffer url;
    /* "Name: value", secrets included: never to be logged. */
    struct buffer headers[PROVIDER_HEADERS_MAX];
    size_t header_count;
    struct buffer body;
};

void provider_request_deinit(struct provider_request *request);

enum provider_state {
    PROVIDER_OPEN,
    PROVIDER_PAID,
    PROVIDER_EXPIRED,
    PROVIDER_FAILED,
};

struct provider_invoice {
    char external_id[PROVIDER_ID_SIZE];
    /* "" where the provider does not give it back. */
    char reference[PROVIDER_REFERENCE_SIZE];
    enum provider_state state;
    char pay_url[PROVIDER_URL_SIZE];
    /* Of `crypto`: where the coins go, "" otherwise. */
    char address[PROVIDER_ID_SIZE];
    char network[PROVIDER_WORD_SIZE];
    /* Of `crypto`, where the network wants one beside the address (TON, XRP): coins sent without it
     * are lost, so who shows the address must show this. "" otherwise. */
    char memo[PROVIDER_WORD_SIZE];
    char pay_amount[PROVIDER_WORD_SIZE];
    /* What has arrived, in USD cents, rounded down; the fee is part of it. Exactly the invoice's
     * amount where the provider only knows "paid". */
    int64_t paid_cents;
    /* 0: it does not say. */
    int64_t expires_at_us;
};

enum provider_refusal {
    /* The provider said no, and would say it again: `error` holds its words, without secrets. This
     * refusal and the next fill `error`; the others may leave it as it was. */
    PROVIDER_REFUSED = 1,
    /* It has no such invoice. */
    PROVIDER_NOT_FOUND,
    /* A callback whose signature is missing or wrong. */
    PROVIDER_NOT_AUTHENTIC,
    /* Authentic, but of no interest: another kind of event, or no invoice of ours. */
    PROVIDER_IGNORED,
    /* Its HTTP answer says to come again later. */
    PROVIDER_BUSY,
};

/* How a callback's headers are asked for: NULL when it was not sent. Names in any case. */
typedef const char *(*provider_header_fn)(void *context, const char *name);

struct provider_callback {
    const void *body;
    size_t body_length;
    provider_header_fn header;
    void *header_context;
};

struct provider {
    /* As in the API: "cryptobot". */
    const char *name;
    /* The words that settings.dialect may hold, the first one standing for "" too; ends with NULL.
     */
    const char *const *dialects;
    /* Which settings it can't do without, apart from the base URL and the token. */
    bool needs_secret, needs_account, needs_return_url, needs_kopecks;
    /* The callback is not proof enough: what it says is asked of the provider before it counts. It
     * is a hint of which invoice to ask for then, and its state need not be the invoice's. */
    bool confirm_callbacks;

    /* Whether an invoice can be wished in that asset (not ""), as far as we know without asking.
     * NULL: in any. */
    bool (*takes_asset)(const struct provider_settings *settings, const char *asset);

    /* To make an invoice. 0; PROVIDER_REFUSED: it does not take that asset, nothing is to be sent;
     * or a fault (no memory, an amount that does not fit, a setting that can't be used). */
    int (*write_create)(const struct provider_settings *settings,
                        const struct provider_order *order, struct provider_request *ret_request,
                        struct error *error);
    /* 0, PROVIDER_REFUSED, PROVIDER_BUSY; FAULT_RETRY for a 5xx; FAULT_HARD for what can't be read.
     */
    int (*read_create)(const struct provider_settings *settings, const struct provider_order *order,
                       unsigned status, const void *body, size_t length,
                       struct provider_invoice *ret_invoice, struct error *error);

    /* To find an invoice again: by `external_id`, or by our reference when that is "" (an answer
     * was lost). */
    int (*write_find)(const struct provider_settings *settings, const struct provider_order *order,
                      const char *external_id, struct provider_request *ret_request,
                      struct error *error);
    /* As read_create; PROVIDER_NOT_FOUND too. */
    int (*read_find)(const struct provider_settings *settings, const struct provider_order *order,
                     const char *external_id, unsigned status, const void *body, size_t length,
                     struct provider_invoice *ret_invoice, struct error *error);

    /* 0: authentic, *ret_invoice holds what it says (external_id or reference, state, and
     * paid_cents when it can be told without the order, else 0). PROVIDER_NOT_AUTHENTIC,
     * PROVIDER_IGNORED, FAULT_HARD (can't be read). */
    int (*read_callback)(const struct provider_settings *settings,
                         const struct provider_callback *callback,
                         struct provider_invoice *ret_invoice, struct error *error);
};

/* All of them, in the API's order: crypto, cryptobot, xrocket, lolz, sbp. */
extern const struct provider *const providers[];
extern const size_t provider_count;

/* Whether a configured provider (its token is not "") can work with these settings; the functions
 * above rely on it. FAULT_HARD: what is missing or can't be used, by the member's name. */
int provider_check(const struct provider *provider, const struct provider_settings *settings,
                   struct error *error);

/* Whether it can be wished at all; "", no wish, always. */
bool provider_takes_asset(const struct provider *provider, const struct provider_settings *settings,
                          const char *asset);

/* NULL: there is none of that name. */
const struct provider *provider_find(const char *name);
