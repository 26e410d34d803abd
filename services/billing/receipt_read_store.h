/* The chain of one purchase, as its rows have it. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"
#include "services/billing/ledger.h"

/* The servers of a checkout with their charges and settlements, by item, one row each; `scope` as
 * query_scope() gives it. */
const struct pg_statement *receipt_read_store_find(struct pg_args *args, int64_t id, int64_t scope);

/* The batch; `rows` has one row at least. Texts are borrowed from the rows. */
void receipt_read_store_head(const struct pg_rows *rows, Slipway__V1__Receipt *ret_receipt);

/* A row's server, but for what follows. True: its build has ended. */
bool receipt_read_store_item(const struct pg_rows *rows, int row,
                             Slipway__V1__ReceiptItem *ret_item);

enum receipt_side { RECEIPT_CHARGE, RECEIPT_SETTLEMENT, RECEIPT_SIDES };

/* False: there is no such transfer (yet). `reason` is borrowed from the rows. */
bool receipt_read_store_transfer(const struct pg_rows *rows, int row, enum receipt_side side,
                                 struct ledger_transfer *ret_transfer);
