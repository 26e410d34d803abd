/* A user's list of transactions: its transfers, and its deposits that have become none. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"

/* `user` 0: all users'. Texts are borrowed. */
struct transaction_filter {
    int64_t user, before_id, limit;
    /* "" for every type and status. */
    const char *type, *status;
    /* Microseconds since 1970, from inclusive, to exclusive. */
    int64_t from_us, to_us;
};

const struct pg_statement *ledger_read_store_list(struct pg_args *args,
                                                  const struct transaction_filter *filter);

/* Texts are borrowed from the rows. */
void ledger_read_store_row(const struct pg_rows *rows, int row,
                           Slipway__V1__Transaction *ret_transaction);
