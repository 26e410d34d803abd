#include "services/billing/wallet_store.h"

static const struct pg_statement ensure_system = {
    "wallet_ensure_system",
    "INSERT INTO billing.accounts (id, kind, provider, shard)"
    " SELECT a.id, a.kind::billing.account_kind, a.provider, $4"
    " FROM unnest($1::bigint[], $2::text[], $3::text[]) AS a (id, kind, provider)"
    " ON CONFLICT (id) DO NOTHING",
};

static const struct pg_statement lock_by_user = {
    "wallet_lock_by_user",
    "SELECT id, balance_cents, floor_cents, is_banned, NULL::bigint FROM billing.accounts"
    " WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
};

static const struct pg_statement lock_by_thing = {
    "wallet_lock_by_thing",
    "SELECT a.id, a.balance_cents, a.floor_cents, a.is_banned,"
    " (SELECT u.referrer_id FROM billing.users u WHERE u.id = a.id)"
    " FROM billing.accounts a WHERE a.id = ANY ($1::bigint[] ||"
    " ARRAY(SELECT v.user_id FROM billing.vps v WHERE v.id = ANY ($2::bigint[])) ||"
    " ARRAY(SELECT d.user_id FROM billing.deposits d WHERE d.id = ANY ($3::bigint[])) ||"
    " ARRAY(SELECT u.referrer_id FROM billing.deposits d JOIN billing.users u ON u.id = d.user_id"
    " WHERE d.id = ANY ($3::bigint[]) AND u.referrer_id IS NOT NULL))"
    " ORDER BY a.id FOR NO KEY UPDATE OF a",
};

static const struct pg_statement move = {
    "wallet_move",
    "UPDATE billing.accounts a SET balance_cents = a.balance_cents + d.moved, floor_cents ="
    " least(a.floor_cents, d.floor) FROM (SELECT unnest($1::bigint[]) AS id,"
    " unnest($2::bigint[]) AS moved, unnest($3::bigint[]) AS floor) AS d WHERE a.id = d.id",
};

static const struct pg_statement open_wallet = {
    "wallet_open",
    "INSERT INTO billing.accounts (id, kind) SELECT unnest($1::bigint[]), 'wallet'",
};

int wallet_store_ensure_system(struct pg *pg, int64_t shard, struct error *error)
{
    CLEANUP(pg_array_free_cleanup) struct pg_array *ids = pg_array_new(PG_ARRAY_I64);
    CLEANUP(pg_array_free_cleanup) struct pg_array *kinds = pg_array_new(PG_ARRAY_TEXT);
    CLEANUP(pg_array_free_cleanup) struct pg_array *providers = pg_array_new(PG_ARRAY_TEXT);
    struct pg_args args = {0};

    if (ids == NULL || kinds == NULL || providers == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (int kind = 0; kind < LEDGER_SYSTEM_COUNT; ++kind) {
        const char *provider = ledger_system_provider((enum ledger_system)kind);

        pg_array_push_number(ids, ledger_system_id(shard, (enum ledger_system)kind));
        pg_array_push_text(kinds, ledger_system_name((enum ledger_system)kind));
        if (provider == NULL)
            pg_array_push_null(providers);
        else
            pg_array_push_text(providers, provider);
    }
    pg_args_array(&args, ids);
    pg_args_array(&args, kinds);
    pg_args_array(&args, providers);
    pg_args_i32(&args, (int32_t)shard);
    return pg_execute(pg, &ensure_system, &args, NULL, error);
}

int wallet_store_queue_lock(struct pg *pg, const struct wallet_wants *wants, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, wants->user_ids);
    if (pg_array_length(wants->vps_ids) == 0 && pg_array_length(wants->deposit_ids) == 0)
        return pg_pipeline_queue(pg, &lock_by_user, &args, error);
    pg_args_array(&args, wants->vps_ids);
    pg_args_array(&args, wants->deposit_ids);
    return pg_pipeline_queue(pg, &lock_by_thing, &args, error);
}

int wallet_store_take_lock(struct pg *pg, struct wallet **ret_wallets, size_t *ret_count,
                           struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct wallet *wallets;
    int result = pg_pipeline_take(pg, &rows, error);

    if (result < 0)
        return result;
    wallets = calloc((size_t)pg_rows_count(rows) + 1, sizeof(*wallets));
    if (wallets == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        const int64_t floor_cents = pg_rows_i64(rows, row, 2);
        const bool is_banned = pg_rows_bool(rows, row, 3);

        wallets[row] = (struct wallet){
            .account = {.id = pg_rows_i64(rows, row, 0),
                        .balance_cents = pg_rows_i64(rows, row, 1),
                        .floor_cents = floor_cents},
            .read_floor_cents = floor_cents,
            .is_banned = is_banned,
            .read_is_banned = is_banned,
            .referrer_id = pg_rows_i64(rows, row, 4),
        };
    }
    *ret_wallets = wallets;
    *ret_count = (size_t)pg_rows_count(rows);
    return 0;
}

bool wallet_store_init_moves(struct columns *columns)
{
    static const enum pg_array_type types[] = {PG_ARRAY_I64, PG_ARRAY_I64, PG_ARRAY_I64};

    return columns_init(columns, types, ARRAY_LENGTH(types));
}

void wallet_store_push_move(struct columns *columns, const struct ledger_account *account)
{
    pg_array_push_number(columns->arrays[0], account->id);
    pg_array_push_number(columns->arrays[1], account->moved_cents);
    pg_array_push_number(columns->arrays[2], account->floor_cents);
}

int wallet_store_queue_moves(struct pg *pg, const struct columns *columns, struct error *error)
{
    return columns_queue_timeless(columns, pg, &move, error);
}

int wallet_store_queue_open(struct pg *pg, const struct pg_array *user_ids, struct error *error)
{
    struct pg_args args = {0};

    pg_args_array(&args, user_ids);
    return pg_pipeline_queue(pg, &open_wallet, &args, error);
}
