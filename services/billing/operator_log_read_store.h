/* The operators' log as it is read. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"

/* Texts are borrowed; "" and 0: all. */
struct operator_log_filter {
    int64_t before_id, limit;
    const char *action;
    int64_t user_id, key_id;
    /* Microseconds since 1970, from inclusive, to exclusive. */
    int64_t from_us, to_us;
};

const struct pg_statement *operator_log_read_store_list(struct pg_args *args,
                                                        const struct operator_log_filter *filter);

/* Texts are borrowed from the rows. */
void operator_log_read_store_row(const struct pg_rows *rows, int row,
                                 Slipway__V1__OperatorAct *ret_act);
