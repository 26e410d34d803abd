/* Deposits on a real PostgreSQL: what opens, what is recorded, what settles, and that the books
 * balance. */
#include "tests/support/billing_deposits.h"
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

static int64_t balance(const struct writer_world *world, uint64_t user)
{
    char sql[96];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT balance_cents FROM billing.accounts WHERE id = %" PRIu64, user);
    return writer_world_count(world, sql);
}

/* Sets columns of one row. */
static void change(const struct writer_world *world, const char *table, const char *columns,
                   int64_t id)
{
    char sql[192];

    (void)snprintf(sql, sizeof(sql), "UPDATE billing.%s SET %s WHERE id = %" PRId64, table, columns,
                   id);
    billing_database_script(&world->database, sql);
}

/* INV-3, INV-9 */
static void replay_is_the_same_bytes_whatever_became_of_the_deposit(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_opened first = billing_open(&world->writer, user, "replay", 5000);
    struct billing_reply recorded;
    struct billing_opened again;

    assert_true(first.has_order);
    assert_int_equal(first.order.tries, 0);
    recorded = billing_record(&world->writer, &first.order, "replay-1");
    assert_int_equal(recorded.status, 201);
    assert_contains(&recorded, "\"status\":\"pending\",\"amount_usd\":\"50.00\"");
    assert_int_equal(billing_body_number(&recorded, "transaction_id"), first.order.id);
    assert_int_equal(billing_settle(&world->writer, &first.order, PROVIDER_PAID, 5000).status, 200);
    again = billing_open(&world->writer, user, "replay", 5000);
    assert_false(again.has_order);
    assert_true(again.reply.replayed);
    assert_string_equal(again.reply.body, recorded.body);
    assert_int_equal(balance(world, user), 5000);
}

static void same_key_for_another_deposit_is_refused(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    struct billing_opened other;

    assert_true(billing_open(&world->writer, user, "mismatch", 5000).has_order);
    /* While the first is in work, and when it is done. */
    other = billing_open(&world->writer, user, "mismatch", 6000);
    assert_contains(&other.reply, "\"code\":\"idempotency_mismatch\"");
    (void)billing_pending(&world->writer, user, "mismatch-2", 5000);
    other = billing_open(&world->writer, user, "mismatch-2", 6000);
    assert_contains(&other.reply, "\"code\":\"idempotency_mismatch\"");
}

static void repeat_while_the_provider_is_asked_is_in_progress(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_opened first = billing_open(&world->writer, user, "busy", 5000);
    const struct billing_opened repeat = billing_open(&world->writer, user, "busy", 5000);

    assert_true(first.has_order);
    assert_false(repeat.has_order);
    assert_int_equal(repeat.reply.status, 409);
    assert_contains(&repeat.reply, "\"code\":\"idempotency_in_progress\"");
    assert_in_range(repeat.reply.retry_after_s, 1, 21);
}

/* INV-3: the process that asked is gone. */
static void repeat_after_the_lease_goes_on_with_the_same_deposit(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_opened first = billing_open(&world->writer, user, "orphan", 5000);
    struct billing_opened second;
    struct billing_reply late;

    change(world, "deposits", "leased_until = now()", first.order.id);
    second = billing_open(&world->writer, user, "orphan", 5000);
    assert_true(second.has_order);
    assert_int_equal(second.order.id, first.order.id);
    /* So that the provider is first asked whether it has the invoice. */
    assert_int_equal(second.order.tries, 1);
    assert_int_not_equal(second.order.lease, first.order.lease);
    /* What the first one reports now takes nothing away from the second. */
    late = billing_record_failure(&world->writer, &first.order,
                                  SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_REFUSED);
    assert_int_equal(late.status, 409);
    assert_int_equal(billing_record(&world->writer, &second.order, "orphan-1").status, 201);
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.deposits"
                                               " WHERE external_id LIKE 'orphan-%'"),
                     1);
}

/* Against all leases two have asked: the first invoice stands, and both get its answer. */
static void second_invoice_of_a_deposit_is_left_alone(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_opened opened = billing_open(&world->writer, user, "twice", 5000);
    const struct billing_reply first = billing_record(&world->writer, &opened.order, "twice-1");
    const struct billing_reply second = billing_record(&world->writer, &opened.order, "twice-2");

    assert_int_equal(first.status, 201);
    assert_string_equal(second.body, first.body);
    assert_contains(&second, "\"external_id\":\"twice-1\"");
}

static void refused_invoice_fails_and_a_repeat_tries_the_same_deposit_anew(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_opened first = billing_open(&world->writer, user, "refused", 5000);
    const struct billing_reply failed = billing_record_failure(
        &world->writer, &first.order, SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_REFUSED);
    struct billing_opened second;

    assert_int_equal(failed.status, 502);
    assert_contains(&failed, "\"code\":\"provider_error\"");
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.deposits"
                                               " WHERE failure = 'refused'"),
                     1);
    second = billing_open(&world->writer, user, "refused", 5000);
    assert_true(second.has_order);
    assert_int_equal(second.order.id, first.order.id);
    assert_int_equal(billing_record(&world->writer, &second.order, "refused-1").status, 201);
}

static void unanswered_request_may_be_repeated_once_it_has_stopped_travelling(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    struct billing_opened opened = billing_open(&world->writer, user, "lost", 5000);
    struct billing_reply reply = billing_record_failure(
        &world->writer, &opened.order, SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_TIMED_OUT);

    assert_int_equal(reply.status, 504);
    assert_contains(&reply, "\"code\":\"timeout\"");
    assert_int_equal(billing_open(&world->writer, user, "lost", 5000).reply.status, 409);
    change(world, "deposits", "leased_until = now()", opened.order.id);
    opened = billing_open(&world->writer, user, "lost", 5000);
    assert_true(opened.has_order);
    /* An error that was answered travels no more. */
    reply = billing_record_failure(&world->writer, &opened.order,
                                   SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_UNCLEAR);
    assert_int_equal(reply.status, 502);
    assert_true(billing_open(&world->writer, user, "lost", 5000).has_order);
}

static void deposit_that_never_got_an_invoice_is_given_up(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_opened opened = billing_open(&world->writer, user, "old", 5000);

    change(world, "deposits", "created_at = now() - interval '2 hours'", opened.order.id);
    assert_int_equal(billing_record_failure(&world->writer, &opened.order,
                                            SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_NOT_MADE)
                         .status,
                     502);
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.deposits"
                                               " WHERE failure = 'given_up' AND due_at IS NULL"),
                     1);
}

static void set_token(struct writer_world *world, const char *token)
{
    for (size_t i = 0; i < world->writer.book.count; ++i)
        if (strcmp(world->writer.book.entries[i].provider->name, "cryptobot") == 0)
            world->writer.book.entries[i].settings.token = token;
}

static void unavailable_unknown_and_out_of_range_are_recorded_refusals(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    struct billing_opened reply = billing_open(&world->writer, user, "small", 99);

    assert_int_equal(reply.reply.status, 422);
    assert_contains(&reply.reply, "{\"pointer\":\"/amount_usd\",\"code\":\"out_of_range\"");
    assert_true(billing_open(&world->writer, user, "small", 99).reply.replayed);
    assert_int_equal(billing_open(&world->writer, user, "large", 100001).reply.status, 422);
    set_token(world, "");
    reply = billing_open(&world->writer, user, "unavailable", 5000);
    set_token(world, "1000:standin-cryptobot");
    assert_int_equal(reply.reply.status, 422);
    assert_contains(&reply.reply, "{\"pointer\":\"/provider\",\"code\":\"provider_unavailable\"");
}

static void banned_and_unknown_users_pay_nothing_in(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);

    change(world, "users", "is_banned = true", (int64_t)user);
    assert_int_equal(billing_open(&world->writer, user, "banned", 5000).reply.status, 403);
    assert_int_equal(billing_open(&world->writer, 999999, "unknown", 5000).reply.status, 404);
}

/* billing's own commands are nobody else's. */
static void nobody_settles_by_sending_the_command(void **state)
{
    struct writer_world *world = *state;
    Slipway__V1__Command *command = billing_command(0, NULL, NULL);

    command->settle_deposit = malloc(sizeof(*command->settle_deposit));
    assert_non_null(command->settle_deposit);
    slipway__v1__settle_deposit__init(command->settle_deposit);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_SETTLE_DEPOSIT;
    assert_int_equal(billing_ask(&world->writer, command).status, 400);
}

static void overpaid_is_credited_and_underpaid_is_not(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    struct deposit_order order = billing_pending(&world->writer, user, "over", 5000);

    (void)billing_settle(&world->writer, &order, PROVIDER_PAID, 6001);
    assert_int_equal(balance(world, user), 6001);
    order = billing_pending(&world->writer, user, "under", 5000);
    (void)billing_settle(&world->writer, &order, PROVIDER_PAID, 4999);
    assert_int_equal(balance(world, user), 6001);
    (void)billing_settle(&world->writer, &order, PROVIDER_EXPIRED, 4999);
    assert_int_equal(writer_world_count(world, "SELECT paid_cents FROM billing.deposits"
                                               " WHERE failure = 'underpaid'"),
                     4999);
    assert_int_equal(balance(world, user), 6001);
}

static void late_payment_is_credited_all_the_same(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct deposit_order order = billing_pending(&world->writer, user, "late", 5000);
    struct billing_reply reply = billing_settle(&world->writer, &order, PROVIDER_EXPIRED, 0);

    assert_contains(&reply, "\"expired\"");
    reply = billing_settle(&world->writer, &order, PROVIDER_PAID, 5000);
    assert_contains(&reply, "\"completed\"");
    assert_int_equal(balance(world, user), 5000);
}

static void operator_marks_once_and_its_word_stands(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct deposit_order good = billing_pending(&world->writer, user, "good", 5000);
    const struct deposit_order bad = billing_pending(&world->writer, user, "bad", 5000);
    const struct billing_reply first = billing_mark(&world->writer, good.id, true);
    const struct billing_reply second = billing_mark(&world->writer, good.id, true);
    struct billing_reply reply;

    assert_int_equal(first.status, 200);
    assert_contains(&first, "\"status\":\"completed\"");
    assert_string_equal(second.body, first.body);
    assert_int_equal(balance(world, user), 5000);
    assert_int_equal(billing_mark(&world->writer, good.id, false).status, 409);
    assert_int_equal(billing_mark(&world->writer, bad.id, false).status, 200);
    assert_int_equal(billing_mark(&world->writer, bad.id, false).status, 200);
    assert_int_equal(billing_mark(&world->writer, bad.id, true).status, 409);
    reply = billing_settle(&world->writer, &bad, PROVIDER_PAID, 5000);
    assert_contains(&reply, "\"failed\"");
    assert_int_equal(balance(world, user), 5000);
    assert_int_equal(billing_mark(&world->writer, 999999, true).status, 404);
}

static void operator_marks_nothing_that_has_no_invoice_or_has_expired(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_opened opened = billing_open(&world->writer, user, "early", 5000);
    const struct deposit_order ended = billing_pending(&world->writer, user, "ended", 5000);

    assert_int_equal(billing_mark(&world->writer, opened.order.id, true).status, 409);
    assert_int_equal(billing_mark(&world->writer, opened.order.id, false).status, 409);
    (void)billing_settle(&world->writer, &ended, PROVIDER_EXPIRED, 0);
    assert_int_equal(billing_mark(&world->writer, ended.id, true).status, 409);
    assert_int_equal(billing_mark(&world->writer, ended.id, false).status, 409);
    assert_int_equal(balance(world, user), 0);
}

/* In the same transaction, from the system's account, rounded down. */
static void referrer_gets_its_part_of_each_deposit(void **state)
{
    struct writer_world *world = *state;
    const uint64_t referrer = billing_user(&world->writer, 0);
    const uint64_t user = billing_user(&world->writer, 0);
    struct deposit_order order;
    char sql[128];

    (void)snprintf(sql, sizeof(sql),
                   "UPDATE billing.users SET referrer_id = %" PRIu64 " WHERE id = %" PRIu64,
                   referrer, user);
    billing_database_script(&world->database, sql);
    order = billing_pending(&world->writer, user, "invited", 3333);
    (void)billing_settle(&world->writer, &order, PROVIDER_PAID, 3333);
    (void)billing_settle(&world->writer, &order, PROVIDER_PAID, 3333);
    assert_int_equal(balance(world, user), 3333);
    assert_int_equal(balance(world, referrer), 166);
    order = billing_pending(&world->writer, user, "invited-2", 1000);
    (void)billing_mark(&world->writer, order.id, true);
    assert_int_equal(balance(world, referrer), 216);
    /* A single cent brings nobody anything, and no transfer of nothing is written. */
    assert_int_equal(
        writer_world_count(world, "SELECT count(*) FROM billing.transfers"
                                  " WHERE kind = 'referral_bonus' AND reason LIKE 'deposit:%'"),
        2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_is_the_same_bytes_whatever_became_of_the_deposit),
        cmocka_unit_test(same_key_for_another_deposit_is_refused),
        cmocka_unit_test(repeat_while_the_provider_is_asked_is_in_progress),
        cmocka_unit_test(repeat_after_the_lease_goes_on_with_the_same_deposit),
        cmocka_unit_test(second_invoice_of_a_deposit_is_left_alone),
        cmocka_unit_test(refused_invoice_fails_and_a_repeat_tries_the_same_deposit_anew),
        cmocka_unit_test(unanswered_request_may_be_repeated_once_it_has_stopped_travelling),
        cmocka_unit_test(deposit_that_never_got_an_invoice_is_given_up),
        cmocka_unit_test(unavailable_unknown_and_out_of_range_are_recorded_refusals),
        cmocka_unit_test(banned_and_unknown_users_pay_nothing_in),
        cmocka_unit_test(nobody_settles_by_sending_the_command),
        cmocka_unit_test(overpaid_is_credited_and_underpaid_is_not),
        cmocka_unit_test(late_payment_is_credited_all_the_same),
        cmocka_unit_test(operator_marks_once_and_its_word_stands),
        cmocka_unit_test(operator_marks_nothing_that_has_no_invoice_or_has_expired),
        cmocka_unit_test(referrer_gets_its_part_of_each_deposit),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
