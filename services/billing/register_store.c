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
    "SELECT id, telegram_id, referral_code FROM billing.users WHERE id = ANY ($1::bigint[])"
    " OR telegram_id = ANY ($2::bigint[]) OR referral_code = ANY ($3::text[])",
};

static const struct pg_statement find_keys = {
    "register_find_keys",
    "SELECT id, key_hash, user_id, name, revoked_at IS NOT NULL FROM billing.api_keys"
    " WHERE id = ANY ($1::bigint[]) OR key_hash = ANY ($2::bytea[])",
};

static const struct pg_statement insert_users = {
    "register_insert_users",
    "INSERT INTO billing.users (id, telegram_id, name, referrer_id, created_at)"
    " SELECT u.*, $5 FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS u",
};

static const struct pg_statement ban_users = {
    "register_ban_users",
    "UPDATE billing.users u SET is_banned = b.is_banned"
    " FROM unnest($1::bigint[], $2::boolean[]) AS b (id, is_banned) WHERE u.id = b.id",
};

static const struct pg_statement insert_keys = {
    "register_insert_keys",
    "INSERT INTO billing.api_keys (id, key_hash, role, user_id, name, scopes, allowed_addresses,"
    " expires_at, rate_per_minute, created_at) SELECT k.id, k.key_hash, k.role, k.user_id, k.name,"
    " k.scopes::text[], k.addresses::inet[], k.expires_at, k.rate, $10 FROM unnest($1::bigint[],"
    " $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],"
    " $8::timestamptz[], $9::integer[]) AS k (id, key_hash, role, user_id, name, scopes,"
    " addresses, expires_at, rate)",
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
    pg_args_array(&users, wants->referral_codes);
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

int64_t register_find_referrer(const struct register_rows *rows, const char *code)
{
    const int count = rows->users == NULL ? 0 : pg_rows_count(rows->users);

    for (int row = 0; row < count; ++row)
        if (strcmp(pg_rows_text(rows->users, row, 2), code) == 0)
            return pg_rows_i64(rows->users, row, 0);
    return 0;
}

bool register_find_key(const struct register_rows *rows, int64_t key_id,
                       struct register_found_key *ret_key)
{
    const int count = rows->keys == NULL ? 0 : pg_rows_count(rows->keys);
    size_t length;

    for (int row = 0; row < count; ++row) {
        if (pg_rows_i64(rows->keys, row, 0) != key_id)
            continue;
        *ret_key = (struct register_found_key){
            .hash = pg_rows_bytes(rows->keys, row, 1, &length),
            .user_id = pg_rows_i64(rows->keys, row, 2),
            .name = pg_rows_text(rows->keys, row, 3),
            .is_revoked = pg_rows_bool(rows->keys, row, 4),
        };
        return true;
    }
    return false;
}

bool register_store_init(struct register_writes *writes)
{
    static const enum pg_array_type users[] = {PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_TEXT,
                                               PG_ARRAY_I64};
    static const enum pg_array_type bans[] = {PG_ARRAY_I64, PG_ARRAY_BOOL};
    static const enum pg_array_type keys[] = {
        PG_ARRAY_I64,  PG_ARRAY_BYTES, PG_ARRAY_TEXT, PG_ARRAY_I64, PG_ARRAY_TEXT,
        PG_ARRAY_TEXT, PG_ARRAY_TEXT,  PG_ARRAY_TIME, PG_ARRAY_I32,
    };
    static const enum pg_array_type revoked[] = {PG_ARRAY_I64};

    return columns_init(&writes->users, users, ARRAY_LENGTH(users)) ||
           columns_init(&writes->bans, bans, ARRAY_LENGTH(bans)) ||
           columns_init(&writes->keys, keys, ARRAY_LENGTH(keys)) ||
           columns_init(&writes->revoked, revoked, ARRAY_LENGTH(revoked));
}

void register_store_deinit(struct register_writes *writes)
{
    columns_deinit(&writes->users);
    columns_deinit(&writes->bans);
    columns_deinit(&writes->keys);
    columns_deinit(&writes->revoked);
}

void register_store_reset(struct register_writes *writes)
{
    columns_reset(&writes->users);
    columns_reset(&writes->bans);
    columns_reset(&writes->keys);
    columns_reset(&writes->revoked);
}

void register_store_push_user(struct register_writes *writes, const struct register_user *user)
{
    pg_array_push_number(writes->users.arrays[0], user->id);
    columns_push_id(&writes->users, 1, user->telegram_id);
    pg_array_push_text(writes->users.arrays[2], user->name);
    columns_push_id(&writes->users, 3, user->referrer_id);
}

void register_store_push_ban(struct register_writes *writes, int64_t user_id, bool is_banned)
{
    pg_array_push_number(writes->bans.arrays[0], user_id);
    pg_array_push_number(writes->bans.arrays[1], is_banned);
}

void register_store_push_key(struct register_writes *writes, const struct register_key *key)
{
    pg_array_push_number(writes->keys.arrays[0], key->id);
    pg_array_push_bytes(writes->keys.arrays[1], key->hash, KEY_HASH_SIZE);
    pg_array_push_text(writes->keys.arrays[2], key->role);
    columns_push_id(&writes->keys, 3, key->user_id);
    pg_array_push_text(writes->keys.arrays[4], key->name);
    pg_array_push_text(writes->keys.arrays[5], key->scopes);
    pg_array_push_text(writes->keys.arrays[6], key->allowed_addresses);
    columns_push_id(&writes->keys, 7, key->expires_at_us);
    columns_push_id(&writes->keys, 8, key->rate_per_minute);
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
        result = columns_queue_timeless(&writes->bans, pg, &ban_users, error);
    if (result == 0)
        result = columns_queue(&writes->keys, pg, &insert_keys, now_us, error);
    if (result == 0)
        result = columns_queue(&writes->revoked, pg, &revoke_keys, now_us, error);
    return result;
}
