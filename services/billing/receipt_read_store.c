#include "services/billing/receipt_read_store.h"

#include "services/billing/queries_private.h"
#include "services/billing/vps_read_store.h"

#include <string.h>

#define TRANSFER(t)                                                                                \
    t ".id, " t ".debit_account, " t ".credit_account, " t ".amount_cents, " t ".kind::text, " t   \
      ".user_id, " t ".balance_after_cents, " t ".vps_id, " t ".batch_id, " t ".reason, " t        \
      ".created_at, " t ".outbox_id, " t ".chain_shard, " t ".chain_index, " t ".previous_hash"

static const struct pg_statement find_receipt = {
    "receipt_read_find",
    "SELECT b.kind::text || ':' || b.id, b.user_id, b.created_at, v.id, v.item_index,"
    " v.status::text, coalesce(v.machine_uuid, ''), v.applied_sequence > 0, " TRANSFER(
        "c") ", " TRANSFER("s") " FROM billing.batches b"
                                " JOIN billing.checkout_items v ON v.checkout_id = b.id"
                                " LEFT JOIN billing.transfers c ON c.id = v.id"
                                " LEFT JOIN billing.transfers s ON s.id = v.settlement_id"
                                " WHERE b.id = $1 AND b.kind = 'checkout'"
                                " AND ($2::bigint = 0 OR b.user_id = $2) ORDER BY v.item_index"};

enum column {
    BATCH_ID,
    BATCH_USER,
    BATCH_CREATED,
    ITEM_VPS,
    ITEM_INDEX,
    ITEM_STATUS,
    ITEM_UUID,
    ITEM_HAS_ENDED,
    /* The charge's columns, and the settlement's after them. */
    TRANSFERS,
};

/* A transfer's columns, from its first on. */
enum transfer_column {
    ID,
    DEBIT,
    CREDIT,
    AMOUNT,
    KIND,
    USER,
    BALANCE,
    VPS,
    BATCH,
    REASON,
    CREATED,
    OUTBOX,
    SHARD,
    INDEX,
    PREVIOUS_HASH,
    TRANSFER_COLUMNS,
};

const struct pg_statement *receipt_read_store_find(struct pg_args *args, int64_t id, int64_t scope)
{
    pg_args_i64(args, id);
    pg_args_i64(args, scope);
    return &find_receipt;
}

void receipt_read_store_head(const struct pg_rows *rows, Slipway__V1__Receipt *ret_receipt)
{
    slipway__v1__receipt__init(ret_receipt);
    ret_receipt->batch_id = query_text(pg_rows_text(rows, 0, BATCH_ID));
    ret_receipt->user_id = (uint64_t)pg_rows_i64(rows, 0, BATCH_USER);
    ret_receipt->created_at_us = pg_rows_time_us(rows, 0, BATCH_CREATED);
}

bool receipt_read_store_item(const struct pg_rows *rows, int row,
                             Slipway__V1__ReceiptItem *ret_item)
{
    slipway__v1__receipt_item__init(ret_item);
    ret_item->index = (uint32_t)pg_rows_i64(rows, row, ITEM_INDEX);
    ret_item->vps_id = (uint64_t)pg_rows_i64(rows, row, ITEM_VPS);
    ret_item->status =
        query_text(batch_read_store_item_status(pg_rows_text(rows, row, ITEM_STATUS)));
    ret_item->machine_uuid = query_text(pg_rows_text(rows, row, ITEM_UUID));
    return pg_rows_bool(rows, row, ITEM_HAS_ENDED);
}

bool receipt_read_store_transfer(const struct pg_rows *rows, int row, enum receipt_side side,
                                 struct ledger_transfer *ret_transfer)
{
    const int first = TRANSFERS + (int)side * TRANSFER_COLUMNS;
    size_t length = 0;
    const void *hash = pg_rows_bytes(rows, row, first + PREVIOUS_HASH, &length);
    struct ledger_transfer transfer = {
        .id = pg_rows_i64(rows, row, first + ID),
        .debit_account = pg_rows_i64(rows, row, first + DEBIT),
        .credit_account = pg_rows_i64(rows, row, first + CREDIT),
        .amount_cents = pg_rows_i64(rows, row, first + AMOUNT),
        .user_id = pg_rows_i64(rows, row, first + USER),
        .balance_after_cents = pg_rows_i64(rows, row, first + BALANCE),
        .vps_id = pg_rows_i64(rows, row, first + VPS),
        .batch_id = pg_rows_i64(rows, row, first + BATCH),
        .created_at_us = pg_rows_time_us(rows, row, first + CREATED),
        .outbox_id = pg_rows_i64(rows, row, first + OUTBOX),
        .chain_shard = pg_rows_i64(rows, row, first + SHARD),
        .chain_index = pg_rows_i64(rows, row, first + INDEX),
    };

    if (pg_rows_is_null(rows, row, first + ID) ||
        ledger_kind_parse(pg_rows_text(rows, row, first + KIND), &transfer.kind))
        return false;
    if (!pg_rows_is_null(rows, row, first + REASON))
        transfer.reason = pg_rows_text(rows, row, first + REASON);
    if (hash != NULL && length == sizeof(transfer.previous_hash))
        memcpy(transfer.previous_hash, hash, length);
    *ret_transfer = transfer;
    return true;
}
