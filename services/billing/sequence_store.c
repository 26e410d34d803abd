#include "services/billing/sequence_store.h"

static const struct pg_statement next[SEQUENCE_COUNT] = {
    [SEQUENCE_TRANSFER] = {"sequence_transfer",
                           "SELECT nextval('billing.transfer_ids') FROM generate_series(1, $1)"},
    [SEQUENCE_USER] = {"sequence_user",
                           "SELECT nextval('billing.user_ids') FROM generate_series(1, $1)"    },
    [SEQUENCE_KEY] = {"sequence_key",
                           "SELECT nextval('billing.key_ids') FROM generate_series(1, $1)"     },
    [SEQUENCE_OUTBOX] = {"sequence_outbox",
                           "SELECT nextval('billing.outbox_ids') FROM generate_series(1, $1)"  },
};

int sequence_store_queue(struct pg *pg, enum sequence sequence, int64_t count, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, count);
    return pg_pipeline_queue(pg, &next[sequence], &args, error);
}

int sequence_store_take(struct pg *pg, struct pg_rows **ret_rows, struct error *error)
{
    return pg_pipeline_take(pg, ret_rows, error);
}
