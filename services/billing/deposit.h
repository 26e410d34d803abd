/* Deposits: what becomes of one, what it brings, and when its provider is asked again. Pure;
 * docs/payments.md tells the rules. */
#pragma once

#include "services/billing/providers/provider.h"

enum {
    DEPOSIT_ASSET_SIZE = 33,
    DEPOSIT_HASH_SIZE = 32,
};

/* What the API takes, in cents. */
#define DEPOSIT_LEAST_CENTS 100
#define DEPOSIT_MOST_CENTS  100000

/* As in billing.deposit_status. */
enum deposit_status {
    DEPOSIT_CREATING,
    DEPOSIT_PENDING,
    DEPOSIT_COMPLETED,
    DEPOSIT_FAILED,
    DEPOSIT_EXPIRED,
    DEPOSIT_STATUS_COUNT,
};

/* A row of billing.deposits. Texts are borrowed, "" for NULL; so are the hashes, NULL for none; 0
 * stands for no time. */
struct deposit {
    int64_t id, user_id;
    const char *provider;
    enum deposit_status status;
    int64_t amount_cents, fee_cents, paid_cents, credited_cents;
    const char *asset, *external_id, *pay_url, *address, *network, *memo, *pay_amount;
    bool by_operator;
    const char *failure;
    const uint8_t *key_hash, *fingerprint;
    int64_t lease, leased_until_us, tries, due_at_us, expires_at_us, created_at_us;
    /* Opened in this batch, so it is inserted. */
    bool is_new;
    bool changed;
};

/* What a provider is asked about, by value so that it may travel between threads. */
struct deposit_order {
    int64_t id, user_id;
    const struct provider *provider;
    /* With the fee. */
    int64_t invoice_cents;
    char asset[DEPOSIT_ASSET_SIZE];
    /* "": there is no invoice that we know of. */
    char external_id[PROVIDER_ID_SIZE];
    int64_t lease, tries;
    bool has_key;
    uint8_t key_hash[DEPOSIT_HASH_SIZE], fingerprint[DEPOSIT_HASH_SIZE];
};

/* `deposit` names a provider that there is. */
void deposit_order_of(const struct deposit *deposit, struct deposit_order *ret_order);

/* "pending" … */
const char *deposit_status_name(enum deposit_status status);
/* True: there is no such status. */
MUST_CHECK bool deposit_status_find(const char *name, enum deposit_status *ret_status);

/* What the provider knows a deposit by: "slipway-9002". Returns `ret_text`. */
const char *deposit_reference(int64_t id, char ret_text[static PROVIDER_REFERENCE_SIZE]);
/* True: it is none of ours. */
MUST_CHECK bool deposit_reference_parse(const char *text, uint64_t *ret_id);

/* ---- amounts ---- */

/* What is added to the invoice, half up to the cent; `basis_points` in 0 … 10000. True: it does
 * not fit. */
MUST_CHECK bool deposit_fee(int64_t amount_cents, int64_t basis_points, int64_t *ret_fee_cents);

/* What the wallet gets when `paid_cents` (the invoice or more) has arrived: the same part of it
 * that the amount is of the invoice, rounded down. True: it does not fit. */
MUST_CHECK bool deposit_credit(int64_t amount_cents, int64_t fee_cents, int64_t paid_cents,
                               int64_t *ret_cents);

/* The referrer's part, rounded down. credited_cents ≥ 0; `basis_points` in 0 … 10000. True: it
 * does not fit. */
MUST_CHECK bool deposit_bonus(int64_t credited_cents, int64_t basis_points, int64_t *ret_cents);

/* ---- what the provider says ---- */

struct deposit_news {
    enum provider_state state;
    /* All that has arrived, with the fee; 0: nothing, or it is not told. */
    int64_t paid_cents;
};

enum deposit_verdict {
    DEPOSIT_KEEP,
    /* Less than the invoice has arrived, or more after it was credited: an operator is to see it.
     */
    DEPOSIT_NOTE,
    DEPOSIT_CREDIT,
    DEPOSIT_FAIL,
    /* The same, for less than the invoice has arrived until it ended. */
    DEPOSIT_FAIL_UNDERPAID,
    DEPOSIT_EXPIRE,
    /* Paid, but an operator had marked it failed: nothing moves, a person has to look. */
    DEPOSIT_OVERRULED,
};

enum deposit_verdict deposit_judge(const struct deposit *deposit, const struct deposit_news *news,
                                   int64_t now_us);

/* ---- when to ask ---- */

struct deposit_schedule {
    /* Between two looks at a pending deposit: grows from the first to the longest. */
    int64_t first_ms, longest_ms;
};

/* The next look at a deposit with an invoice, by its status; 0: never again. `random` is any
 * number: looks spread by a quarter to either side. */
int64_t deposit_next_look_us(const struct deposit_schedule *schedule, const struct deposit *deposit,
                             int64_t now_us, uint32_t random);

/* How long after the lease has ended whoever looks for orphans waits, by the tries so far. */
int64_t deposit_retry_wait_us(int64_t tries);

/* No invoice came about for so long that none is tried for any more. */
bool deposit_is_given_up(const struct deposit *deposit, int64_t now_us);
