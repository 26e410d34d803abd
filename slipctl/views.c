#include "slipctl/views.h"

#include "lib/base/cleanup.h"

#define CARD(name, ...)                                                                            \
    static const struct view_column name##_columns[] = {__VA_ARGS__};                              \
    const struct view view_##name = {                                                              \
        .columns = name##_columns,                                                                 \
        .column_count = ARRAY_LENGTH(name##_columns),                                              \
    }

#define LIST(name, array, title, empty, ...)                                                       \
    static const struct view_column name##_columns[] = {__VA_ARGS__};                              \
    const struct view view_##name = {                                                              \
        .heading = (title),                                                                        \
        .rows = (array),                                                                           \
        .columns = name##_columns,                                                                 \
        .column_count = ARRAY_LENGTH(name##_columns),                                              \
        .when_empty = (empty),                                                                     \
    }

/* clang-format off */

/* ---- the account ---- */

CARD(me,
    {"Key",      "principal/name",    0},
    {"Role",     "principal/role",    0},
    {"Scopes",   "principal/scopes",  0},
    {"User",     "user/id",           0},
    {"Telegram", "user/telegram_id",  0},
    {"USD",      "user/balance_usd",  0},
    {"Banned",   "user/is_banned",    0});

CARD(balance,
    {"User", "user_id",     0},
    {"USD",  "balance_usd", 0});

LIST(transactions, "items", NULL, "There are no transactions.",
    {"ID",     "id",                VIEW_RIGHT},
    {"TIME",   "created_at",        0},
    {"TYPE",   "type",              0},
    {"USD",    "amount_usd",        VIEW_RIGHT},
    {"AFTER",  "balance_after_usd", VIEW_RIGHT},
    {"STATUS", "status",            VIEW_STATUS},
    {"SERVER", "vps_id",            VIEW_RIGHT},
    {"BATCH",  "batch_id",          VIEW_SHRINKS});

CARD(referrals,
    {"User",       "user_id",    0},
    {"Code",       "code",       0},
    {"Percent",    "percent",    0},
    {"Invited",    "invited",    0},
    {"Active",     "active",     0},
    {"Earned USD", "earned_usd", 0});

CARD(deposit,
    {"Transaction", "transaction_id", 0},
    {"Provider",    "provider",       0},
    {"Number",      "external_id",    0},
    {"Status",      "status",         VIEW_STATUS},
    {"USD",         "amount_usd",     0},
    {"Fee USD",     "fee_usd",        0},
    {"Pay at",      "pay_url",        0},
    {"Pay to",      "address",        0},
    {"Network",     "network",        0},
    {"Pay amount",  "pay_amount",     0},
    {"Expires",     "expires_at",     0});

/* ---- what is sold ---- */

LIST(plans, "plans", "Plans", "There are no plans.",
    {"CODE",      "code",            0},
    {"NAME",      "name",            VIEW_SHRINKS},
    {"CPU",       "vcpu",            VIEW_RIGHT},
    {"RAM MB",    "ram_mb",          VIEW_RIGHT},
    {"DISK GB",   "disk_gb",         VIEW_RIGHT},
    {"TB/MONTH",  "traffic_tb",      VIEW_RIGHT},
    {"USD/MONTH", "price_usd_month", VIEW_RIGHT},
    {"AVAILABLE", "available",       0});

LIST(locations, "locations", "Locations", "There are no locations.",
    {"CODE",      "code",      0},
    {"NAME",      "name",      VIEW_SHRINKS},
    {"AVAILABLE", "available", 0});

LIST(systems, "os", "Operating systems", "There are no operating systems.",
    {"CODE",        "code",        0},
    {"NAME",        "name",        VIEW_SHRINKS},
    {"MIN RAM MB",  "min_ram_mb",  VIEW_RIGHT},
    {"MIN DISK GB", "min_disk_gb", VIEW_RIGHT});

LIST(periods, "periods", "Periods", "There are no periods.",
    {"MONTHS",     "months",           VIEW_RIGHT},
    {"DISCOUNT %", "discount_percent", VIEW_RIGHT});

CARD(quote,
    {"Plan",     "plan_code",     0},
    {"Months",   "period_months", 0},
    {"OS",       "os_code",       0},
    {"USD",      "price_usd",     0},
    {"OS fits",  "os_supported",  0});

/* ---- servers ---- */

LIST(servers, "items", NULL, "There are no servers.",
    {"ID",       "id",            VIEW_RIGHT},
    {"STATUS",   "status",        VIEW_STATUS},
    {"POWER",    "power_state",   VIEW_STATUS},
    {"IP",       "ip",            0},
    {"PLAN",     "plan_code",     VIEW_SHRINKS},
    {"LOCATION", "location_code", VIEW_SHRINKS},
    {"OS",       "os_code",       VIEW_SHRINKS},
    {"EXPIRES",  "expires_at",    0});

CARD(server,
    {"ID",       "id",            0},
    {"User",     "user_id",       0},
    {"Status",   "status",        VIEW_STATUS},
    {"Power",    "power_state",   VIEW_STATUS},
    {"IP",       "ip",            0},
    {"Plan",     "plan_code",     0},
    {"Location", "location_code", 0},
    {"OS",       "os_code",       0},
    {"Created",  "created_at",    0},
    {"Expires",  "expires_at",    0});

CARD(credentials,
    {"Server",   "vps_id",   0},
    {"IP",       "ip",       0},
    {"Port",     "port",     0},
    {"Login",    "login",    0},
    {"Password", "password", 0});

CARD(console,
    {"Server",  "vps_id",     0},
    {"Open",    "url",        0},
    {"Expires", "expires_at", 0});

CARD(renewal,
    {"Server",      "vps_id",      0},
    {"Charged USD", "charged_usd", 0},
    {"Expires",     "expires_at",  0});

CARD(power,
    {"Server", "vps_id",      0},
    {"Action", "action",      0},
    {"Status", "status",      VIEW_STATUS},
    {"Power",  "power_state", VIEW_STATUS});

CARD(password,
    {"Server",   "vps_id",   0},
    {"Login",    "login",    0},
    {"Password", "password", 0});

/* ---- batches ---- */

CARD(batch,
    {"Batch",     "batch_id",   0},
    {"Kind",      "kind",       0},
    {"Status",    "status",     VIEW_STATUS},
    {"Total",     "total",      0},
    {"Succeeded", "succeeded",  0},
    {"Failed",    "failed",     0},
    {"Created",   "created_at", 0},
    {"Updated",   "updated_at", 0});

LIST(batch_items, "items", NULL, NULL,
    {"SERVER",   "vps_id",       VIEW_RIGHT},
    {"STATUS",   "status",       VIEW_STATUS},
    {"STEP",     "step",         VIEW_SHRINKS},
    {"%",        "progress",     VIEW_RIGHT},
    {"CHARGED",  "charged_usd",  VIEW_RIGHT},
    {"REFUNDED", "refunded_usd", VIEW_RIGHT},
    {"ERROR",    "error/detail", VIEW_SHRINKS});

CARD(accepted,
    {"Batch",    "batch_id", 0},
    {"Accepted", "accepted", 0},
    {"Status",   "status",   VIEW_STATUS});

LIST(rejected, "rejected", "Rejected", NULL,
    {"ITEM",   "index",  VIEW_RIGHT},
    {"CODE",   "code",   0},
    {"REASON", "detail", VIEW_SHRINKS});

/* ---- operators ---- */

LIST(users, "items", NULL, "There are no users.",
    {"ID",       "id",          VIEW_RIGHT},
    {"NAME",     "name",        VIEW_SHRINKS},
    {"TELEGRAM", "telegram_id", VIEW_RIGHT},
    {"USD",      "balance_usd", VIEW_RIGHT},
    {"BANNED",   "is_banned",   0},
    {"CREATED",  "created_at",  0});

CARD(user,
    {"User",     "id",          0},
    {"Name",     "name",        0},
    {"Telegram", "telegram_id", 0},
    {"USD",      "balance_usd", 0},
    {"Banned",   "is_banned",   0},
    {"Created",  "created_at",  0});

CARD(change,
    {"User",        "user_id",        0},
    {"USD",         "balance_usd",    0},
    {"Transaction", "transaction_id", 0});

CARD(ban,
    {"User",   "user_id",   0},
    {"Banned", "is_banned", 0});

LIST(keys, "items", NULL, "There are no keys.",
    {"ID",      "id",         VIEW_RIGHT},
    {"NAME",    "name",       VIEW_SHRINKS},
    {"ROLE",    "role",       0},
    {"USER",    "user_id",    VIEW_RIGHT},
    {"SCOPES",  "scopes",     VIEW_SHRINKS},
    {"REVOKED", "revoked",    0},
    {"CREATED", "created_at", 0});

CARD(key,
    {"Key",            "id",             0},
    {"Name",           "name",           0},
    {"Role",           "role",           0},
    {"User",           "user_id",        0},
    {"Scopes",         "scopes",         0},
    {"Revoked",        "revoked",        0},
    {"API key",        "key",            0},
    {"Signing secret", "signing_secret", 0});

CARD(audit,
    {"Balanced",         "balanced",         0},
    {"Sum in cents",     "sum_cents",        0},
    {"Negative wallets", "negative_wallets", 0},
    {"In progress USD",  "in_progress_usd",  0},
    {"Checked",          "checked_at",       0});

LIST(acts, "items", NULL, "Nothing was done.",
    {"ID",     "id",      VIEW_RIGHT},
    {"TIME",   "at",      0},
    {"KEY",    "key_id",  VIEW_RIGHT},
    {"ACTION", "action",  0},
    {"USER",   "user_id", VIEW_RIGHT},
    {"TARGET", "target",  VIEW_SHRINKS},
    {"REASON", "reason",  VIEW_SHRINKS});
/* clang-format on */
