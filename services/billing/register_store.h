/* Users and keys, as the writer sees them. All that add to or change the register take one lock
 * first, so that what was looked up still holds when it is written. */
#pragma once

#include "services/billing/columns.h"

MUST_CHECK int register_store_queue_lock(struct pg *pg, struct error *error);
MUST_CHECK int register_store_take_lock(struct pg *pg, struct error *error);

/* Two results. */
struct register_wants {
    const struct pg_array *user_ids, *telegram_ids, *referral_codes, *key_ids, *key_hashes;
};

/* Rows of users: (id, telegram_id, referral_code); of keys: those of struct register_found_key. */
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
/* Whose referral code it is; 0: nobody's. */
int64_t register_find_referrer(const struct register_rows *rows, const char *code);

/* Borrowed from the rows; the hash has 32 bytes. */
struct register_found_key {
    const uint8_t *hash;
    /* 0: an operator's. */
    int64_t user_id;
    const char *name;
    bool is_revoked;
};

/* False: unknown. */
bool register_find_key(const struct register_rows *rows, int64_t key_id,
                       struct register_found_key *ret_key);

struct register_writes {
    struct columns users, bans, keys, revoked;
};

/* 0: none. The name is borrowed for the call. */
struct register_user {
    int64_t id, telegram_id;
    const char *name;
    int64_t referrer_id;
};

/* Texts are borrowed for the call. */
struct register_key {
    int64_t id;
    const uint8_t *hash;
    const char *role;
    int64_t user_id;
    const char *name;
    /* As PostgreSQL writes arrays, "{vps:read,vps:write}", "{10.0.0.0/8}". */
    const char *scopes, *allowed_addresses;
    /* 0: never, and no rate of its own. */
    int64_t expires_at_us, rate_per_minute;
};

MUST_CHECK bool register_store_init(struct register_writes *writes);
void register_store_deinit(struct register_writes *writes);
void register_store_reset(struct register_writes *writes);
void register_store_push_user(struct register_writes *writes, const struct register_user *user);
/* At most once a user and batch. */
void register_store_push_ban(struct register_writes *writes, int64_t user_id, bool is_banned);
void register_store_push_key(struct register_writes *writes, const struct register_key *key);
void register_store_push_revoked(struct register_writes *writes, int64_t key_id);
/* New users come with their wallets. */
MUST_CHECK int register_store_queue(struct pg *pg, const struct register_writes *writes,
                                    int64_t now_us, struct error *error);
