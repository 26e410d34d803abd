#include "services/billing/idempotency_store.h"

#include <endian.h>
#include <string.h>

static const struct pg_statement find = {
    "idempotency_find",
    "SELECT key_hash, fingerprint, answer FROM billing.idempotency"
    " WHERE key_prefix = ANY ($1::bigint[])",
};

static const struct pg_statement insert = {
    "idempotency_insert",
    "INSERT INTO billing.idempotency (key_prefix, key_hash, fingerprint, answer, created_at)"
    " SELECT r.key_prefix, r.key_hash, r.fingerprint, r.answer, $5 FROM (SELECT"
    " unnest($1::bigint[]) AS key_prefix, unnest($2::bytea[]) AS key_hash, unnest($3::bytea[])"
    " AS fingerprint, unnest($4::bytea[]) AS answer) AS r",
};

static const struct pg_statement maintain = {
    "idempotency_maintain",
    "SELECT billing.maintain_idempotency($1, $2)",
};

int64_t idempotency_prefix(const uint8_t hash[static IDEMPOTENCY_HASH_SIZE])
{
    int64_t prefix;

    memcpy(&prefix, hash, sizeof(prefix));
    return (int64_t)be64toh((uint64_t)prefix);
}

int idempotency_store_queue_find(struct pg *pg, const struct pg_array *prefixes,
                                 struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, prefixes);
    return pg_pipeline_queue(pg, &find, &args, error);
}

int idempotency_store_take_find(struct pg *pg, struct pg_rows **ret_rows, struct error *error)
{
    return pg_pipeline_take(pg, ret_rows, error);
}

bool idempotency_store_init(struct columns *columns)
{
    static const enum pg_array_type types[] = {PG_ARRAY_I64, PG_ARRAY_BYTES, PG_ARRAY_BYTES,
                                               PG_ARRAY_BYTES};

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void idempotency_store_push(struct columns *columns, const struct idempotency_record *record)
{
    pg_array_push_number(columns->arrays[0], idempotency_prefix(record->hash));
    pg_array_push_bytes(columns->arrays[1], record->hash, IDEMPOTENCY_HASH_SIZE);
    pg_array_push_bytes(columns->arrays[2], record->fingerprint, IDEMPOTENCY_HASH_SIZE);
    pg_array_push_bytes(columns->arrays[3], record->answer, record->answer_length);
}

int idempotency_store_queue(struct pg *pg, const struct columns *columns, int64_t now_us,
                            struct error *error)
{
    return columns_queue(columns, pg, &insert, now_us, error);
}

int idempotency_store_maintain(struct pg *pg, int64_t now_us, int32_t keep_days,
                               struct error *error)
{
    struct pg_args args = {0};

    pg_args_time(&args, now_us);
    pg_args_i32(&args, keep_days);
    return pg_execute(pg, &maintain, &args, NULL, error);
}
