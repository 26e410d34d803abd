#include "slipctl/handlers.h"
#include "slipctl/views.h"

/* clang-format off */
static const struct command table[] = {
    {.name = "login", .help = "check a key and keep it for later",
     .flags = COMMAND_LOGS_IN,
     .request = {.method = "GET", .path = "/users/me"},
     .views = {&view_me}, .run = run_login},

    {.name = "whoami", .help = "whose key it is and what it may do",
     .flags = COMMAND_USER,
     .request = {.method = "GET", .path = "/users/me"},
     .views = {&view_me}, .run = run_answer},

    /* ---- what is sold ---- */

    {.name = "catalog", .help = "plans, locations, operating systems and periods",
     .request = {.method = "GET", .path = "/vps/catalog"},
     .views = {&view_plans, &view_locations, &view_systems, &view_periods}, .run = run_answer},

    {.name = "quote", .help = "what a server costs",
     .required = {ARGUMENT_PLAN, ARGUMENT_MONTHS, ARGUMENT_OS},
     .request = {.method = "POST", .path = "/vps/quote",
                 .body = {{"plan_code", ARGUMENT_PLAN, NULL},
                          {"period_months", ARGUMENT_MONTHS, NULL},
                          {"os_code", ARGUMENT_OS, NULL}}},
     .views = {&view_quote}, .run = run_answer},

    {.name = "buy", .help = "buy servers and wait until they are ready",
     .flags = COMMAND_USER | COMMAND_MONEY,
     .required = {ARGUMENT_PLAN, ARGUMENT_LOCATION, ARGUMENT_OS, ARGUMENT_MONTHS},
     .optional = {ARGUMENT_COUNT, ARGUMENT_YES, ARGUMENT_NO_WAIT, ARGUMENT_IDEMPOTENCY_KEY},
     .run = run_buy},

    /* ---- servers ---- */

    {.name = "list", .help = "the servers, newest first",
     .flags = COMMAND_USER,
     .optional = {ARGUMENT_STATUS, ARGUMENT_LOCATION, ARGUMENT_LIMIT},
     .request = {.method = "GET", .path = "/vps",
                 .query = {{"status", ARGUMENT_STATUS, NULL},
                           {"location_code", ARGUMENT_LOCATION, NULL}}},
     .views = {&view_servers}, .run = run_list},

    {.name = "show", .help = "one server",
     .required = {ARGUMENT_ID},
     .request = {.method = "GET", .path = "/vps/{ID}"},
     .views = {&view_server}, .run = run_answer},

    {.name = "credentials", .help = "address, login and password of a server",
     .required = {ARGUMENT_ID},
     .request = {.method = "GET", .path = "/vps/{ID}/credentials"},
     .views = {&view_credentials}, .run = run_answer},

    {.name = "ssh", .help = "log in to a server by ssh",
     .flags = COMMAND_NO_JSON,
     .required = {ARGUMENT_ID}, .optional = {ARGUMENT_SHOW, ARGUMENT_REST},
     .run = run_ssh},

    {.name = "console", .help = "a link to a server's screen, good once and for minutes",
     .required = {ARGUMENT_ID}, .optional = {ARGUMENT_OPEN},
     .request = {.method = "GET", .path = "/vps/{ID}/console"},
     .views = {&view_console}, .run = run_console},

    {.name = "renew", .help = "pay for further months",
     .flags = COMMAND_USER | COMMAND_MONEY,
     .required = {ARGUMENT_ID, ARGUMENT_MONTHS}, .optional = {ARGUMENT_IDEMPOTENCY_KEY},
     .request = {.method = "POST", .path = "/vps/{ID}/renew",
                 .body = {{"period_months", ARGUMENT_MONTHS, NULL}}},
     .views = {&view_renewal}, .run = run_answer},

    {.name = "power", .help = "start, stop or reboot a server",
     .required = {ARGUMENT_ID, ARGUMENT_ACTION}, .optional = {ARGUMENT_NO_WAIT},
     .request = {.method = "POST", .path = "/vps/{ID}/power/{ACTION}"},
     .views = {&view_power}, .run = run_power},

    {.name = "reinstall", .help = "replace all data on a server by a new system",
     .required = {ARGUMENT_ID, ARGUMENT_OS}, .optional = {ARGUMENT_YES, ARGUMENT_NO_WAIT},
     .request = {.method = "POST", .path = "/vps/{ID}/reinstall",
                 .body = {{"os_code", ARGUMENT_OS, NULL}}},
     .question = "Everything on server {ID} is replaced by {--os}. Go on? [y/N] ",
     .views = {&view_accepted}, .run = run_order},

    {.name = "password", .help = "set a new password and show it",
     .required = {ARGUMENT_ID},
     .request = {.method = "POST", .path = "/vps/{ID}/password"},
     .views = {&view_password}, .run = run_answer},

    {.name = "delete", .help = "delete a server and all that is on it",
     .required = {ARGUMENT_ID}, .optional = {ARGUMENT_YES, ARGUMENT_NO_WAIT},
     .request = {.method = "DELETE", .path = "/vps/{ID}"},
     .question = "Server {ID} and everything on it is gone for good, and nothing is paid back. "
                 "Go on? [y/N] ",
     .views = {&view_accepted}, .run = run_order},

    {.name = "batch", .help = "how far an order has come",
     .required = {ARGUMENT_BATCH}, .optional = {ARGUMENT_WAIT},
     .request = {.method = "GET", .path = "/batches/{BATCH}"},
     .views = {&view_batch, &view_batch_items}, .run = run_batch},

    /* ---- money ---- */

    {.name = "balance", .help = "what is in the wallet",
     .flags = COMMAND_USER,
     .views = {&view_balance}, .run = run_balance},

    {.name = "transactions", .help = "what was paid in and out, newest first",
     .flags = COMMAND_USER,
     .optional = {ARGUMENT_TYPE, ARGUMENT_STATUS, ARGUMENT_FROM, ARGUMENT_TO, ARGUMENT_LIMIT},
     .request = {.method = "GET", .path = "/transactions",
                 .query = {{"type", ARGUMENT_TYPE, NULL}, {"status", ARGUMENT_STATUS, NULL},
                           {"from", ARGUMENT_FROM, NULL}, {"to", ARGUMENT_TO, NULL}}},
     .views = {&view_transactions}, .run = run_list},

    {.name = "referrals", .help = "who was invited and what that has earned",
     .flags = COMMAND_USER,
     .request = {.method = "GET", .path = "/referrals"},
     .views = {&view_referrals}, .run = run_answer},

    {.name = "deposit", .help = "pay into the wallet: says where, and waits until it is paid",
     .flags = COMMAND_USER | COMMAND_MONEY,
     .required = {ARGUMENT_AMOUNT, ARGUMENT_PROVIDER},
     .optional = {ARGUMENT_ASSET, ARGUMENT_NO_WAIT, ARGUMENT_IDEMPOTENCY_KEY},
     .request = {.method = "POST", .path = "/deposits",
                 .body = {{"provider", ARGUMENT_PROVIDER, NULL},
                          {"amount_usd", ARGUMENT_AMOUNT, NULL},
                          {"asset", ARGUMENT_ASSET, NULL}}},
     .views = {&view_deposit}, .run = run_deposit},

    /* ---- operators ---- */

    {.name = "admin users", .help = "all users, newest first",
     .optional = {ARGUMENT_LIMIT},
     .request = {.method = "GET", .path = "/admin/users"},
     .views = {&view_users}, .run = run_list},

    {.name = "admin user-create", .help = "make a user",
     .optional = {ARGUMENT_NAME, ARGUMENT_TELEGRAM_ID},
     .request = {.method = "POST", .path = "/admin/users",
                 .body = {{"name", ARGUMENT_NAME, NULL},
                          {"telegram_id", ARGUMENT_TELEGRAM_ID, NULL}}},
     .views = {&view_user}, .run = run_answer},

    {.name = "admin balance", .help = "put money into a wallet, or take it out",
     .flags = COMMAND_MONEY,
     .required = {ARGUMENT_OWNER, ARGUMENT_CHANGE, ARGUMENT_REASON},
     .optional = {ARGUMENT_IDEMPOTENCY_KEY},
     .request = {.method = "POST", .path = "/admin/users/{USER}/balance",
                 .body = {{"amount_usd", ARGUMENT_CHANGE, NULL},
                          {"reason", ARGUMENT_REASON, NULL}}},
     .views = {&view_change}, .run = run_answer},

    {.name = "admin ban", .help = "keep a user from making changes",
     .required = {ARGUMENT_OWNER, ARGUMENT_REASON},
     .request = {.method = "POST", .path = "/admin/users/{USER}/ban",
                 .body = {{"banned", ARGUMENT_NONE, "true"}, {"reason", ARGUMENT_REASON, NULL}}},
     .views = {&view_ban}, .run = run_answer},

    {.name = "admin unban", .help = "let a user make changes again",
     .required = {ARGUMENT_OWNER}, .optional = {ARGUMENT_REASON},
     .request = {.method = "POST", .path = "/admin/users/{USER}/ban",
                 .body = {{"banned", ARGUMENT_NONE, "false"}, {"reason", ARGUMENT_REASON, NULL}}},
     .views = {&view_ban}, .run = run_answer},

    {.name = "admin keys", .help = "all keys, or those of --user",
     .flags = COMMAND_USER,
     .optional = {ARGUMENT_LIMIT},
     .request = {.method = "GET", .path = "/admin/keys"},
     .views = {&view_keys}, .run = run_list},

    {.name = "admin key-create", .help = "make a key and show it, this once",
     .flags = COMMAND_USER,
     .required = {ARGUMENT_ROLE, ARGUMENT_NAME}, .optional = {ARGUMENT_SCOPES},
     .request = {.method = "POST", .path = "/admin/keys",
                 .body = {{"role", ARGUMENT_ROLE, NULL}, {"user_id", ARGUMENT_USER, NULL},
                          {"name", ARGUMENT_NAME, NULL}, {"scopes", ARGUMENT_SCOPES, NULL}}},
     .views = {&view_key}, .run = run_answer},

    {.name = "admin key-revoke", .help = "make a key worthless",
     .required = {ARGUMENT_KEY_ID},
     .request = {.method = "DELETE", .path = "/admin/keys/{KEY_ID}"},
     .views = {&view_key}, .run = run_answer},

    {.name = "admin audit", .help = "whether the books balance, counted now",
     .request = {.method = "GET", .path = "/admin/audit"},
     .views = {&view_audit}, .run = run_answer},

    {.name = "admin log", .help = "what operators did, newest first",
     .flags = COMMAND_USER,
     .optional = {ARGUMENT_FROM, ARGUMENT_TO, ARGUMENT_LIMIT},
     .request = {.method = "GET", .path = "/admin/log",
                 .query = {{"from", ARGUMENT_FROM, NULL}, {"to", ARGUMENT_TO, NULL}}},
     .views = {&view_acts}, .run = run_list},

    {.name = "admin deposit-complete", .help = "credit a deposit by hand",
     .required = {ARGUMENT_DEPOSIT},
     .request = {.method = "POST", .path = "/admin/deposits/{TRANSACTION}/mark-completed"},
     .views = {&view_deposit}, .run = run_answer},

    {.name = "admin deposit-fail", .help = "give a deposit up by hand",
     .required = {ARGUMENT_DEPOSIT},
     .request = {.method = "POST", .path = "/admin/deposits/{TRANSACTION}/mark-failed"},
     .views = {&view_deposit}, .run = run_answer},

    /* ---- this machine ---- */

    {.name = "completion", .help = "the script that completes slipctl's words in a shell",
     .flags = COMMAND_LOCAL | COMMAND_NO_JSON,
     .required = {ARGUMENT_SHELL},
     .run = run_completion},
};
/* clang-format on */

const struct command *command_table(size_t *ret_count)
{
    *ret_count = ARRAY_LENGTH(table);
    return table;
}
