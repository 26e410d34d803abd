/* billing.deposits, for the writer. The _queue functions go into a pipeline; their _take halves are
 * called in the same order after the sync. */
#pragma once

#include "services/billing/columns.h"
#include "services/billing/deposit.h"

/* Deposits to be locked: by id, and those without an invoice that a request with one of these keys
 * has opened. */
struct deposit_wants {
    struct pg_array *ids, *key_hashes;
};

/* True: no memory. */
MUST_CHECK bool deposit_wants_init(struct deposit_wants *wants);
void deposit_wants_deinit(struct deposit_wants *wants);
void deposit_wants_reset(struct deposit_wants *wants);
bool deposit_wants_any(const struct deposit_wants *wants);

struct deposit_rows {
    struct pg_rows *rows;
    /* Owned; new ones come at the end. There is room for one a wanted key. */
    struct deposit *deposits;
    size_t count, capacity;
};

void deposit_rows_deinit(struct deposit_rows *rows);

/* Locks them in id order. */
MUST_CHECK int deposit_store_queue_lock(struct pg *pg, const struct deposit_wants *wants,
                                        struct error *error);
/* `ret_rows` has to be empty. */
MUST_CHECK int deposit_store_take_lock(struct pg *pg, const struct deposit_wants *wants,
                                       struct deposit_rows *ret_rows, struct error *error);

/* What a statement selects of billing.deposits, to be taken by deposit_store_take(). */
#define DEPOSIT_COLUMNS                                                                            \
    "id, user_id, provider, status::text, amount_cents, fee_cents, paid_cents, credited_cents,"    \
    " asset, coalesce(external_id, ''), coalesce(pay_url, ''), coalesce(address, ''),"             \
    " coalesce(network, ''), coalesce(memo, ''), coalesce(pay_amount, ''), by_operator,"           \
    " coalesce(failure, ''), key_hash, fingerprint, lease, leased_until, tries, due_at,"           \
    " expires_at, created_at"

/* The next result of the pipeline, with room for `more` beside. `ret_rows` has to be empty. */
MUST_CHECK int deposit_store_take(struct pg *pg, size_t more, struct deposit_rows *ret_rows,
                                  struct error *error);

/* NULL: unknown. */
struct deposit *deposit_rows_find(const struct deposit_rows *rows, int64_t id);
/* The one that a request with this key has opened and that has no invoice. */
struct deposit *deposit_rows_find_key(const struct deposit_rows *rows, const uint8_t *key_hash);
/* Copies it in as a new one; there must be room. */
struct deposit *deposit_rows_add(struct deposit_rows *rows, const struct deposit *deposit);

struct deposit_writes {
    struct columns added, changed;
};

MUST_CHECK bool deposit_store_init(struct deposit_writes *writes);
void deposit_store_deinit(struct deposit_writes *writes);
void deposit_store_reset(struct deposit_writes *writes);
/* All that are new or changed. */
void deposit_store_push(struct deposit_writes *writes, const struct deposit_rows *rows);
MUST_CHECK int deposit_store_queue(struct pg *pg, const struct deposit_writes *writes,
                                   int64_t now_us, struct error *error);
