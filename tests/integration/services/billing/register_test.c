/* Keys and referrers through the writer. */
#include "tests/support/operator_commands.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void assert_contains(const struct billing_reply *reply, const char *text)
{
    if (strstr(reply->body, text) == NULL)
        fail_msg("%s is not in %s", text, reply->body);
}

static void key_keeps_its_conditions_and_its_end_is_told_once(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    Slipway__V1__Command *command = operator_key(user, 1);
    const int told_before = atomic_load(&world->writer.told_keys);
    struct billing_reply reply;
    uint64_t key;

    operator_allow(command, "10.0.0.0/8");
    operator_allow(command, "2001:db8::1");
    command->issue_key->expires_at_us = clock_now_us(NULL) + 3600000000;
    command->issue_key->rate_per_minute = 600;
    reply = billing_ask(&world->writer, command);
    assert_int_equal(reply.status, 201);
    assert_contains(&reply, "\"allowed_addresses\":[\"10.0.0.0/8\",\"2001:db8::1\"]");
    assert_contains(&reply, "\"rate_per_minute\":600");
    key = (uint64_t)billing_body_number(&reply, "id");
    assert_int_equal(operator_count(&world->database,
                                    "SELECT count(*) FROM billing.api_keys WHERE id = @"
                                    " AND expires_at > now() AND rate_per_minute = 600"
                                    " AND allowed_addresses = '{10.0.0.0/8,2001:db8::1}'::inet[]",
                                    key),
                     1);
    for (int i = 0; i < 2; ++i) {
        reply = billing_ask(&world->writer, operator_revocation(key));
        assert_int_equal(reply.status, 200);
        assert_contains(&reply, "\"revoked\":true");
    }
    assert_int_equal(atomic_load(&world->writer.told_keys) - told_before, 2);
    assert_int_equal(operator_told(&world->database, "hosting.key.issued.v1", "key", key), 1);
    assert_int_equal(operator_told(&world->database, "hosting.key.revoked.v1", "key", key), 1);
    assert_int_equal(
        operator_count(&world->database,
                       "SELECT count(*) FROM billing.operator_log WHERE target = 'key:@"
                       "' AND action IN ('issue_key', 'revoke_key')",
                       key),
        2);
}

static void conditions_that_can_not_be_kept_are_refused(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    Slipway__V1__Command *command = operator_key(user, 2);
    struct billing_reply reply;

    command->issue_key->expires_at_us = clock_now_us(NULL) - 1;
    command->issue_key->rate_per_minute = 1000001;
    operator_allow(command, "10.0.0.1/8");
    operator_allow(command, "{}");
    reply = billing_ask(&world->writer, command);
    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/expires_at\",\"code\":\"out_of_range\"");
    assert_contains(&reply, "{\"pointer\":\"/allowed_addresses\",\"code\":\"out_of_range\"");
    assert_contains(&reply, "{\"pointer\":\"/rate_per_minute\",\"code\":\"out_of_range\"");
}

static void new_user_names_who_invited_it(void **state)
{
    struct writer_world *world = *state;
    const uint64_t referrer = billing_user(&world->writer, 0);
    struct billing_reply reply = billing_ask(&world->writer, operator_user(referrer, ""));
    char sql[160], code[16], expected[32];

    assert_int_equal(reply.status, 201);
    (void)snprintf(expected, sizeof(expected), "\"referrer_id\":%" PRIu64 "}", referrer);
    assert_contains(&reply, expected);
    (void)snprintf(sql, sizeof(sql),
                   "UPDATE billing.users SET referral_code = 'C0DE0F%06" PRIu64
                   "' WHERE id = %" PRIu64,
                   referrer, referrer);
    billing_database_script(&world->database, sql);
    (void)snprintf(code, sizeof(code), "C0DE0F%06" PRIu64, referrer);
    reply = billing_ask(&world->writer, operator_user(0, code));
    assert_int_equal(reply.status, 201);
    assert_contains(&reply, expected);
    assert_int_equal(operator_count(&world->database,
                                    "SELECT count(*) FROM billing.users WHERE referrer_id = @",
                                    referrer),
                     2);
}

static void referrer_that_is_nobody_makes_no_user(void **state)
{
    struct writer_world *world = *state;
    const int64_t before = writer_world_count(world, "SELECT count(*) FROM billing.users");
    struct billing_reply reply = billing_ask(&world->writer, operator_user(999999, ""));

    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/referrer_id\",\"code\":\"unknown_referrer\"");
    reply = billing_ask(&world->writer, operator_user(0, "NEVERISSUED1"));
    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/referral_code\",\"code\":\"unknown_referrer\"");
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.users"), before);
}

/* A user is there before whom it invites, so invitations never lead back: no loop, and nobody
 * invites itself. The service can't rewrite them either. */
static void invitations_never_lead_back(void **state)
{
    struct writer_world *world = *state;
    const uint64_t first = billing_user(&world->writer, 0);
    const struct billing_reply reply = billing_ask(&world->writer, operator_user(first, ""));
    const uint64_t second = (uint64_t)billing_body_number(&reply, "id");
    CLEANUP(pg_free_cleanup) struct pg *owner = billing_database_connect(world->database.owner);
    CLEANUP(pg_free_cleanup) struct pg *service = billing_database_connect(world->database.service);
    char loop[128], self[128];
    struct error error;

    (void)snprintf(loop, sizeof(loop),
                   "UPDATE billing.users SET referrer_id = %" PRIu64 " WHERE id = %" PRIu64, second,
                   first);
    (void)snprintf(self, sizeof(self),
                   "UPDATE billing.users SET referrer_id = id WHERE id = %" PRIu64, first);
    assert_int_equal(pg_execute_script(owner, loop, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "users_referrer_came_before"));
    assert_int_equal(pg_execute_script(owner, self, &error), FAULT_HARD);
    assert_int_equal(pg_execute_script(service, loop, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "permission denied"));
}

static void every_user_has_a_code_of_its_own(void **state)
{
    struct writer_world *world = *state;

    for (int i = 0; i < 5; ++i)
        (void)billing_user(&world->writer, 0);
    assert_int_equal(writer_world_count(world, "SELECT count(*) - count(DISTINCT referral_code)"
                                               " FROM billing.users"),
                     0);
    /* 4,000 drawn: each of the 32 letters comes up, none twice as often as it should. */
    assert_int_equal(
        writer_world_count(world, "SELECT count(*) FROM (SELECT letter, count(*) AS times FROM"
                                  " (SELECT regexp_split_to_table(billing.make_referral_code(), '')"
                                  " AS letter FROM generate_series(1, 4000)) AS drawn"
                                  " GROUP BY letter) AS letters WHERE times BETWEEN 750 AND 3000"),
        32);
    assert_int_equal(writer_world_count(world, "SELECT count(DISTINCT billing.make_referral_code())"
                                               " FROM generate_series(1, 4000)"),
                     4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_keeps_its_conditions_and_its_end_is_told_once),
        cmocka_unit_test(conditions_that_can_not_be_kept_are_refused),
        cmocka_unit_test(new_user_names_who_invited_it),
        cmocka_unit_test(referrer_that_is_nobody_makes_no_user),
        cmocka_unit_test(invitations_never_lead_back),
        cmocka_unit_test(every_user_has_a_code_of_its_own),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
