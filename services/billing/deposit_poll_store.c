#include "services/billing/deposit_poll_store.h"

#include "lib/pg/transaction.h"

static const struct pg_statement find_due = {
    "deposit_poll_find",
    "SELECT " DEPOSIT_COLUMNS " FROM billing.deposits WHERE due_at <= $1 ORDER BY due_at LIMIT $2"
    " FOR NO KEY UPDATE SKIP LOCKED",
};

static const struct pg_statement move_on = {
    "deposit_poll_move",
    "UPDATE billing.deposits d SET due_at = p.due_at, tries = p.tries, lease = p.lease,"
    " leased_until = p.leased_until, updated_at = $6 FROM unnest($1::bigint[],"
    " $2::timestamptz[], $3::bigint[], $4::bigint[], $5::timestamptz[])"
    " AS p (id, due_at, tries, lease, leased_until) WHERE d.id = p.id",
};

struct taking {
    int64_t now_us, limit;
    deposit_poll_fn plan;
    void *context;
    struct deposit_rows *rows;
};

static int read_due(struct pg *pg, const struct taking *taking, struct error *error)
{
    struct deposit_rows *rows = taking->rows;
    struct pg_args args = {0};
    int result;

    pg_args_time(&args, taking->now_us);
    pg_args_i64(&args, taking->limit);
    result = pg_pipeline_queue(pg, &find_due, &args, error);
    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    return result == 0 ? deposit_store_take(pg, 0, rows, error) : result;
}

static void push(struct columns *columns, const struct deposit *deposit)
{
    pg_array_push_number(columns->arrays[0], deposit->id);
    columns_push_id(columns, 1, deposit->due_at_us);
    pg_array_push_number(columns->arrays[2], deposit->tries);
    pg_array_push_number(columns->arrays[3], deposit->lease);
    columns_push_id(columns, 4, deposit->leased_until_us);
}

static int write_plans(struct pg *pg, const struct taking *taking, struct error *error)
{
    static const enum pg_array_type types[] = {PG_ARRAY_I64, PG_ARRAY_TIME, PG_ARRAY_I64,
                                               PG_ARRAY_I64, PG_ARRAY_TIME};
    CLEANUP(columns_deinit) struct columns columns = {0};

    if (columns_init(&columns, types, ARRAY_LENGTH(types)))
        return error_set(error, FAULT_HARD, "no memory");
    for (size_t i = 0; i < taking->rows->count; ++i) {
        taking->plan(taking->context, &taking->rows->deposits[i]);
        push(&columns, &taking->rows->deposits[i]);
    }
    return columns_queue(&columns, pg, &move_on, taking->now_us, error);
}

static int take(struct pg *pg, void *context, struct error *error)
{
    const struct taking *taking = context;
    int result;

    deposit_rows_deinit(taking->rows);
    result = read_due(pg, taking, error);
    return result == 0 ? write_plans(pg, taking, error) : result;
}

int deposit_poll_store_take(struct pg *pg, int64_t now_us, int64_t limit, deposit_poll_fn plan,
                            void *context, struct deposit_rows *ret_rows, struct error *error)
{
    const struct pg_transaction_options options = {.attempts = 1};
    struct taking taking = {now_us, limit, plan, context, ret_rows};
    const int result = pg_transaction(pg, &options, take, &taking, error);

    if (result != 0)
        deposit_rows_deinit(ret_rows);
    return result;
}
