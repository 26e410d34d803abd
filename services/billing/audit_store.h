/* Recounts the books from the rows themselves, in one snapshot, sharing no code with the writer. */
#pragma once

#include "lib/pg/pg.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger_audit {
    /* INV-1: 0 over all accounts. */
    int64_t sum_cents;
    /* INV-1: accounts whose balance is not what their transfers say, or that don't exist. */
    int64_t unequal_accounts;
    /* INV-2: servers that don't have exactly the capture or refund of their status. */
    int64_t wrong_outcomes;
    /* INV-4: wallets below the floor that an operator gave them. */
    int64_t negative_wallets;
    /* What is held for servers without an outcome, and what they cost: equal. */
    int64_t in_progress_cents, unfinished_cents;
    /* INV-5: addresses that two have, that are free and held at once, that a server which is no
     * more still holds or one that is lacks. */
    int64_t wrong_addresses;
    /* INV-9: deposits that don't have exactly the transfer of their status and amount, or the
     * other way round. */
    int64_t wrong_deposits;
};

const struct pg_statement *audit_store_ask(void);

/* `rows` has one row. */
void audit_store_row(const struct pg_rows *rows, struct ledger_audit *ret_audit);

/* Every rule holds. */
bool ledger_audit_is_balanced(const struct ledger_audit *audit);
