/* Users and keys as they are read; writes are the writer's. */
#pragma once

#include "lib/base/address.h"
#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"

/* Users, newest first; `scope` 0 sees all, else one user's. */
const struct pg_statement *user_read_store_find(struct pg_args *args, int64_t user_id,
                                                int64_t scope);
const struct pg_statement *user_read_store_list(struct pg_args *args, int64_t user,
                                                int64_t before_id, int64_t limit);
/* Texts are borrowed from the rows. */
void user_read_store_row(const struct pg_rows *rows, int row, Slipway__V1__User *ret_user);

const struct pg_statement *key_read_store_find(struct pg_args *args, const void *key_hash,
                                               size_t length);
const struct pg_statement *key_read_store_list(struct pg_args *args, int64_t user,
                                               int64_t before_id, int64_t limit);

enum { KEY_SCOPES_MAX = 16, KEY_ADDRESSES_MAX = 32 };

/* A key and the room for its scopes and addresses. */
struct key_row {
    Slipway__V1__KeyRecord record;
    char *scopes[KEY_SCOPES_MAX];
    char scope_text[512];
    char *addresses[KEY_ADDRESSES_MAX];
    char address_text[KEY_ADDRESSES_MAX * ADDRESS_BLOCK_TEXT_SIZE];
};

/* The name is borrowed from the rows, scopes and addresses stand in `ret_key`, which must not move.
 */
void key_read_store_row(const struct pg_rows *rows, int row, struct key_row *ret_key);
