#include "tests/support/operator_commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HASH_SIZE = 32 };

int64_t operator_count(const struct billing_database *database, const char *sql, uint64_t id)
{
    const char *mark = strchr(sql, '@');
    char text[512];

    assert_non_null(mark);
    (void)snprintf(text, sizeof(text), "%.*s%" PRIu64 "%s", (int)(mark - sql), sql, id, mark + 1);
    return billing_database_number(database, text);
}

int64_t operator_told(const struct billing_database *database, const char *type, const char *kind,
                      uint64_t id)
{
    char sql[512];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT coalesce(sum((length(text) - length(replace(text, '%s', '')))"
                   " / length('%s')), 0) FROM (SELECT"
                   /* An event's id may begin with the type too. */
                   " replace(encode(messages, 'escape'), '%s:', '') AS text"
                   " FROM billing.outbox WHERE position('%s:%" PRIu64 "'::bytea in messages) > 0)"
                   " AS rows",
                   type, type, type, kind, id);
    return billing_database_number(database, sql);
}

Slipway__V1__Command *operator_ban(uint64_t user, bool banned, const char *reason)
{
    Slipway__V1__Command *command = billing_command(user, NULL, NULL);
    Slipway__V1__BanUser *ban = malloc(sizeof(*ban));

    assert_non_null(ban);
    slipway__v1__ban_user__init(ban);
    ban->banned = banned;
    ban->reason = strdup(reason);
    billing_sign(command, OPERATOR_KEY);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_BAN_USER;
    command->ban_user = ban;
    return command;
}

Slipway__V1__Command *operator_user(uint64_t referrer_id, const char *code)
{
    Slipway__V1__Command *command = billing_command(0, NULL, NULL);
    Slipway__V1__CreateUser *create = malloc(sizeof(*create));

    assert_non_null(create);
    slipway__v1__create_user__init(create);
    create->name = strdup("invited");
    create->referrer_id = referrer_id;
    create->referral_code = strdup(code);
    billing_sign(command, OPERATOR_KEY);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_CREATE_USER;
    command->create_user = create;
    return command;
}

Slipway__V1__Command *operator_key(uint64_t user, uint8_t seed)
{
    Slipway__V1__Command *command = billing_command(user, NULL, NULL);
    Slipway__V1__IssueKey *issue = malloc(sizeof(*issue));

    assert_non_null(issue);
    slipway__v1__issue_key__init(issue);
    issue->key_hash.data = malloc(HASH_SIZE);
    issue->key_hash.len = HASH_SIZE;
    assert_non_null(issue->key_hash.data);
    memset(issue->key_hash.data, seed, HASH_SIZE);
    issue->role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
    issue->user_id = user;
    issue->name = strdup("tested");
    billing_sign(command, OPERATOR_KEY);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_ISSUE_KEY;
    command->issue_key = issue;
    return command;
}

void operator_allow(Slipway__V1__Command *command, const char *address)
{
    Slipway__V1__IssueKey *issue = command->issue_key;

    issue->allowed_addresses =
        realloc(issue->allowed_addresses, (issue->n_allowed_addresses + 1) * sizeof(char *));
    assert_non_null(issue->allowed_addresses);
    issue->allowed_addresses[issue->n_allowed_addresses++] = strdup(address);
}

Slipway__V1__Command *operator_revocation(uint64_t key_id)
{
    Slipway__V1__Command *command = billing_command(0, NULL, NULL);
    Slipway__V1__RevokeKey *revoke = malloc(sizeof(*revoke));

    assert_non_null(revoke);
    slipway__v1__revoke_key__init(revoke);
    revoke->key_id = key_id;
    billing_sign(command, OPERATOR_KEY);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_REVOKE_KEY;
    command->revoke_key = revoke;
    return command;
}
