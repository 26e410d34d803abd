#include "services/billing/outbox_store.h"

static const struct pg_statement insert = {
    "outbox_insert",
    "INSERT INTO billing.outbox (id, relay_id, messages, created_at) VALUES ($1, $2, $3, $4)",
};

static const struct pg_statement delete_rows = {
    "outbox_delete",
    "DELETE FROM billing.outbox WHERE id = ANY ($1::bigint[])",
};

/* 1397311561 is the number that the outbox's schema comment gives to these locks. */
static const struct pg_statement new_relay = {
    "outbox_new_relay",
    "SELECT r.id, pg_try_advisory_lock(1397311561, r.id::integer)"
    " FROM (SELECT nextval('billing.relay_ids') AS id OFFSET 0) AS r",
};

static const struct pg_statement lock_relay = {
    "outbox_lock_relay",
    "SELECT pg_try_advisory_lock(1397311561, $1::integer)",
};

static const struct pg_statement unlock_relay = {
    "outbox_unlock_relay",
    "SELECT pg_advisory_unlock(1397311561, $1::integer)",
};

static const struct pg_statement list_relays = {
    "outbox_list_relays",
    "SELECT DISTINCT relay_id FROM billing.outbox WHERE relay_id <> $1",
};

static const struct pg_statement list = {
    "outbox_list",
    "SELECT id, messages FROM billing.outbox"
    " WHERE relay_id = $1 AND created_at < $2 AND id > $3 ORDER BY id LIMIT $4",
};

static const struct pg_statement count_rows = {
    "outbox_count",
    "SELECT count(*) FROM billing.outbox",
};

int outbox_store_queue_insert(struct pg *pg, int64_t id, int64_t relay_id, const void *messages,
                              size_t length, int64_t now_us, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, id);
    pg_args_i64(&args, relay_id);
    pg_args_bytes(&args, messages, length);
    pg_args_time(&args, now_us);
    return pg_pipeline_queue(pg, &insert, &args, error);
}

int outbox_store_queue_delete(struct pg *pg, const struct pg_array *ids, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, ids);
    return pg_pipeline_queue(pg, &delete_rows, &args, error);
}

int outbox_store_delete(struct pg *pg, const struct pg_array *ids, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, ids);
    return pg_execute(pg, &delete_rows, &args, NULL, error);
}

int outbox_store_new_relay(struct pg *pg, int64_t *ret_relay_id, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    int result = pg_execute(pg, &new_relay, NULL, &rows, error);

    if (result < 0)
        return result;
    if (!pg_rows_bool(rows, 0, 1))
        return error_set(error, FAULT_RETRY, "a new relay's lock is taken");
    *ret_relay_id = pg_rows_i64(rows, 0, 0);
    return 0;
}

int outbox_store_lock_relay(struct pg *pg, int64_t relay_id, bool *ret_locked, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_i32(&args, (int32_t)relay_id);
    result = pg_execute(pg, &lock_relay, &args, &rows, error);
    if (result < 0)
        return result;
    *ret_locked = pg_rows_bool(rows, 0, 0);
    return 0;
}

int outbox_store_unlock_relay(struct pg *pg, int64_t relay_id, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i32(&args, (int32_t)relay_id);
    return pg_execute(pg, &unlock_relay, &args, NULL, error);
}

int outbox_store_list_relays(struct pg *pg, int64_t own, struct pg_rows **ret_rows,
                             struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, own);
    return pg_execute(pg, &list_relays, &args, ret_rows, error);
}

int outbox_store_list(struct pg *pg, int64_t relay_id, int64_t before_us, int64_t after_id,
                      int64_t limit, struct pg_rows **ret_rows, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, relay_id);
    pg_args_time(&args, before_us);
    pg_args_i64(&args, after_id);
    pg_args_i64(&args, limit);
    return pg_execute(pg, &list, &args, ret_rows, error);
}

int outbox_store_count(struct pg *pg, int64_t *ret_count, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    int result = pg_execute(pg, &count_rows, NULL, &rows, error);

    if (result < 0)
        return result;
    *ret_count = pg_rows_i64(rows, 0, 0);
    return 0;
}
