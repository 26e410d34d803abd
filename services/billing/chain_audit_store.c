#include "services/billing/chain_audit_store.h"

#include "lib/pg/transaction.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

/* Transfers of shards without an end come too: nobody put them there. */
static const struct pg_statement declare = {
    "chain_audit_declare",
    "DECLARE chain_rows NO SCROLL CURSOR FOR"
    " SELECT coalesce(h.shard, t.chain_shard), coalesce(h.last_index, 0),"
    " coalesce(h.last_hash, decode(repeat('00', 32), 'hex')), t.id, t.debit_account,"
    " t.credit_account, t.amount_cents, t.kind::text, t.user_id, t.balance_after_cents, t.vps_id,"
    " t.batch_id, t.outbox_id, t.created_at, t.reason, t.chain_index, t.previous_hash"
    " FROM billing.chain_heads h FULL JOIN"
    " (SELECT * FROM billing.transfers WHERE chain_shard IS NOT NULL) t ON t.chain_shard = h.shard"
    " ORDER BY 1, t.chain_index, t.id",
};

static const struct pg_statement fetch = {"chain_audit_fetch", "FETCH 4096 FROM chain_rows"};

static const struct pg_statement count_outside = {
    "chain_audit_outside",
    "SELECT count(*) FROM billing.transfers WHERE chain_shard IS NULL",
};

enum { SHARD, END_INDEX, END_HASH, ID, INDEX = 15, PREVIOUS_HASH };

static void copy_hash(const struct pg_rows *rows, int row, int column,
                      uint8_t ret_hash[static LEDGER_HASH_SIZE])
{
    size_t length = 0;
    const void *hash = pg_rows_bytes(rows, row, column, &length);

    if (hash != NULL && length == LEDGER_HASH_SIZE)
        memcpy(ret_hash, hash, length);
}

static int read_transfer(const struct pg_rows *rows, int row, struct ledger_transfer *ret_transfer,
                         struct error *error)
{
    struct ledger_transfer transfer = {
        .chain_shard = pg_rows_i64(rows, row, SHARD),
        .id = pg_rows_i64(rows, row, ID),
        .debit_account = pg_rows_i64(rows, row, 4),
        .credit_account = pg_rows_i64(rows, row, 5),
        .amount_cents = pg_rows_i64(rows, row, 6),
        .user_id = pg_rows_i64(rows, row, 8),
        .balance_after_cents = pg_rows_i64(rows, row, 9),
        .vps_id = pg_rows_i64(rows, row, 10),
        .batch_id = pg_rows_i64(rows, row, 11),
        .outbox_id = pg_rows_i64(rows, row, 12),
        .created_at_us = pg_rows_time_us(rows, row, 13),
        .reason = pg_rows_is_null(rows, row, 14) ? NULL : pg_rows_text(rows, row, 14),
        .chain_index = pg_rows_i64(rows, row, INDEX),
    };

    if (ledger_kind_parse(pg_rows_text(rows, row, 7), &transfer.kind))
        return error_set(error, FAULT_HARD, "a transfer has an unknown kind");
    copy_hash(rows, row, PREVIOUS_HASH, transfer.previous_hash);
    *ret_transfer = transfer;
    return 0;
}

static void begin_shard(struct chain_report *report, const struct pg_rows *rows, int row)
{
    struct chain end = {.shard = pg_rows_i64(rows, row, SHARD),
                        .index = pg_rows_i64(rows, row, END_INDEX)};
    char hash[2 * LEDGER_HASH_SIZE + 1];

    copy_hash(rows, row, END_HASH, end.hash);
    if (report->shards > 0)
        chain_audit_finish(&report->audit);
    chain_audit_begin(&report->audit, &end);
    (void)sodium_bin2hex(hash, sizeof(hash), end.hash, sizeof(end.hash));
    buffer_append_format(&report->ends,
                         "%s{\"shard\":%" PRId64 ",\"index\":%" PRId64 ",\"hash\":\"%s\"}",
                         report->shards > 0 ? "," : "", end.shard, end.index, hash);
    ++report->shards;
}

static int take_rows(struct chain_report *report, const struct pg_rows *rows, struct error *error)
{
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        struct ledger_transfer transfer;
        int result;

        if (report->shards == 0 || pg_rows_i64(rows, row, SHARD) != report->audit.end.shard)
            begin_shard(report, rows, row);
        if (pg_rows_is_null(rows, row, ID))
            continue;
        result = read_transfer(rows, row, &transfer, error);
        if (result != 0)
            return result;
        chain_audit_step(&report->audit, &transfer);
    }
    return 0;
}

static int walk(struct pg *pg, void *context, struct error *error)
{
    struct chain_report *report = context;
    int count = 1;
    int result = pg_execute(pg, &declare, NULL, NULL, error);

    while (result == 0 && count > 0) {
        CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

        result = pg_execute(pg, &fetch, NULL, &rows, error);
        if (result != 0)
            return result;
        count = pg_rows_count(rows);
        result = take_rows(report, rows, error);
    }
    if (result == 0 && report->shards > 0)
        chain_audit_finish(&report->audit);
    return result;
}

int chain_audit_run(struct pg *pg, struct chain_report *report, struct error *error)
{
    const struct pg_transaction_options options = {.attempts = 1};
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    int result = pg_transaction(pg, &options, walk, report, error);

    if (result == 0)
        result = pg_execute(pg, &count_outside, NULL, &rows, error);
    if (result == 0)
        report->outside = pg_rows_i64(rows, 0, 0);
    if (result == 0 && report->ends.overflown)
        return error_set(error, FAULT_HARD, "no memory for the ends of the chains");
    return result;
}
