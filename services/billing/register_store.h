/* Users and keys, as the writer sees them. All that add to or change the register take one lock
 * first, so that what was looked up still holds when it is written. */
#pragma once

#include "services/billing/columns.h"

MUST_CHECK int register_store_queue_lock(struct pg *pg, struct error *error);
MUST_CHECK int register_store_take_lock(struct pg *pg, struct error *error);

/* Two results. */
struct register_wants {
    const struct pg_array *user_ids, *telegram_ids, *key_ids, *key_hashes;
};

/* Rows of users: (id, telegram_id); of keys: (id, key_hash). */
struct register_rows {
    struct pg_rows *users, *keys;
};

void register_rows_deinit(struct register_rows *rows);

MUST_CHECK int register_store_queue_find(struct pg *pg, const struct register_wants *wants,
                                         struct error *error);
MUST_CHECK int register_store_take_find(struct pg *pg, struct register_rows *ret_rows,
                                        struct error *error);

/* The lookups are linear: acts of operators come one by one. */
MUST_CHECK bool register_has_user(const struct register_rows *rows, int64_t user_id);
MUST_CHECK bool register_has_telegram(const struct register_rows *rows, int64_t telegram_id);
MUST_CHECK bool register_has_hash(const struct register_rows *rows, const void *key_hash);
/* The hash of a key, 32 bytes borrowed from the rows; NULL: unknown. */
const uint8_t *register_find_key(const struct register_rows *rows, int64_t key_id);

struct register_writes {
    struct columns users, keys, revoked;
};

/* Texts are borrowed for the call. */
struct register_key {
    int64_t id;
    const uint8_t *hash;
    const char *role;
    int64_t user_id;
    const char *name;
    /* As PostgreSQL writes an array, "{vps:read,vps:write}". */
    const char *scopes;
};

MUST_CHECK bool register_store_init(struct register_writes *writes);
void register_store_deinit(struct register_writes *writes);
void register_store_reset(struct register_writes *writes);
void register_store_push_user(struct register_writes *writes, int64_t user_id, int64_t telegram_id,
                              const char *name);
void register_store_push_key(struct register_writes *writes, const struct register_key *key);
void register_store_push_revoked(struct register_writes *writes, int64_t key_id);
/* New users come with their wallets. */
MUST_CHECK int register_store_queue(struct pg *pg, const struct register_writes *writes,
                                    int64_t now_us, struct error *error);
