/* Bulk renewals on a real PostgreSQL: each item on its own, the request as one. */
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

static void the_same_server_twice_in_a_bulk_is_renewed_twice(void **state)
{
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, 2008, &vps);
    const uint64_t both[] = {vps, vps};
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_renewal(user, "twice", both, 2, 1));

    assert_int_equal(reply.status, 200);
    assert_contains(&reply, "\"expires_at\":\"2027-03-28T10:00:00Z\"");
    assert_contains(&reply, "\"expires_at\":\"2027-04-28T10:00:00Z\"");
    assert_contains(&reply, "\"succeeded\":2,\"failed\":0}");
    assert_int_equal(term_world_balance(world, user), 0);
    assert_int_equal(term_world_time(world, vps, "expires_at"),
                     term_world_at("2027-04-28T10:00:00Z"));
}

static void bulk_decides_each_item_on_its_own(void **state)
{
    struct term_world *world = *state;
    uint64_t mine, gone, theirs;
    const uint64_t user = term_world_owner(world, 3012, &mine);
    (void)term_world_owner(world, 0, &theirs);
    gone = term_world_server(world, user);
    const uint64_t items[] = {mine, 999999, theirs, gone, mine};
    Slipway__V1__Command *command = billing_renewal(user, "mixed", items, ARRAY_LENGTH(items), 1);
    struct billing_reply reply;
    char expected[1024];

    term_world_set(world, gone, "status = 'deleted'");
    command->renew->items[4]->period_months = 2;
    reply = billing_ask(&world->writer, command);
    term_world_set(world, gone, "status = 'active'");
    (void)snprintf(
        expected, sizeof(expected),
        "{\"results\":[{\"index\":0,\"vps_id\":%" PRIu64
        ",\"ok\":true,\"data\":{\"vps_id\":%" PRIu64
        ",\"charged_usd\":\"10.04\",\"expires_at\":\"2027-03-28T10:00:00Z\"}},"
        "{\"index\":1,\"vps_id\":999999,\"ok\":false,\"error\":{\"code\":\"not_found\","
        "\"detail\":\"There is no such resource.\"}},"
        "{\"index\":2,\"vps_id\":%" PRIu64 ",\"ok\":false,\"error\":{\"code\":\"not_found\","
        "\"detail\":\"There is no such resource.\"}},"
        "{\"index\":3,\"vps_id\":%" PRIu64 ",\"ok\":false,\"error\":{\"code\":\"state_conflict\","
        "\"detail\":\"The server is deleted and can't be renewed.\"}},"
        "{\"index\":4,\"vps_id\":%" PRIu64 ",\"ok\":false,\"error\":{\"code\":\"unknown_period\","
        "\"detail\":\"Servers are not sold for this period.\"}}],\"succeeded\":1,\"failed\":4}",
        mine, mine, theirs, gone, mine);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, expected);
    assert_int_equal(term_world_balance(world, user), 3012 - 2 * 1004);
}

/* INV-4 */
static void funds_that_run_out_midway_stop_only_what_they_can_not_pay(void **state)
{
    struct term_world *world = *state;
    uint64_t first;
    const uint64_t user = term_world_owner(world, 2 * 1004 + 2100, &first);
    const uint64_t second = term_world_server(world, user), third = term_world_server(world, user);
    const uint64_t items[] = {first, second, third};
    Slipway__V1__Command *command = billing_renewal(user, "midway", items, 3, 1);
    struct billing_reply reply, again;

    command->renew->items[1]->period_months = 3;
    reply = billing_ask(&world->writer, command);
    assert_int_equal(reply.status, 200);
    assert_contains(&reply, "\"ok\":false,\"error\":{\"code\":\"insufficient_funds\",\"detail\":"
                            "\"The wallet holds 10.96 USD, the renewal costs 28.61 USD.\"}");
    assert_contains(&reply, "\"succeeded\":2,\"failed\":1}");
    assert_int_equal(term_world_balance(world, user), 92);
    assert_int_equal(term_world_charges(world, second, 2861), 0);
    assert_int_equal(term_world_charges(world, third, 1004), 1);
    again = billing_ask(&world->writer, billing_renewal(user, "midway", items, 3, 1));
    assert_true(again.replayed);
    assert_string_equal(again.body, reply.body);
    assert_int_equal(term_world_balance(world, user), 92);
}

/* INV-3: the whole request is one record. */
static void a_bulk_of_a_hundred_leaves_one_record(void **state)
{
    enum { COUNT = 101 };
    static const char count_records[] = "SELECT count(*) FROM billing.idempotency";
    struct term_world *world = *state;
    uint64_t vps;
    const uint64_t user = term_world_owner(world, INT64_C(100) * 1004, &vps);
    uint64_t items[COUNT];
    int64_t records;
    struct billing_reply reply;

    for (size_t i = 0; i < COUNT; ++i)
        items[i] = vps;
    records = billing_database_number(&world->database, count_records);
    assert_int_equal(
        billing_ask(&world->writer, billing_renewal(user, "hundred", items, 100, 1)).status, 200);
    assert_int_equal(billing_database_number(&world->database, count_records), records + 1);
    assert_int_equal(term_world_balance(world, user), 0);
    assert_int_equal(term_world_charges(world, vps, 1004), 100);
    reply = billing_ask(&world->writer, billing_renewal(user, NULL, items, COUNT, 1));
    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/items\",\"code\":\"too_many_items\"");
    reply = billing_ask(&world->writer, billing_renewal(user, NULL, items, 0, 1));
    assert_int_equal(reply.status, 422);
    assert_contains(&reply, "{\"pointer\":\"/items\",\"code\":\"out_of_range\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_server_twice_in_a_bulk_is_renewed_twice),
        cmocka_unit_test(bulk_decides_each_item_on_its_own),
        cmocka_unit_test(funds_that_run_out_midway_stop_only_what_they_can_not_pay),
        cmocka_unit_test(a_bulk_of_a_hundred_leaves_one_record),
    };

    return cmocka_run_group_tests(tests, term_world_set_up, term_world_tear_down);
}
