#include "services/billing/key_store.h"

static const struct pg_statement insert_operator = {
    "key_insert_operator",
    "WITH made AS (INSERT INTO billing.api_keys (id, key_hash, role, name, scopes, created_at)"
    " VALUES (nextval('billing.key_ids'), $1, 'operator', $2, '{admin:*}', now()) RETURNING id),"
    " told AS (INSERT INTO billing.operator_log (at, action, target, detail)"
    " SELECT now(), 'create_operator_key', 'key:' || id, $2 FROM made)"
    " SELECT id FROM made"};

int key_store_insert_operator(struct pg *pg, const unsigned char hash[KEY_HASH_SIZE],
                              const char *name, uint64_t *ret_key_id, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_bytes(&args, hash, KEY_HASH_SIZE);
    pg_args_text(&args, name);
    result = pg_execute(pg, &insert_operator, &args, &rows, error);
    if (result == 0)
        *ret_key_id = (uint64_t)pg_rows_i64(rows, 0, 0);
    return result;
}
