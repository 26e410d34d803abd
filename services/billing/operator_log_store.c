#include "services/billing/operator_log_store.h"

static const struct pg_statement insert = {
    "operator_log_insert",
    "INSERT INTO billing.operator_log (key_id, action, user_id, target, reason, detail,"
    " request_id, at) SELECT a.*, $8 FROM unnest($1::bigint[], $2::text[], $3::bigint[],"
    " $4::text[], $5::text[], $6::text[], $7::text[]) AS a",
};

static const struct pg_statement insert_load = {
    "operator_log_insert_load",
    "INSERT INTO billing.operator_log (at, action, target, detail)"
    " SELECT now(), $1, $2 || ':' || version, $3 FROM billing.catalog_version",
};

static const struct pg_statement insert_act = {
    "operator_log_insert_act",
    "INSERT INTO billing.operator_log (at, action, target) SELECT now(), $1, $2",
};

bool operator_log_store_init(struct columns *columns)
{
    static const enum pg_array_type types[] = {
        PG_ARRAY_I64,  PG_ARRAY_TEXT, PG_ARRAY_I64,  PG_ARRAY_TEXT,
        PG_ARRAY_TEXT, PG_ARRAY_TEXT, PG_ARRAY_TEXT,
    };

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void operator_log_store_push(struct columns *columns, const struct operator_act *act)
{
    columns_push_id(columns, 0, act->key_id);
    pg_array_push_text(columns->arrays[1], act->action);
    columns_push_id(columns, 2, act->user_id);
    columns_push_nonempty(columns, 3, act->target);
    columns_push_nonempty(columns, 4, act->reason);
    columns_push_nonempty(columns, 5, act->detail);
    columns_push_nonempty(columns, 6, act->request_id);
}

int operator_log_store_queue(struct pg *pg, const struct columns *columns, int64_t now_us,
                             struct error *error)
{
    return columns_queue(columns, pg, &insert, now_us, error);
}

int operator_log_store_queue_load(struct pg *pg, const char *action, const char *what,
                                  const char *detail, struct error *error)
{
    struct pg_args args = {0};

    pg_args_text(&args, action);
    pg_args_text(&args, what);
    pg_args_text(&args, detail);
    return pg_pipeline_queue(pg, &insert_load, &args, error);
}

int operator_log_store_queue_act(struct pg *pg, const char *action, const char *target,
                                 struct error *error)
{
    struct pg_args args = {0};

    pg_args_text(&args, action);
    pg_args_text(&args, target);
    return pg_pipeline_queue(pg, &insert_act, &args, error);
}
