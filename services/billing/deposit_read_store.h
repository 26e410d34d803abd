/* One deposit as its owner and operators see it. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"

/* Texts are borrowed. */
struct deposit_filter {
    const char *provider, *external_id;
    /* The one of this id too, while it has no external id; 0: none. */
    int64_t id;
    /* Whose; 0: whoever's. */
    int64_t scope;
};

const struct pg_statement *deposit_read_store_find(struct pg_args *args,
                                                   const struct deposit_filter *filter);

/* Texts are borrowed from the rows. */
void deposit_read_store_row(const struct pg_rows *rows, int row, Slipway__V1__Deposit *ret_deposit);
