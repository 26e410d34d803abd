#include "services/billing/deposit_store.h"

#include <assert.h>
#include <string.h>

static const struct pg_statement lock = {
    "deposit_lock",
    "SELECT " DEPOSIT_COLUMNS " FROM billing.deposits WHERE id = ANY ($1::bigint[] || ARRAY("
    "SELECT k.id FROM billing.deposits k WHERE k.key_hash = ANY ($2::bytea[])"
    " AND k.external_id IS NULL)) ORDER BY id FOR NO KEY UPDATE",
};

static const struct pg_statement insert = {
    "deposit_insert",
    "INSERT INTO billing.deposits (id, user_id, provider, status, amount_cents, fee_cents, asset,"
    " key_hash, fingerprint, lease, leased_until, due_at, created_at, updated_at)"
    " SELECT d.id, d.user_id, d.provider, 'creating', d.amount, d.fee, d.asset, d.key_hash,"
    " d.fingerprint, d.lease, d.leased_until, d.due_at, $12, $12 FROM unnest($1::bigint[],"
    " $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::bytea[], $8::bytea[],"
    " $9::bigint[], $10::timestamptz[], $11::timestamptz[]) AS d (id, user_id, provider, amount,"
    " fee, asset, key_hash, fingerprint, lease, leased_until, due_at)",
};

static const struct pg_statement update = {
    "deposit_update",
    "UPDATE billing.deposits d SET status = c.status::billing.deposit_status,"
    " paid_cents = c.paid, credited_cents = c.credited, external_id = c.external_id,"
    " pay_url = c.pay_url, address = c.address, network = c.network, memo = c.memo,"
    " pay_amount = c.pay_amount, by_operator = c.by_operator, failure = c.failure, lease = c.lease,"
    " leased_until = c.leased_until, tries = c.tries, due_at = c.due_at,"
    " expires_at = c.expires_at, updated_at = $18"
    " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[],"
    " $7::text[], $8::text[], $9::text[], $10::text[], $11::boolean[], $12::text[],"
    " $13::bigint[], $14::timestamptz[], $15::bigint[], $16::timestamptz[], $17::timestamptz[])"
    " AS c (id, status, paid, credited, external_id, pay_url, address, network, memo, pay_amount,"
    " by_operator, failure, lease, leased_until, tries, due_at, expires_at) WHERE d.id = c.id",
};

bool deposit_wants_init(struct deposit_wants *wants)
{
    wants->ids = pg_array_new(PG_ARRAY_I64);
    wants->key_hashes = pg_array_new(PG_ARRAY_BYTES);
    return wants->ids == NULL || wants->key_hashes == NULL;
}

void deposit_wants_deinit(struct deposit_wants *wants)
{
    pg_array_free(wants->ids);
    pg_array_free(wants->key_hashes);
}

void deposit_wants_reset(struct deposit_wants *wants)
{
    pg_array_reset(wants->ids);
    pg_array_reset(wants->key_hashes);
}

bool deposit_wants_any(const struct deposit_wants *wants)
{
    return pg_array_length(wants->ids) > 0 || pg_array_length(wants->key_hashes) > 0;
}

void deposit_rows_deinit(struct deposit_rows *rows)
{
    pg_rows_free(rows->rows);
    free(rows->deposits);
    *rows = (struct deposit_rows){0};
}

int deposit_store_queue_lock(struct pg *pg, const struct deposit_wants *wants, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, wants->ids);
    pg_args_array(&args, wants->key_hashes);
    return pg_pipeline_queue(pg, &lock, &args, error);
}

static const uint8_t *read_hash(const struct pg_rows *rows, int row, int column)
{
    size_t length;
    const void *bytes = pg_rows_bytes(rows, row, column, &length);

    return bytes != NULL && length == DEPOSIT_HASH_SIZE ? bytes : NULL;
}

static int read_row(const struct pg_rows *rows, int row, struct deposit *ret_deposit,
                    struct error *error)
{
    enum deposit_status status;

    if (deposit_status_find(pg_rows_text(rows, row, 3), &status))
        return error_set(error, FAULT_HARD, "a deposit with an unknown status");
    *ret_deposit = (struct deposit){
        .id = pg_rows_i64(rows, row, 0),
        .user_id = pg_rows_i64(rows, row, 1),
        .provider = pg_rows_text(rows, row, 2),
        .status = status,
        .amount_cents = pg_rows_i64(rows, row, 4),
        .fee_cents = pg_rows_i64(rows, row, 5),
        .paid_cents = pg_rows_i64(rows, row, 6),
        .credited_cents = pg_rows_i64(rows, row, 7),
        .asset = pg_rows_text(rows, row, 8),
        .external_id = pg_rows_text(rows, row, 9),
        .pay_url = pg_rows_text(rows, row, 10),
        .address = pg_rows_text(rows, row, 11),
        .network = pg_rows_text(rows, row, 12),
        .memo = pg_rows_text(rows, row, 13),
        .pay_amount = pg_rows_text(rows, row, 14),
        .by_operator = pg_rows_bool(rows, row, 15),
        .failure = pg_rows_text(rows, row, 16),
        .key_hash = read_hash(rows, row, 17),
        .fingerprint = read_hash(rows, row, 18),
        .lease = pg_rows_i64(rows, row, 19),
        .leased_until_us = pg_rows_time_us(rows, row, 20),
        .tries = pg_rows_i64(rows, row, 21),
        .due_at_us = pg_rows_time_us(rows, row, 22),
        .expires_at_us = pg_rows_time_us(rows, row, 23),
        .created_at_us = pg_rows_time_us(rows, row, 24),
    };
    return 0;
}

static int read_rows(struct deposit_rows *rows, size_t more, struct error *error)
{
    const int count = pg_rows_count(rows->rows);
    int result = 0;

    rows->capacity = (size_t)count + more;
    rows->deposits = calloc(rows->capacity + 1, sizeof(*rows->deposits));
    if (rows->deposits == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (int row = 0; result == 0 && row < count; ++row)
        result = read_row(rows->rows, row, &rows->deposits[rows->count++], error);
    return result;
}

int deposit_store_take(struct pg *pg, size_t more, struct deposit_rows *ret_rows,
                       struct error *error)
{
    int result = pg_pipeline_take(pg, &ret_rows->rows, error);

    if (result == 0)
        result = read_rows(ret_rows, more, error);
    if (result < 0)
        deposit_rows_deinit(ret_rows);
    return result;
}

int deposit_store_take_lock(struct pg *pg, const struct deposit_wants *wants,
                            struct deposit_rows *ret_rows, struct error *error)
{
    return deposit_store_take(pg, pg_array_length(wants->key_hashes), ret_rows, error);
}

struct deposit *deposit_rows_find(const struct deposit_rows *rows, int64_t id)
{
    for (size_t i = 0; i < rows->count; ++i)
        if (rows->deposits[i].id == id)
            return &rows->deposits[i];
    return NULL;
}

struct deposit *deposit_rows_find_key(const struct deposit_rows *rows, const uint8_t *key_hash)
{
    for (size_t i = 0; i < rows->count; ++i) {
        struct deposit *deposit = &rows->deposits[i];

        if (deposit->key_hash != NULL && deposit->external_id[0] == '\0' &&
            memcmp(deposit->key_hash, key_hash, DEPOSIT_HASH_SIZE) == 0)
            return deposit;
    }
    return NULL;
}

struct deposit *deposit_rows_add(struct deposit_rows *rows, const struct deposit *deposit)
{
    assert(rows->count < rows->capacity);
    rows->deposits[rows->count] = *deposit;
    rows->deposits[rows->count].is_new = true;
    return &rows->deposits[rows->count++];
}

bool deposit_store_init(struct deposit_writes *writes)
{
    static const enum pg_array_type added[] = {
        PG_ARRAY_I64,   PG_ARRAY_I64,   PG_ARRAY_TEXT, PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_TEXT,
        PG_ARRAY_BYTES, PG_ARRAY_BYTES, PG_ARRAY_I64,  PG_ARRAY_TIME, PG_ARRAY_TIME,
    };
    static const enum pg_array_type changed[] = {
        PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_I64,  PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_TEXT,
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_BOOL, PG_ARRAY_TEXT,
        PG_ARRAY_I64,  PG_ARRAY_TIME, PG_ARRAY_I64,  PG_ARRAY_TIME, PG_ARRAY_TIME,
    };

    return columns_init(&writes->added, added, ARRAY_LENGTH(added)) ||
           columns_init(&writes->changed, changed, ARRAY_LENGTH(changed));
}

void deposit_store_deinit(struct deposit_writes *writes)
{
    columns_deinit(&writes->added);
    columns_deinit(&writes->changed);
}

void deposit_store_reset(struct deposit_writes *writes)
{
    columns_reset(&writes->added);
    columns_reset(&writes->changed);
}

static void push_hash(struct columns *columns, size_t column, const uint8_t *hash)
{
    if (hash == NULL)
        pg_array_push_null(columns->arrays[column]);
    else
        pg_array_push_bytes(columns->arrays[column], hash, DEPOSIT_HASH_SIZE);
}

static void push_added(struct columns *columns, const struct deposit *deposit)
{
    pg_array_push_number(columns->arrays[0], deposit->id);
    pg_array_push_number(columns->arrays[1], deposit->user_id);
    pg_array_push_text(columns->arrays[2], deposit->provider);
    pg_array_push_number(columns->arrays[3], deposit->amount_cents);
    pg_array_push_number(columns->arrays[4], deposit->fee_cents);
    pg_array_push_text(columns->arrays[5], deposit->asset);
    push_hash(columns, 6, deposit->key_hash);
    push_hash(columns, 7, deposit->fingerprint);
    pg_array_push_number(columns->arrays[8], deposit->lease);
    columns_push_id(columns, 9, deposit->leased_until_us);
    columns_push_id(columns, 10, deposit->due_at_us);
}

static void push_changed(struct columns *columns, const struct deposit *deposit)
{
    pg_array_push_number(columns->arrays[0], deposit->id);
    pg_array_push_text(columns->arrays[1], deposit_status_name(deposit->status));
    pg_array_push_number(columns->arrays[2], deposit->paid_cents);
    pg_array_push_number(columns->arrays[3], deposit->credited_cents);
    columns_push_nonempty(columns, 4, deposit->external_id);
    columns_push_nonempty(columns, 5, deposit->pay_url);
    columns_push_nonempty(columns, 6, deposit->address);
    columns_push_nonempty(columns, 7, deposit->network);
    columns_push_nonempty(columns, 8, deposit->memo);
    columns_push_nonempty(columns, 9, deposit->pay_amount);
    pg_array_push_number(columns->arrays[10], deposit->by_operator);
    columns_push_nonempty(columns, 11, deposit->failure);
    pg_array_push_number(columns->arrays[12], deposit->lease);
    columns_push_id(columns, 13, deposit->leased_until_us);
    pg_array_push_number(columns->arrays[14], deposit->tries);
    columns_push_id(columns, 15, deposit->due_at_us);
    columns_push_id(columns, 16, deposit->expires_at_us);
}

void deposit_store_push(struct deposit_writes *writes, const struct deposit_rows *rows)
{
    for (size_t i = 0; i < rows->count; ++i) {
        if (rows->deposits[i].is_new)
            push_added(&writes->added, &rows->deposits[i]);
        else if (rows->deposits[i].changed)
            push_changed(&writes->changed, &rows->deposits[i]);
    }
}

int deposit_store_queue(struct pg *pg, const struct deposit_writes *writes, int64_t now_us,
                        struct error *error)
{
    int result = columns_queue(&writes->added, pg, &insert, now_us, error);

    if (result == 0)
        result = columns_queue(&writes->changed, pg, &update, now_us, error);
    return result;
}
