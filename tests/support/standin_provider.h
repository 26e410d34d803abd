/* Crypto Pay on a port of this process, as far as deposits need it, with what may go wrong at will.
 * Thread-safe. */
#pragma once

#include <stdint.h>

enum standin_mode {
    STANDIN_WORKS,
    /* The work is done and the answer never comes. */
    STANDIN_LOSES,
    /* {"ok":false} */
    STANDIN_REFUSES,
    /* 500 instead of any work. */
    STANDIN_FAILS,
    /* The work is done and 500 is answered. */
    STANDIN_DOES_AND_FAILS,
};

struct standin_provider;

struct standin_provider *standin_provider_new(void);
/* Answers what it has kept waiting. */
void standin_provider_free(struct standin_provider *standin);

/* "http://127.0.0.1:<port>" */
const char *standin_provider_url(const struct standin_provider *standin);

void standin_provider_set_mode(struct standin_provider *standin, enum standin_mode mode);

/* As if we had asked for it and died: an invoice of this deposit. Returns its id. */
int64_t standin_provider_add(struct standin_provider *standin, int64_t deposit_id,
                             const char *amount);

/* "active", "paid" or "expired", of all invoices of a deposit. */
void standin_provider_set_status(struct standin_provider *standin, int64_t deposit_id,
                                 const char *status);

/* How many invoices a deposit has there, and how often any was asked after by its id. */
int64_t standin_provider_invoices(struct standin_provider *standin, int64_t deposit_id);
int64_t standin_provider_looks(struct standin_provider *standin);
