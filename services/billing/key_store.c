#include "services/billing/key_store.h"

static const struct pg_statement insert_operator = {
    "key_insert_operator",
    "WITH made AS (INSERT INTO billing.api_keys (id, key_hash, role, name, scopes, created_at)"
    " VALUES (nextval('billing.key_ids'), $1, 'operator', $2, '{admin:*}', now()) RETURNING id)"
    " INSERT INTO billing.operator_log (at, action, target, detail)"
    " SELECT now(), 'create_operator_key', 'key:' || id, $2 FROM made"};

int key_store_insert_operator(struct pg *pg, const unsigned char hash[KEY_HASH_SIZE],
                              const char *name, struct error *error)
{
    struct pg_args args = {0};

    pg_args_bytes(&args, hash, KEY_HASH_SIZE);
    pg_args_text(&args, name);
    return pg_execute(pg, &insert_operator, &args, NULL, error);
}
