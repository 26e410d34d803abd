/* What each command sends and shows, against answers recorded by hand from the contract. */
#include "program.h"
#include "recorded_server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PENDING(id) "{\"batch_id\":\"" id "\",\"accepted\":1,\"status\":\"pending\"}"
#define ENDED(id)                                                                                  \
    "{\"batch_id\":\"" id "\",\"kind\":\"k\",\"status\":\"completed\",\"total\":1,\"succeeded\":"  \
    "1,\"failed\":0,\"items\":[]}"
#define ME                                                                                         \
    "{\"principal\":{\"key_id\":3,\"name\":\"reseller acme\",\"role\":\"reseller\",\"scopes\":"    \
    "[\"vps:read\"],\"user_id\":42},\"user\":{\"id\":42,\"telegram_id\":666971555,"                \
    "\"balance_usd\":\"12.50\",\"is_banned\":false}}"
#define DEPOSIT(status)                                                                            \
    "{\"provider\":\"cryptobot\",\"external_id\":\"a?"                                             \
    "b\",\"transaction_id\":9002,\"status\":\"" status                                             \
    "\",\"amount_usd\":\"50.00\",\"fee_usd\":\"0.00\",\"pay_url\":\"https://pay.example\","        \
    "\"expires_at\":\"2026-09-09T12:00:00Z\"}"

enum { STEPS_MAX = 6 };

/* A command line, what it must send, and a part of what it must show. */
struct conversation {
    const char *words;
    struct recorded script[STEPS_MAX];
    const char *shown;
    int code;
    /* An Idempotency-Key goes with the first request. */
    bool is_money;
};

static size_t count_steps(const struct conversation *conversation)
{
    size_t count = 0;

    while (count < STEPS_MAX && conversation->script[count].request != NULL)
        ++count;
    return count;
}

static void hold(const struct conversation *conversation)
{
    struct recorded_server server;
    struct program program;

    program_init(&program);
    recorded_server_start(&server, conversation->script, count_steps(conversation));
    program_expect(&program, server.port, conversation->words, conversation->code);
    recorded_server_stop(&server);
    if (strstr(program.out, conversation->shown) == NULL)
        print_error("slipctl %s showed: %s%s\n", conversation->words, program.out, program.err);
    assert_non_null(strstr(program.out, conversation->shown));
    assert_int_equal(server.heads[0].idempotency_key[0] != '\0', conversation->is_money);
    program_deinit(&program);
}

static void hold_all(const struct conversation *conversations, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        hold(&conversations[i]);
}

/* clang-format off */
static const struct conversation managing[] = {
    {.words = "renew 77 --months 3",
     .script = {{.request = "POST /vps/77/renew",
                 .body = "{\"period_months\":3}",
                 .status = 200,
                 .answer = "{\"vps_id\":77,\"charged_usd\":\"28.61\",\"expires_at\":"
                           "\"2026-09-09T12:00:00Z\"}"}},
     .shown = "Charged USD  28.61\nExpires      2026-09-09T12:00:00Z\n",
     .is_money = true},
    {.words = "renew 77 --months 3 --user 42",
     .script = {{.request = "POST /vps/77/renew?user_id=42",
                 .body = "{\"period_months\":3}",
                 .status = 200,
                 .answer = "{\"vps_id\":77}"}},
     .shown = "Server       77\n",
     .is_money = true},
    {.words = "power 77 reboot",
     .script = {{.request = "POST /vps/77/power/reboot",
                 .status = 200,
                 .answer = "{\"vps_id\":77,\"action\":\"reboot\",\"status\":\"completed\","
                           "\"power_state\":\"running\"}"}},
     .shown = "Action  reboot\nStatus  completed\nPower   running\n"},
    {.words = "power 77 toggle",
     .script = {{.request = "POST /vps/77/power/power-toggle",
                 .status = 202,
                 .answer = PENDING("power:991")},
                {.request = "GET /batches/power:991",
                 .status = 200,
                 .answer = "data: " ENDED("power:991") "\n\n",
                 .type = "text/event-stream"}},
     .shown = "Status     completed\n"},
    {.words = "power 77 stop --no-wait",
     .script = {{.request = "POST /vps/77/power/stop",
                 .status = 202,
                 .answer = PENDING("power:991")}},
     .shown = "Batch     power:991\n"},
    {.words = "reinstall 77 --os debian-12 --yes",
     .script = {{.request = "POST /vps/77/reinstall",
                 .body = "{\"os_code\":\"debian-12\"}",
                 .status = 202,
                 .answer = PENDING("reinstall:992")},
                {.request = "GET /batches/reinstall:992",
                 .status = 200,
                 .answer = ENDED("reinstall:992")},
                {.request = "GET /batches/reinstall:992",
                 .status = 200,
                 .answer = ENDED("reinstall:992")}},
     .shown = "Batch      reinstall:992\n"},
    {.words = "reinstall 77 --os debian-12", .shown = "", .code = 2},
    {.words = "password 77",
     .script = {{.request = "POST /vps/77/password",
                 .status = 200,
                 .answer = "{\"vps_id\":77,\"login\":\"root\",\"password\":\"hunter2\"}"}},
     .shown = "Password  hunter2\n"},
    {.words = "delete 77 --yes --no-wait",
     .script = {{.request = "DELETE /vps/77", .status = 202, .answer = PENDING("delete:993")}},
     .shown = "Batch     delete:993\n"},
    {.words = "delete 77", .shown = "", .code = 2},
    {.words = "console 77",
     .script = {{.request = "GET /vps/77/console",
                 .status = 200,
                 .answer = "{\"vps_id\":77,\"url\":\"https://c.example/?t=1\",\"expires_at\":"
                           "\"2026-09-09T12:00:00Z\"}"}},
     .shown = "Open     https://c.example/?t=1\n"},
    {.words = "console 77 --open",
     .script = {{.request = "GET /vps/77/console",
                 .status = 200,
                 .answer = "{\"vps_id\":77,\"url\":\"file:///etc/passwd\"}"}},
     .shown = "Open     file:///etc/passwd\n",
     .code = 1},
    {.words = "batch checkout:5",
     .script = {{.request = "GET /batches/checkout:5",
                 .status = 200,
                 .answer = ENDED("checkout:5")}},
     .shown = "Succeeded  1\n"},
    {.words = "batch ?users=me",
     .script = {{.request = "GET /batches/%3Fusers%3Dme",
                 .status = 404,
                 .answer = "{\"code\":\"not_found\"}"}},
     .shown = "",
     .code = 1},
};
/* clang-format on */

static void servers_are_managed(void **state)
{
    (void)state;
    hold_all(managing, ARRAY_LENGTH(managing));
}

/* clang-format off */
static const struct conversation accounts[] = {
    {.words = "whoami",
     .script = {{.request = "GET /users/me", .status = 200, .answer = ME}},
     .shown = "Key       reseller acme\nRole      reseller\nScopes    vps:read\nUser      42\n"},
    {.words = "balance",
     .script = {{.request = "GET /users/me", .status = 200, .answer = ME},
                {.request = "GET /users/42/balance",
                 .status = 200,
                 .answer = "{\"user_id\":42,\"balance_usd\":\"12.50\"}"}},
     .shown = "User  42\nUSD   12.50\n"},
    {.words = "balance --user 43",
     .script = {{.request = "GET /users/43/balance",
                 .status = 200,
                 .answer = "{\"user_id\":43,\"balance_usd\":\"0.00\"}"}},
     .shown = "USD   0.00\n"},
    {.words = "balance",
     .script = {{.request = "GET /users/me",
                 .status = 200,
                 .answer = "{\"principal\":{\"role\":\"operator\"},\"user\":null}"}},
     .shown = "",
     .code = 2},
    {.words = "referrals",
     .script = {{.request = "GET /referrals",
                 .status = 200,
                 .answer = "{\"user_id\":42,\"code\":\"abc\",\"percent\":\"5.00\",\"invited\":3,"
                           "\"active\":2,\"earned_usd\":\"1.25\"}"}},
     .shown = "Earned USD  1.25\n"},
    {.words = "transactions --type purchase --from 2026-09-09T12:00:00Z --limit 2",
     .script = {{.request = "GET /transactions?type=purchase&from=2026-09-09T12:00:00Z&limit=2",
                 .status = 200,
                 .answer = "{\"items\":[{\"id\":9001,\"type\":\"purchase\",\"amount_usd\":"
                           "\"-28.61\"}],\"next_cursor\":null}"}},
     .shown = "9001  -     purchase  -28.61"},
};
/* clang-format on */

static void accounts_are_shown(void **state)
{
    (void)state;
    hold_all(accounts, ARRAY_LENGTH(accounts));
}

#define MADE                                                                                       \
    {                                                                                              \
        .request = "POST /deposits",                                                               \
        .body = "{\"provider\":\"cryptobot\",\"amount_usd\":\"50.00\",\"asset\":\"USDT\"}",        \
        .status = 201, .answer = DEPOSIT("pending"),                                               \
    }

/* clang-format off */
static const struct conversation depositing[] = {
    {.words = "deposit 50 --provider cryptobot --asset USDT",
     .script = {MADE,
                {.request = "GET /deposits/cryptobot/a%3Fb",
                 .status = 200,
                 .answer = DEPOSIT("completed")}},
     .shown = "Paid: it is in the wallet.\n",
     .is_money = true},
    {.words = "deposit 50 --provider cryptobot --asset USDT --json",
     .script = {MADE,
                {.request = "GET /deposits/cryptobot/a%3Fb",
                 .status = 200,
                 .answer = DEPOSIT("expired")}},
     .shown = DEPOSIT("expired") "\n",
     .code = 1,
     .is_money = true},
    {.words = "deposit 50.00 --provider cryptobot --asset USDT --no-wait",
     .script = {MADE},
     .shown = "Pay at       https://pay.example\n",
     .is_money = true},
    {.words = "deposit 50 --provider cryptobot --asset USDT --timeout 1",
     .script = {MADE},
     .shown = "Pay at       https://pay.example\n",
     .code = 3,
     .is_money = true},
};
/* clang-format on */

static void deposits_are_waited_for(void **state)
{
    (void)state;
    hold_all(depositing, ARRAY_LENGTH(depositing));
}

/* clang-format off */
static const struct conversation operating[] = {
    {.words = "admin users",
     .script = {{.request = "GET /admin/users?limit=200",
                 .status = 200,
                 .answer = "{\"items\":[{\"id\":42,\"name\":\"acme\",\"is_banned\":true}],"
                           "\"next_cursor\":null}"}},
     .shown = "42  acme         -    -  yes     -\n"},
    {.words = "admin user-create --name=acme --telegram-id 7",
     .script = {{.request = "POST /admin/users",
                 .body = "{\"name\":\"acme\",\"telegram_id\":7}",
                 .status = 201,
                 .answer = "{\"id\":42,\"name\":\"acme\"}"}},
     .shown = "User      42\n"},
    {.words = "admin user-create",
     .script = {{.request = "POST /admin/users",
                 .body = "{}",
                 .status = 201,
                 .answer = "{\"id\":43}"}},
     .shown = "User      43\n"},
    {.words = "admin balance 42 -5.00 --reason a\"b\\c",
     .script = {{.request = "POST /admin/users/42/balance",
                 .body = "{\"amount_usd\":\"-5.00\",\"reason\":\"a\\\"b\\\\c\"}",
                 .status = 200,
                 .answer = "{\"user_id\":42,\"balance_usd\":\"7.50\",\"transaction_id\":9003}"}},
     .shown = "Transaction  9003\n",
     .is_money = true},
    {.words = "admin ban 42 --reason fraud",
     .script = {{.request = "POST /admin/users/42/ban",
                 .body = "{\"banned\":true,\"reason\":\"fraud\"}",
                 .status = 200,
                 .answer = "{\"user_id\":42,\"is_banned\":true}"}},
     .shown = "Banned  yes\n"},
    {.words = "admin unban 42",
     .script = {{.request = "POST /admin/users/42/ban",
                 .body = "{\"banned\":false}",
                 .status = 200,
                 .answer = "{\"user_id\":42,\"is_banned\":false}"}},
     .shown = "Banned  no\n"},
    {.words = "admin keys --user 42 --limit 1",
     .script = {{.request = "GET /admin/keys?user_id=42&limit=1",
                 .status = 200,
                 .answer = "{\"items\":[{\"id\":3,\"scopes\":[\"a\",\"b\"]}],\"next_cursor\":"
                           "\"x\"}"}},
     .shown = "a, b"},
    {.words = "admin key-create --role reseller --user 42 --name k --scopes vps:read,vps:buy",
     .script = {{.request = "POST /admin/keys",
                 .body = "{\"role\":\"reseller\",\"user_id\":42,\"name\":\"k\",\"scopes\":"
                         "[\"vps:read\",\"vps:buy\"]}",
                 .status = 201,
                 .answer = "{\"id\":3,\"name\":\"k\",\"key\":\"" PROGRAM_KEY "\"}"}},
     .shown = "API key         " PROGRAM_KEY "\n"},
    {.words = "admin key-revoke 3",
     .script = {{.request = "DELETE /admin/keys/3", .status = 204}},
     .shown = ""},
    {.words = "admin audit",
     .script = {{.request = "GET /admin/audit",
                 .status = 200,
                 .answer = "{\"balanced\":true,\"sum_cents\":0}"}},
     .shown = "Balanced          yes\nSum in cents      0\n"},
    {.words = "admin log",
     .script = {{.request = "GET /admin/log?limit=200",
                 .status = 200,
                 .answer = "{\"items\":[{\"id\":1,\"action\":\"ban_user\",\"reason\":\"fraud\"}],"
                           "\"next_cursor\":null}"}},
     .shown = "ban_user"},
    {.words = "admin deposit-complete 9002",
     .script = {{.request = "POST /admin/deposits/9002/mark-completed",
                 .status = 200,
                 .answer = DEPOSIT("completed")}},
     .shown = "Status       completed\n"},
    {.words = "admin deposit-fail 9002",
     .script = {{.request = "POST /admin/deposits/9002/mark-failed",
                 .status = 409,
                 .answer = "{\"code\":\"state_conflict\"}"}},
     .shown = "",
     .code = 1},
};
/* clang-format on */

static void operators_run_the_place(void **state)
{
    (void)state;
    hold_all(operating, ARRAY_LENGTH(operating));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_managed),
        cmocka_unit_test(accounts_are_shown),
        cmocka_unit_test(deposits_are_waited_for),
        cmocka_unit_test(operators_run_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
