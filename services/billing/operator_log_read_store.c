#include "services/billing/operator_log_read_store.h"

#include "services/billing/queries_private.h"

#define ACTS                                                                                       \
    "SELECT id, at, coalesce(key_id, 0), action, coalesce(user_id, 0), target, reason, request_id" \
    " FROM billing.operator_log WHERE id < $1 AND at >= $3 AND at < $4"                            \
    " AND ($5 = '' OR action = $5) AND ($6::bigint = 0 OR user_id = $6)"                           \
    " AND ($7::bigint = 0 OR key_id = $7)"
#define NEWEST_FIRST " ORDER BY id DESC LIMIT $2"

/* The condition that picks fewest stands apart, so that its index leads. */
static const struct pg_statement list_all = {"operator_log_list", ACTS NEWEST_FIRST};
static const struct pg_statement list_of_user = {"operator_log_list_user",
                                                 ACTS " AND user_id = $6" NEWEST_FIRST};
static const struct pg_statement list_of_key = {"operator_log_list_key",
                                                ACTS " AND key_id = $7" NEWEST_FIRST};
static const struct pg_statement list_of_action = {"operator_log_list_action",
                                                   ACTS " AND action = $5" NEWEST_FIRST};

const struct pg_statement *operator_log_read_store_list(struct pg_args *args,
                                                        const struct operator_log_filter *filter)
{
    pg_args_i64(args, filter->before_id);
    pg_args_i64(args, filter->limit);
    pg_args_time(args, filter->from_us);
    pg_args_time(args, filter->to_us);
    pg_args_text(args, filter->action);
    pg_args_i64(args, filter->user_id);
    pg_args_i64(args, filter->key_id);
    if (filter->user_id != 0)
        return &list_of_user;
    if (filter->key_id != 0)
        return &list_of_key;
    return filter->action[0] != '\0' ? &list_of_action : &list_all;
}

void operator_log_read_store_row(const struct pg_rows *rows, int row,
                                 Slipway__V1__OperatorAct *ret_act)
{
    slipway__v1__operator_act__init(ret_act);
    ret_act->id = (uint64_t)pg_rows_i64(rows, row, 0);
    ret_act->at_us = pg_rows_time_us(rows, row, 1);
    ret_act->key_id = (uint64_t)pg_rows_i64(rows, row, 2);
    ret_act->action = query_text(pg_rows_text(rows, row, 3));
    ret_act->user_id = (uint64_t)pg_rows_i64(rows, row, 4);
    ret_act->target = query_text(pg_rows_text(rows, row, 5));
    ret_act->reason = query_text(pg_rows_text(rows, row, 6));
    ret_act->request_id = query_text(pg_rows_text(rows, row, 7));
}
