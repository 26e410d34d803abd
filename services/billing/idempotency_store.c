#include "services/billing/idempotency_store.h"

static const struct pg_statement find = {
    "idempotency_find",
    "SELECT key_hash, fingerprint, answer FROM billing.idempotency"
    " WHERE key_hash = ANY ($1::bytea[])",
};

static const struct pg_statement insert = {
    "idempotency_insert",
    "INSERT INTO billing.idempotency (key_hash, fingerprint, answer, created_at) SELECT"
    " r.key_hash, r.fingerprint, r.answer, $4 FROM (SELECT unnest($1::bytea[]) AS key_hash,"
    " unnest($2::bytea[]) AS fingerprint, unnest($3::bytea[]) AS answer) AS r",
};

static const struct pg_statement maintain = {
    "idempotency_maintain",
    "SELECT billing.maintain_idempotency($1, $2)",
};

int idempotency_store_queue_find(struct pg *pg, const struct pg_array *hashes, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, hashes);
    return pg_pipeline_queue(pg, &find, &args, error);
}

int idempotency_store_take_find(struct pg *pg, struct pg_rows **ret_rows, struct error *error)
{
    return pg_pipeline_take(pg, ret_rows, error);
}

bool idempotency_store_init(struct columns *columns)
{
    static const enum pg_array_type types[] = {PG_ARRAY_BYTES, PG_ARRAY_BYTES, PG_ARRAY_BYTES};

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void idempotency_store_push(struct columns *columns, const struct idempotency_record *record)
{
    pg_array_push_bytes(columns->arrays[0], record->hash, IDEMPOTENCY_HASH_SIZE);
    pg_array_push_bytes(columns->arrays[1], record->fingerprint, IDEMPOTENCY_HASH_SIZE);
    pg_array_push_bytes(columns->arrays[2], record->answer, record->answer_length);
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
