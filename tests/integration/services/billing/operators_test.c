/* Bans through the writer, and what the operators' log keeps of every act. */
#include "tests/support/cut_proxy.h"
#include "tests/support/operator_commands.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void assert_contains(const struct billing_reply *reply, const char *text)
{
    if (strstr(reply->body, text) == NULL)
        fail_msg("%s is not in %s", text, reply->body);
}

static uint32_t buy(struct writer_world *world, uint64_t user)
{
    return billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "de", 1)).status;
}

static void banned_user_buys_nothing_until_it_is_let_in_again(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    struct billing_reply reply = billing_ask(&world->writer, operator_ban(user, true, "fraud"));
    char expected[64];

    assert_int_equal(reply.status, 200);
    (void)snprintf(expected, sizeof(expected), "{\"user_id\":%" PRIu64 ",\"is_banned\":true}",
                   user);
    assert_string_equal(reply.body, expected);
    assert_int_equal(buy(world, user), 403);
    assert_int_equal(atomic_load(&world->writer.told_user), (int64_t)user);
    reply = billing_ask(&world->writer, operator_ban(user, false, ""));
    assert_int_equal(reply.status, 200);
    assert_contains(&reply, "\"is_banned\":false");
    assert_int_equal(buy(world, user), 202);
    assert_int_equal(operator_told(&world->database, "hosting.user.banned.v1", "user", user), 1);
    assert_int_equal(operator_told(&world->database, "hosting.user.unbanned.v1", "user", user), 1);
    assert_int_equal(billing_ask(&world->writer, operator_ban(999999, true, "nobody")).status, 404);
}

static void repeated_ban_answers_the_same_and_is_one_act(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_reply first =
        billing_ask(&world->writer, operator_ban(user, true, "fraud"));
    const struct billing_reply again =
        billing_ask(&world->writer, operator_ban(user, true, "again"));

    assert_int_equal(again.status, first.status);
    assert_string_equal(again.body, first.body);
    assert_int_equal(operator_told(&world->database, "hosting.user.banned.v1", "user", user), 1);
    assert_int_equal(operator_count(&world->database,
                                    "SELECT count(*) FROM billing.operator_log"
                                    " WHERE action = 'ban_user' AND user_id = @",
                                    user),
                     1);
}

/* The last word of a batch stands, and what comes between two of them follows the first. */
static void bans_of_one_batch_are_applied_in_order(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    Slipway__V1__Command *commands[] = {
        operator_ban(user, true, "one"),   billing_purchase(user, NULL, "vps-2", "de", 1),
        operator_ban(user, false, "two"),  billing_purchase(user, NULL, "vps-2", "de", 1),
        operator_ban(user, true, "three"),
    };
    struct billing_reply replies[ARRAY_LENGTH(commands)];

    billing_ask_all(&world->writer, commands, ARRAY_LENGTH(commands), replies);
    assert_int_equal(replies[1].status, 403);
    assert_int_equal(replies[3].status, 202);
    assert_int_equal(operator_count(&world->database,
                                    "SELECT is_banned::int FROM billing.users WHERE id = @", user),
                     1);
}

struct lone_call {
    struct billing_writer *writer;
    Slipway__V1__Command *command;
    struct billing_reply reply;
};

static void *ask_on_thread(void *context)
{
    struct lone_call *call = context;

    call->reply = billing_ask(call->writer, call->command);
    return NULL;
}

static void two_writers_at_once_ban_once(void **state)
{
    enum { ROUNDS = 40 };
    struct writer_world *world = *state;
    struct billing_writer other;
    const uint64_t user = billing_user(&world->writer, 0);

    billing_writer_init(&other, world->database.service);
    for (int round = 0; round < ROUNDS; ++round) {
        const bool banned = round % 2 == 0;
        struct lone_call call = {.writer = &other, .command = operator_ban(user, banned, "x")};
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, ask_on_thread, &call), 0);
        assert_int_equal(billing_ask(&world->writer, operator_ban(user, banned, "y")).status, 200);
        (void)pthread_join(thread, NULL);
        assert_int_equal(call.reply.status, 200);
    }
    assert_int_equal(operator_count(&world->database,
                                    "SELECT count(*) FROM billing.operator_log WHERE user_id = @",
                                    user),
                     ROUNDS);
    billing_writer_deinit(&other);
}

/* Commands that say nothing to the log themselves are in it too. */
static void every_act_is_logged_with_what_it_changed(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    Slipway__V1__Command *adjustment = billing_adjustment(user, "act", -500, "a fine");
    Slipway__V1__Command *purchase = billing_purchase(user, "buy", "vps-2", "de", 1);
    Slipway__V1__Command *repeat = billing_purchase(user, "buy", "vps-2", "de", 1);
    Slipway__V1__Command *refused = billing_purchase(user, NULL, "vps-2", "nl", 1);
    Slipway__V1__Command *own = billing_purchase(user, NULL, "vps-2", "de", 1);

    billing_sign(adjustment, OPERATOR_KEY);
    billing_sign(purchase, OPERATOR_KEY);
    billing_sign(repeat, OPERATOR_KEY);
    billing_sign(refused, OPERATOR_KEY);
    billing_sign(own, OPERATOR_KEY);
    own->principal->role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
    own->principal->user_id = user;
    assert_int_equal(billing_ask(&world->writer, adjustment).status, 200);
    assert_int_equal(billing_ask(&world->writer, purchase).status, 202);
    assert_true(billing_ask(&world->writer, repeat).replayed);
    assert_int_equal(billing_ask(&world->writer, refused).status, 409);
    assert_int_equal(billing_ask(&world->writer, own).status, 202);
    assert_int_equal(operator_told(&world->database, "hosting.balance.adjusted.v1", "user", user),
                     2);
    assert_int_equal(
        operator_count(&world->database,
                       "SELECT count(*) FROM billing.operator_log l JOIN billing.transfers t"
                       " ON l.target = 'transaction:' || t.id WHERE l.action = 'adjust_balance'"
                       " AND l.key_id = 7 AND l.reason = 'a fine' AND l.detail = '-5.00 USD'"
                       " AND l.request_id = '01TEST' AND l.user_id = t.user_id AND t.user_id = @",
                       user),
        1);
    assert_int_equal(
        operator_count(&world->database,
                       "SELECT count(*) FROM billing.operator_log l JOIN billing.batches b"
                       " ON l.target = 'checkout:' || b.id WHERE l.action = 'purchase'"
                       " AND l.user_id = b.user_id AND b.user_id = @",
                       user),
        1);
    assert_int_equal(operator_count(&world->database,
                                    "SELECT count(*) FROM billing.operator_log WHERE user_id = @",
                                    user),
                     2);
}

static void log_can_only_be_added_to(void **state)
{
    static const char *const changes[] = {
        "UPDATE billing.operator_log SET reason = 'another'",
        "DELETE FROM billing.operator_log",
        "TRUNCATE billing.operator_log",
    };
    struct writer_world *world = *state;
    CLEANUP(pg_free_cleanup) struct pg *service = billing_database_connect(world->database.service);
    CLEANUP(pg_free_cleanup) struct pg *owner = billing_database_connect(world->database.owner);
    struct error error;

    for (size_t i = 0; i < ARRAY_LENGTH(changes); ++i) {
        assert_int_equal(pg_execute_script(service, changes[i], &error), FAULT_HARD);
        assert_non_null(strstr(error.text, "permission denied"));
        assert_int_equal(pg_execute_script(owner, changes[i], &error), FAULT_HARD);
        assert_non_null(strstr(error.text, "append-only"));
    }
}

/* The commit sleeps until its answer is sure to be lost; the next run finds the stored answer and
 * decides nothing, and the gateways are told all the same. */
static void ban_whose_commit_is_not_answered_is_announced(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    CLEANUP(cut_proxy_free_cleanup)
    struct cut_proxy *proxy = cut_proxy_new(
        (uint16_t)writer_world_count(world, "SELECT current_setting('port')::bigint"));
    struct billing_writer through;
    struct lone_call call = {.writer = &through, .command = operator_ban(user, true, "fraud")};
    char conninfo[640];
    pthread_t thread;

    assert_non_null(proxy);
    billing_database_script(
        &world->database,
        "CREATE FUNCTION billing.rest() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER rest AFTER INSERT ON billing.operator_log"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.rest()");
    (void)snprintf(conninfo, sizeof(conninfo), "%s host=127.0.0.1 port=%u sslmode=disable",
                   world->database.service, (unsigned)cut_proxy_port(proxy));
    billing_writer_init(&through, conninfo);
    assert_int_equal(pthread_create(&thread, NULL, ask_on_thread, &call), 0);
    while (writer_world_count(world,
                              "SELECT count(*) FROM pg_stat_activity WHERE"
                              " datname = current_database() AND wait_event = 'PgSleep'") == 0)
        clock_sleep_ms(5);
    cut_proxy_lose_next_answer(proxy);
    (void)pthread_join(thread, NULL);
    assert_int_equal(call.reply.status, 200);
    assert_int_equal(atomic_load(&through.told_user), (int64_t)user);
    billing_database_script(&world->database, "DROP TRIGGER rest ON billing.operator_log");
    assert_int_equal(operator_count(&world->database,
                                    "SELECT count(*) FROM billing.operator_log WHERE user_id = @",
                                    user),
                     1);
    billing_writer_deinit(&through);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(banned_user_buys_nothing_until_it_is_let_in_again),
        cmocka_unit_test(repeated_ban_answers_the_same_and_is_one_act),
        cmocka_unit_test(bans_of_one_batch_are_applied_in_order),
        cmocka_unit_test(two_writers_at_once_ban_once),
        cmocka_unit_test(every_act_is_logged_with_what_it_changed),
        cmocka_unit_test(log_can_only_be_added_to),
        cmocka_unit_test(ban_whose_commit_is_not_answered_is_announced),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
