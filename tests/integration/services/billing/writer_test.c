/* The writer on a real PostgreSQL: idempotency, funds and refusals. */
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void assert_contains(const struct billing_reply *reply, const char *text)
{
    if (strstr(reply->body, text) == NULL)
        fail_msg("%s is not in %s", text, reply->body);
}

/* INV-3 */
static void replayed_purchase_charges_once(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply first =
        billing_ask(&world->writer, billing_purchase(user, "replay", "vps-2", "de", 3));
    const struct billing_reply second =
        billing_ask(&world->writer, billing_purchase(user, "replay", "vps-2", "de", 3));
    char expected[128];

    assert_int_equal(first.status, 202);
    assert_false(first.replayed);
    assert_true(second.replayed);
    assert_string_equal(second.body, first.body);
    assert_string_equal(second.location, first.location);
    assert_int_equal(second.status, first.status);
    (void)snprintf(expected, sizeof(expected),
                   "SELECT balance_cents FROM billing.accounts WHERE id = %llu",
                   (unsigned long long)user);
    assert_int_equal(writer_world_count(world, expected), 10000 - 2861);
}

static void same_key_for_another_request_is_refused(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    struct billing_reply reply;

    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, "mismatch", "vps-2", "de", 1)).status,
        202);
    reply = billing_ask(&world->writer, billing_purchase(user, "mismatch", "vps-1", "de", 1));
    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "\"code\":\"idempotency_mismatch\"");
}

static void refusals_are_recorded_and_replayed(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 310);
    const struct billing_reply first =
        billing_ask(&world->writer, billing_purchase(user, "poor", "vps-2", "de", 3));
    struct billing_reply second;

    assert_int_equal(first.status, 402);
    assert_contains(&first, "The wallet holds 3.10 USD, the purchase costs 28.61 USD.");
    assert_contains(&first, "\"shortfall_usd\":\"25.51\"");
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(user, NULL, 100000, "rich now")).status,
        200);
    second = billing_ask(&world->writer, billing_purchase(user, "poor", "vps-2", "de", 3));
    assert_true(second.replayed);
    assert_string_equal(second.body, first.body);
}

static void all_field_errors_are_told_at_once(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(user, NULL, "old", "atlantis", 7));

    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/plan_code\",\"code\":\"unknown_plan\"");
    assert_contains(&reply, "{\"pointer\":\"/location_code\",\"code\":\"unknown_location\"");
    assert_contains(&reply, "{\"pointer\":\"/period_months\",\"code\":\"unknown_period\"");
}

static void plan_too_small_for_the_system_is_refused(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-1", "de", 1));

    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/os_code\",\"code\":\"os_not_supported\"");
}

static void location_without_room_is_sold_out(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "nl", 1));

    assert_int_equal(reply.status, 409);
    assert_contains(&reply, "\"code\":\"sold_out\"");
}

static void unknown_user_is_not_found(void **state)
{
    struct writer_world *world = *state;

    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(999999, "u", "vps-2", "de", 1)).status, 404);
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(999999, "v", 100, "none")).status, 404);
}

static void banned_user_buys_nothing(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 10000);
    char script[96];

    (void)snprintf(script, sizeof(script),
                   "UPDATE billing.users SET is_banned = true WHERE id = %llu",
                   (unsigned long long)user);
    billing_database_script(&world->database, script);
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, "ban", "vps-2", "de", 1)).status, 403);
}

/* INV-4 */
static void operator_may_take_a_wallet_below_zero_and_nobody_else(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 0);
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_adjustment(user, "down", -500, "a fine"));

    assert_int_equal(reply.status, 200);
    assert_contains(&reply, "\"balance_usd\":\"-5.00\"");
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, "no", "vps-2", "de", 1)).status, 402);
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(user, "zero", 0, "nothing")).status, 422);
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(user, "huge", INT64_MIN, "huge")).status,
        422);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replayed_purchase_charges_once),
        cmocka_unit_test(same_key_for_another_request_is_refused),
        cmocka_unit_test(refusals_are_recorded_and_replayed),
        cmocka_unit_test(all_field_errors_are_told_at_once),
        cmocka_unit_test(plan_too_small_for_the_system_is_refused),
        cmocka_unit_test(location_without_room_is_sold_out),
        cmocka_unit_test(unknown_user_is_not_found),
        cmocka_unit_test(banned_user_buys_nothing),
        cmocka_unit_test(operator_may_take_a_wallet_below_zero_and_nobody_else),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
