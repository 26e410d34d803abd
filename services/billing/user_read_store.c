#include "services/billing/user_read_store.h"

#include "services/billing/queries_private.h"

#include <stdio.h>
#include <string.h>

#define USER_COLUMNS                                                                               \
    "u.id, coalesce(u.telegram_id, 0), coalesce(a.balance_cents, 0), u.is_banned, u.name,"         \
    " u.created_at, coalesce(u.referrer_id, 0)"                                                    \
    " FROM billing.users u LEFT JOIN billing.accounts a ON a.id = u.id"

static const struct pg_statement find_user = {
    "user_read_find", "SELECT " USER_COLUMNS " WHERE u.id = $1 AND ($2::bigint = 0 OR u.id = $2)"};
static const struct pg_statement list_users = {
    "user_read_list", "SELECT " USER_COLUMNS " WHERE u.id < $1 ORDER BY u.id DESC LIMIT $2"};
/* The user's own list holds that user. */
static const struct pg_statement list_user = {
    "user_read_list_one",
    "SELECT " USER_COLUMNS " WHERE u.id < $1 AND u.id = $3 ORDER BY u.id DESC LIMIT $2"};

/* No scope and no address holds a space. */
#define KEY_COLUMNS                                                                                \
    "k.id, k.name, k.role = 'operator', coalesce(k.user_id, 0), array_to_string(k.scopes, ' '),"   \
    " coalesce(u.is_banned, false), k.revoked_at IS NOT NULL, k.created_at, k.expires_at,"         \
    " array_to_string(k.allowed_addresses, ' '), coalesce(k.rate_per_minute, 0)"                   \
    " FROM billing.api_keys k LEFT JOIN billing.users u ON u.id = k.user_id"

static const struct pg_statement find_key = {"key_read_find",
                                             "SELECT " KEY_COLUMNS " WHERE k.key_hash = $1"};
static const struct pg_statement list_keys = {
    "key_read_list", "SELECT " KEY_COLUMNS " WHERE k.id < $1 ORDER BY k.id DESC LIMIT $2"};
static const struct pg_statement list_keys_of_user = {
    "key_read_list_user",
    "SELECT " KEY_COLUMNS " WHERE k.id < $1 AND k.user_id = $3 ORDER BY k.id DESC LIMIT $2"};

static void fill_page(struct pg_args *args, int64_t user, int64_t before_id, int64_t limit)
{
    pg_args_i64(args, before_id);
    pg_args_i64(args, limit);
    if (user != QUERY_EVERYBODY)
        pg_args_i64(args, user);
}

const struct pg_statement *user_read_store_find(struct pg_args *args, int64_t user_id,
                                                int64_t scope)
{
    pg_args_i64(args, user_id);
    pg_args_i64(args, scope);
    return &find_user;
}

const struct pg_statement *user_read_store_list(struct pg_args *args, int64_t user,
                                                int64_t before_id, int64_t limit)
{
    fill_page(args, user, before_id, limit);
    return user == QUERY_EVERYBODY ? &list_users : &list_user;
}

void user_read_store_row(const struct pg_rows *rows, int row, Slipway__V1__User *ret_user)
{
    slipway__v1__user__init(ret_user);
    ret_user->user_id = (uint64_t)pg_rows_i64(rows, row, 0);
    ret_user->telegram_id = pg_rows_i64(rows, row, 1);
    ret_user->balance_cents = pg_rows_i64(rows, row, 2);
    ret_user->is_banned = pg_rows_bool(rows, row, 3);
    ret_user->name = query_text(pg_rows_text(rows, row, 4));
    ret_user->created_at_us = pg_rows_time_us(rows, row, 5);
    ret_user->referrer_id = (uint64_t)pg_rows_i64(rows, row, 6);
}

const struct pg_statement *key_read_store_find(struct pg_args *args, const void *key_hash,
                                               size_t length)
{
    pg_args_bytes(args, key_hash, length);
    return &find_key;
}

const struct pg_statement *key_read_store_list(struct pg_args *args, int64_t user,
                                               int64_t before_id, int64_t limit)
{
    fill_page(args, user, before_id, limit);
    return user == QUERY_EVERYBODY ? &list_keys : &list_keys_of_user;
}

/* Cuts the text at its spaces; past `most` words the rest is left out. */
static size_t split(char *text, char **ret_words, size_t most)
{
    char *rest = NULL;
    size_t count = 0;

    for (char *word = strtok_r(text, " ", &rest); word != NULL && count < most;
         word = strtok_r(NULL, " ", &rest))
        ret_words[count++] = word;
    return count;
}

void key_read_store_row(const struct pg_rows *rows, int row, struct key_row *ret_key)
{
    Slipway__V1__KeyRecord *record = &ret_key->record;

    slipway__v1__key_record__init(record);
    record->key_id = (uint64_t)pg_rows_i64(rows, row, 0);
    record->name = query_text(pg_rows_text(rows, row, 1));
    record->role = pg_rows_bool(rows, row, 2) ? SLIPWAY__V1__ROLE__ROLE_OPERATOR
                                              : SLIPWAY__V1__ROLE__ROLE_RESELLER;
    record->user_id = (uint64_t)pg_rows_i64(rows, row, 3);
    (void)snprintf(ret_key->scope_text, sizeof(ret_key->scope_text), "%s",
                   pg_rows_text(rows, row, 4));
    record->n_scopes = split(ret_key->scope_text, ret_key->scopes, KEY_SCOPES_MAX);
    record->scopes = ret_key->scopes;
    record->user_is_banned = pg_rows_bool(rows, row, 5);
    record->revoked = pg_rows_bool(rows, row, 6);
    record->created_at_us = pg_rows_time_us(rows, row, 7);
    record->expires_at_us = pg_rows_time_us(rows, row, 8);
    (void)snprintf(ret_key->address_text, sizeof(ret_key->address_text), "%s",
                   pg_rows_text(rows, row, 9));
    record->n_allowed_addresses =
        split(ret_key->address_text, ret_key->addresses, KEY_ADDRESSES_MAX);
    record->allowed_addresses = ret_key->addresses;
    record->rate_per_minute = (uint32_t)pg_rows_i64(rows, row, 10);
}
