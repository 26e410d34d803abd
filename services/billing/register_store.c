#include "services/billing/register_store.h"

#include "services/billing/wallet_store.h"

#include <string.h>

enum { KEY_HASH_SIZE = 32 };

static const struct pg_statement lock = {
    "register_lock",
    "SELECT 1 FROM pg_advisory_xact_lock(hashtext('billing.register'))",
};

static const struct pg_statement find_users = {
    "register_find_users",
    "SELECT id, telegram_id FROM billing.users"
    " WHERE id = ANY ($1::bigint[]) OR telegram_id = ANY ($2::bigint[])",
};

static const struct pg_statement find_keys = {
    "register_find_keys",
    "SELECT id, key_hash FROM billing.api_keys"
    " WHERE id = ANY ($1::bigint[]) OR key_hash = ANY ($2::bytea[])",
};

static const struct pg_statement insert_users = {
    "register_insert_users",
    "INSERT INTO billing.users (id, telegram_id, name, created_at)"
    " SELECT u.id, u.telegram_id, u.name, $4"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS u (id, telegram_id, name)",
};

static const struct pg_statement insert_keys = {
    "register_insert_keys",
    "INSERT INTO billing.api_keys (id, key_hash, role, user_id, name, scopes, created_at)"
    " SELECT k.id, k.key_hash, k.role, k.user_id, k.name, k.scopes::text[], $7"
    " FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::text[])"
    " AS k (id, key_hash, role, user_id, name, scopes)",
};

static const struct pg_statement revoke_keys = {
    "register_revoke_keys",
    "UPDATE billing.api_keys SET revoked_at = $2"
    " WHERE id = ANY ($1::bigint[]) AND revoked_at IS NULL",
};

int register_store_queue_lock(struct pg *pg, struct error *error)
{
    return pg_pipeline_queue(pg, &lock, NULL, error);
}

int register_store_take_lock(struct pg *pg, struct error *error)
{
    return pg_pipeline_take(pg, NULL, error);
}

void register_rows_deinit(struct register_rows *rows)
{
    pg_rows_free(rows->users);
    pg_rows_free(rows->keys);
    *rows = (struct register_rows){0};
}

int register_store_queue_find(struct pg *pg, const struct register_wants *wants,
                              struct error *error)
{
    struct pg_args users = {0}, keys = {0};
    int result;

    pg_args_array(&users, wants->user_ids);
    pg_args_array(&users, wants->telegram_ids);
    result = pg_pipeline_queue(pg, &find_users, &users, error);
    if (result < 0)
        return result;
    pg_args_array(&keys, wants->key_ids);
    pg_args_array(&keys, wants->key_hashes);
    return pg_pipeline_queue(pg, &find_keys, &keys, error);
}

/* Leaves nothing behind for the cleanup to find. */
static struct register_rows move_rows(struct register_rows *rows)
{
    const struct register_rows moved = *rows;

    *rows = (struct register_rows){0};
    return moved;
}

int register_store_take_find(struct pg *pg, struct register_rows *ret_rows, struct error *error)
{
    CLEANUP(register_rows_deinit) struct register_rows rows = {0};
    int result = pg_pipeline_take(pg, &rows.users, error);

    if (result == 0)
        result = pg_pipeline_take(pg, &rows.keys, error);
    if (result < 0)
        return result;
    *ret_rows = move_rows(&rows);
    return 0;
}

static bool has_number(const struct pg_rows *rows, int column, int64_t number)
{
    const int count = rows == NULL ? 0 : pg_rows_count(rows);

    for (int row = 0; row < count; ++row)
        if (pg_rows_i64(rows, row, column) == number)
            return true;
    return false;
}

bool register_has_user(const struct register_rows *rows, int64_t user_id)
{
    return has_number(rows->users, 0, user_id);
}

bool register_has_telegram(const struct register_rows *rows, int64_t telegram_id)
{
    return has_number(rows->users, 1, telegram_id);
}

bool register_has_hash(const struct register_rows *rows, const void *key_hash)
{
    const int count = rows->keys == NULL ? 0 : pg_rows_count(rows->keys);
    size_t length;

    for (int row = 0; row < count; ++row)
        if (memcmp(pg_rows_bytes(rows->keys, row, 1, &length), key_hash, KEY_HASH_SIZE) == 0)
            return true;
    return false;
}

const uint8_t *register_find_key(const struct register_rows *rows, int64_t key_id)
{
    const int count = rows->keys == NULL ? 0 : pg_rows_count(rows->keys);
    size_t length;

    for (int row = 0; row < count; ++row)
        if (pg_rows_i64(rows->keys, row, 0) == key_id)
            return pg_rows_bytes(rows->keys, row, 1, &length);
    return NULL;
}

bool register_store_init(struct register_writes *writes)
{
    static const enum pg_array_type users[] = {PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_TEXT};
    static const enum pg_array_type keys[] = {PG_ARRAY_I64, PG_ARRAY_BYTES, PG_ARRAY_TEXT,
                                              PG_ARRAY_I64, PG_ARRAY_TEXT,  PG_ARRAY_TEXT};
    static const enum pg_array_type revoked[] = {PG_ARRAY_I64};

    return columns_init(&writes->users, users, ARRAY_LENGTH(users)) ||
           columns_init(&writes->keys, keys, ARRAY_LENGTH(keys)) ||
           columns_init(&writes->revoked, revoked, ARRAY_LENGTH(revoked));
}

void register_store_deinit(struct register_writes *writes)
{
    columns_deinit(&writes->users);
    columns_deinit(&writes->keys);
    columns_deinit(&writes->revoked);
}

void register_store_reset(struct register_writes *writes)
{
    columns_reset(&writes->users);
    columns_reset(&writes->keys);
    columns_reset(&writes->revoked);
}

void register_store_push_user(struct register_writes *writes, int64_t user_id, int64_t telegram_id,
                              const char *name)
{
    pg_array_push_number(writes->users.arrays[0], user_id);
    columns_push_id(&writes->users, 1, telegram_id);
    pg_array_push_text(writes->users.arrays[2], name);
}

void register_store_push_key(struct register_writes *writes, const struct register_key *key)
{
    pg_array_push_number(writes->keys.arrays[0], key->id);
    pg_array_push_bytes(writes->keys.arrays[1], key->hash, KEY_HASH_SIZE);
    pg_array_push_text(writes->keys.arrays[2], key->role);
    columns_push_id(&writes->keys, 3, key->user_id);
    pg_array_push_text(writes->keys.arrays[4], key->name);
    pg_array_push_text(writes->keys.arrays[5], key->scopes);
}

void register_store_push_revoked(struct register_writes *writes, int64_t key_id)
{
    pg_array_push_number(writes->revoked.arrays[0], key_id);
}

int register_store_queue(struct pg *pg, const struct register_writes *writes, int64_t now_us,
                         struct error *error)
{
    int result = columns_queue(&writes->users, pg, &insert_users, now_us, error);

    if (result == 0 && columns_rows(&writes->users) > 0)
        result = wallet_store_queue_open(pg, writes->users.arrays[0], error);
    if (result == 0)
        result = columns_queue(&writes->keys, pg, &insert_keys, now_us, error);
    if (result == 0)
        result = columns_queue(&writes->revoked, pg, &revoke_keys, now_us, error);
    return result;
}
