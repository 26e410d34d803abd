/* Renewals on a real PostgreSQL: what they charge, how far they reach, what they wake. */
#include "tests/support/outbox_reader.h"
#include "tests/support/term_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_contains(const struct billing_reply *reply, const char *text)
{
    if (strstr(reply->body, text) == NULL)
        fail_msg("%s is not in %s", text, reply->body);
}

/* INV-3 */
static void replayed_renewal_charges_once(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 5000, &vps);
    const struct billing_reply first = term_world_renew(world, user, "replay", vps, 3);
    const struct billing_reply second = term_world_renew(world, user, "replay", vps, 3);
    char expected[128];

    (void)snprintf(expected, sizeof(expected),
                   "{\"vps_id\":%" PRIu64
                   ",\"charged_usd\":\"28.61\",\"expires_at\":\"2027-05-28T10:00:00Z\"}",
                   vps);
    assert_int_equal(first.status, 200);
    assert_string_equal(first.body, expected);
    assert_false(first.replayed);
    assert_true(second.replayed);
    assert_int_equal(second.status, first.status);
    assert_string_equal(second.body, first.body);
    assert_int_equal(term_world_balance(world, user), 5000 - 2861);
    assert_int_equal(term_world_charges(world, vps, 2861), 1);
    assert_int_equal(term_world_time(world, vps, "expires_at"),
                     term_world_at("2027-05-28T10:00:00Z"));
    assert_int_equal(term_world_time(world, vps, "due_at"), term_world_at("2027-05-21T10:00:00Z"));
}

/* Whatever batches they fall into, each sees what the ones before have done. */
static void renewals_of_one_server_at_once_all_count(void **state)
{
    enum { COUNT = 24 };
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, INT64_C(1004) * COUNT, &vps);
    Slipway__V1__Command *commands[COUNT];
    struct billing_reply replies[COUNT];

    for (size_t i = 0; i < COUNT; ++i)
        commands[i] = billing_renewal(user, NULL, &vps, 1, 1);
    billing_ask_all(&world->writer, commands, COUNT, replies);
    for (size_t i = 0; i < COUNT; ++i)
        assert_int_equal(replies[i].status, 200);
    assert_int_equal(term_world_balance(world, user), 0);
    assert_int_equal(term_world_charges(world, vps, 1004), COUNT);
    assert_int_equal(term_world_time(world, vps, "expires_at"),
                     term_world_at("2029-02-28T10:00:00Z"));
}

static void a_period_that_has_ended_is_renewed_from_now(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 1004, &vps);
    struct billing_reply reply;

    term_world_set(world, vps, "expires_at = '2027-01-20T00:00:00Z'");
    reply = term_world_renew(world, user, NULL, vps, 1);
    assert_contains(&reply, "\"expires_at\":\"2027-02-28T10:00:00Z\"");
}

static void renewal_begins_the_notices_anew(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 1004, &vps);
    Slipway__V1__VpsEvent *event = NULL;

    term_world_set(world, vps, "noticed_days = 3");
    assert_int_equal(term_world_renew(world, user, NULL, vps, 1).status, 200);
    assert_int_equal(term_world_vps(world, vps, "coalesce(noticed_days, 0)"), 0);
    assert_int_equal(
        outbox_count_events(&world->database, vps, "hosting.vps.renewed.v1", 0, &event), 1);
    assert_int_equal(event->charged_cents, 1004);
    assert_int_equal(event->expires_at_us, term_world_at("2027-03-28T10:00:00Z"));
    assert_string_equal(event->status, "active");
    assert_int_equal(event->user_id, user);
    slipway__v1__vps_event__free_unpacked(event, NULL);
    assert_int_equal(outbox_count_events(&world->database, vps, "hosting.vps.resumed.v1", 0, NULL),
                     0);
}

static void a_suspended_server_comes_back_with_an_order_to_start(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 1004, &vps);
    Slipway__V1__MachineCommand *order = NULL;
    Slipway__V1__VpsEvent *resumed = NULL;

    term_world_set(world, vps, "status = 'suspended', expires_at = '2027-01-30T00:00:00Z'");
    assert_int_equal(term_world_renew(world, user, NULL, vps, 1).status, 200);
    assert_true(term_world_has_status(world, vps, "active"));
    assert_int_equal(term_world_vps(world, vps, "sequence"), 2);
    assert_int_equal(outbox_count_orders(&world->database, vps,
                                         SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER, &order),
                     1);
    assert_int_equal(order->power->action, SLIPWAY__V1__POWER_ACTION__POWER_ACTION_START);
    assert_int_equal(order->sequence, 2);
    assert_string_equal(order->placement->location_code, "de");
    assert_int_equal(outbox_count_events(&world->database, vps, "hosting.vps.renewed.v1", 0, NULL),
                     1);
    assert_int_equal(
        outbox_count_events(&world->database, vps, "hosting.vps.resumed.v1", 0, &resumed), 1);
    assert_string_equal(resumed->batch_id, order->batch_id);
    assert_int_equal(billing_database_number(&world->database,
                                             "SELECT count(*) FROM billing.operations o JOIN"
                                             " billing.batches b ON b.id = o.batch_id WHERE"
                                             " o.action = 'start' AND o.status = 'queued' AND"
                                             " b.kind = 'power'"),
                     1);
    slipway__v1__vps_event__free_unpacked(resumed, NULL);
    slipway__v1__machine_command__free_unpacked(order, NULL);
}

static void plan_that_is_no_longer_on_sale_still_renews_at_its_price(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 1100, &vps);
    struct billing_reply reply;

    billing_database_script(&world->database,
                            "UPDATE billing.plans SET available = false, price_cents_month = 1100"
                            " WHERE code = 'vps-2';"
                            "UPDATE billing.catalog_version SET version = version + 1");
    reply = term_world_renew(world, user, NULL, vps, 1);
    billing_database_script(&world->database,
                            "UPDATE billing.plans SET available = true, price_cents_month = 1004"
                            " WHERE code = 'vps-2';"
                            "UPDATE billing.catalog_version SET version = version + 1");
    assert_int_equal(reply.status, 200);
    assert_contains(&reply, "\"charged_usd\":\"11.00\"");
}

static void server_that_does_not_stand_is_a_conflict(void **state)
{
    static const char *const statuses[] = {"failed", "deleting", "deleted"};
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 5000, &vps);
    struct billing_reply reply;
    char assignment[48], detail[96];

    for (size_t i = 0; i < ARRAY_LENGTH(statuses); ++i) {
        (void)snprintf(assignment, sizeof(assignment), "status = '%s'", statuses[i]);
        (void)snprintf(detail, sizeof(detail), "The server is %s and can't be renewed.",
                       statuses[i]);
        term_world_set(world, vps, assignment);
        reply = term_world_renew(world, user, NULL, vps, 1);
        assert_int_equal(reply.status, 409);
        assert_contains(&reply, "\"code\":\"state_conflict\"");
        assert_contains(&reply, detail);
    }
    term_world_set(world, vps, "status = 'active'");
    assert_int_equal(term_world_balance(world, user), 5000);
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "de", 1)).status, 202);
    vps = (uint64_t)billing_database_number(&world->database, "SELECT max(id) FROM billing.vps");
    reply = term_world_renew(world, user, NULL, vps, 1);
    assert_int_equal(reply.status, 409);
    assert_contains(&reply, "The server is still being built; renew it once it is active.");
}

static void another_users_server_looks_like_none(void **state)
{
    struct term_world *world = *state;
    uint64_t theirs;
    (void)term_world_owner(world, 5000, &theirs);
    const uint64_t user = billing_user(&world->writer, 5000);
    const struct billing_reply foreign = term_world_renew(world, user, NULL, theirs, 1);
    const struct billing_reply absent = term_world_renew(world, user, NULL, 999999, 1);

    assert_int_equal(foreign.status, 404);
    assert_string_equal(foreign.body, absent.body);
    assert_int_equal(term_world_charges(world, theirs, 1004), 0);
    assert_int_equal(term_world_balance(world, user), 5000);
}

static void unknown_period_is_refused_whatever_the_server(void **state)
{
    struct term_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 5000);
    const struct billing_reply reply = term_world_renew(world, user, NULL, 999999, 7);

    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/period_months\",\"code\":\"unknown_period\"");
}

static void a_poor_wallet_is_told_what_is_missing_and_replayed(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 310, &vps);
    const struct billing_reply first = term_world_renew(world, user, "poor", vps, 3);
    struct billing_reply second;

    assert_int_equal(first.status, 402);
    assert_contains(&first, "The wallet holds 3.10 USD, the renewal costs 28.61 USD.");
    assert_contains(&first, "\"required_usd\":\"28.61\",\"balance_usd\":\"3.10\","
                            "\"shortfall_usd\":\"25.51\"");
    assert_int_equal(
        billing_ask(&world->writer, billing_adjustment(user, NULL, 100000, "rich now")).status,
        200);
    second = term_world_renew(world, user, "poor", vps, 3);
    assert_true(second.replayed);
    assert_string_equal(second.body, first.body);
    assert_int_equal(term_world_time(world, vps, "expires_at"),
                     term_world_at("2027-02-28T10:00:00Z"));
}

static void banned_user_renews_nothing(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 5000, &vps);
    char script[96];

    (void)snprintf(script, sizeof(script),
                   "UPDATE billing.users SET is_banned = true WHERE id = %" PRIu64, user);
    billing_database_script(&world->database, script);
    assert_int_equal(term_world_renew(world, user, NULL, vps, 1).status, 403);
    assert_int_equal(term_world_balance(world, user), 5000);
}

static void no_server_is_kept_past_the_year_9999(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 5000, &vps);
    struct billing_reply reply;

    term_world_set(world, vps, "expires_at = '9999-12-15T00:00:00Z'");
    reply = term_world_renew(world, user, NULL, vps, 1);
    term_world_set(world, vps, "expires_at = '2027-02-28T10:00:00Z'");
    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/period_months\",\"code\":\"out_of_range\"");
    assert_int_equal(term_world_balance(world, user), 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replayed_renewal_charges_once),
        cmocka_unit_test(renewals_of_one_server_at_once_all_count),
        cmocka_unit_test(a_period_that_has_ended_is_renewed_from_now),
        cmocka_unit_test(renewal_begins_the_notices_anew),
        cmocka_unit_test(a_suspended_server_comes_back_with_an_order_to_start),
        cmocka_unit_test(plan_that_is_no_longer_on_sale_still_renews_at_its_price),
        cmocka_unit_test(server_that_does_not_stand_is_a_conflict),
        cmocka_unit_test(another_users_server_looks_like_none),
        cmocka_unit_test(unknown_period_is_refused_whatever_the_server),
        cmocka_unit_test(a_poor_wallet_is_told_what_is_missing_and_replayed),
        cmocka_unit_test(banned_user_renews_nothing),
        cmocka_unit_test(no_server_is_kept_past_the_year_9999),
    };

    return cmocka_run_group_tests(tests, term_world_set_up, term_world_tear_down);
}
