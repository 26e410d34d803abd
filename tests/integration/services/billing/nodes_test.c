/* Where servers go, on a real PostgreSQL: nodes of one location, drained ones, IPv6. */
#include "services/billing/node_store.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CROWD = 20 };

static void drain(const struct writer_world *world, const char *name, bool drained)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(world->database.service);
    struct error error = {0};

    if (node_store_drain(pg, name, drained, &error) != 0)
        fail_msg("%s", error.text);
}

static struct billing_reply buy(struct writer_world *world, uint64_t user)
{
    return billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "de", 1));
}

static void buy_many(struct writer_world *world, uint64_t user)
{
    for (int i = 0; i < CROWD; ++i)
        assert_int_equal(buy(world, user).status, 202);
}

static int64_t servers_on(const struct writer_world *world, const char *name)
{
    char sql[160];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM billing.vps v JOIN billing.nodes n ON n.id = v.node_id"
                   " WHERE n.name = '%s'",
                   name);
    return writer_world_count(world, sql);
}

static int64_t balance(const struct writer_world *world, uint64_t user)
{
    char sql[96];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT balance_cents FROM billing.accounts WHERE id = %" PRIu64, user);
    return writer_world_count(world, sql);
}

static void servers_are_spread_over_the_nodes(void **state)
{
    struct writer_world *world = *state;

    buy_many(world, billing_user(&world->writer, 1000000));
    assert_int_equal(servers_on(world, "de-1"), CROWD / 2);
    assert_int_equal(servers_on(world, "de-2"), CROWD / 2);
}

/* The writers have shares of both nodes by then. */
static void drained_node_gets_nothing_new_from_the_next_purchase_on(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1000000);
    const int64_t before = servers_on(world, "de-1");

    buy_many(world, user);
    drain(world, "de-2", true);
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.node_shares"), 0);
    buy_many(world, user);
    assert_int_equal(servers_on(world, "de-2"), before + CROWD / 2);
    drain(world, "de-2", false);
    buy_many(world, user);
    assert_true(servers_on(world, "de-2") > before + CROWD / 2);
}

/* INV-4 */
static void location_whose_nodes_are_drained_is_sold_out_before_money_moves(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1004);
    struct billing_reply reply;

    drain(world, "de-1", true);
    drain(world, "de-2", true);
    reply = buy(world, user);
    assert_int_equal(reply.status, 409);
    assert_int_equal(balance(world, user), 1004);
    drain(world, "de-1", false);
    drain(world, "de-2", false);
    assert_int_equal(buy(world, user).status, 202);
    assert_int_equal(balance(world, user), 0);
}

/* Room that comes back to a node which is drained by then is not sold either. */
static void room_given_back_on_a_drained_node_is_not_sold(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1000000);
    struct writer_outcome outcome;
    int64_t before, vps_id;

    buy_many(world, user);
    vps_id = writer_world_count(world, "SELECT max(v.id) FROM billing.vps v JOIN billing.nodes n"
                                       " ON n.id = v.node_id WHERE n.name = 'de-2'");
    drain(world, "de-2", true);
    assert_int_equal(billing_tell(&world->writer, (uint64_t)vps_id, 1, BILLING_STARTED, &outcome),
                     0);
    assert_int_equal(billing_tell(&world->writer, (uint64_t)vps_id, 1, BILLING_FAILED, &outcome),
                     0);
    before = servers_on(world, "de-2");
    buy_many(world, user);
    assert_int_equal(servers_on(world, "de-2"), before);
    drain(world, "de-2", false);
}

static int tell(struct writer_world *world, uint64_t vps_id, uint64_t sequence,
                Slipway__V1__MachineResult *result)
{
    static char traceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct writer_outcome outcome;

    result->vps_id = vps_id;
    result->sequence = sequence;
    result->occurred_at_us = clock_now_us(NULL);
    result->traceparent = strdup(traceparent);
    return billing_tell_result(&world->writer, result, &outcome);
}

static void tell_silence(struct writer_world *world, uint64_t vps_id)
{
    Slipway__V1__MachineResult *result = calloc(1, sizeof(*result));

    slipway__v1__machine_result__init(result);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED;
    result->build_failed = calloc(1, sizeof(*result->build_failed));
    slipway__v1__build_failed__init(result->build_failed);
    result->build_failed->code = strdup("node_unavailable");
    result->build_failed->node_silent = true;
    assert_int_equal(tell(world, vps_id, 1, result), 0);
}

static void tell_removal(struct writer_world *world, uint64_t vps_id)
{
    Slipway__V1__MachineResult *result = calloc(1, sizeof(*result));

    slipway__v1__machine_result__init(result);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_DELETED;
    result->deleted = calloc(1, sizeof(*result->deleted));
    slipway__v1__machine_deleted__init(result->deleted);
    assert_int_equal(tell(world, vps_id, 2, result), 0);
}

/* INV-2, INV-5: the customer has the money back at once; the address is nobody's and the node takes
 * nothing until it has carried out the removal. */
static void build_on_a_silent_node_is_refunded_and_its_place_kept_until_it_is_cleared(void **state)
{
    static const char holds[] = "SELECT count(*) FROM billing.vps WHERE status = 'failed'"
                                " AND address IS NOT NULL AND sequence = 2";
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1000000);
    int64_t before;
    uint64_t vps_id;

    buy_many(world, user);
    vps_id = (uint64_t)writer_world_count(world,
                                          "SELECT max(v.id) FROM billing.vps v JOIN billing.nodes n"
                                          " ON n.id = v.node_id WHERE n.name = 'de-2'");
    before = balance(world, user);
    tell_silence(world, vps_id);
    tell_silence(world, vps_id);
    assert_int_equal(balance(world, user), before + 1004);
    assert_int_equal(writer_world_count(world, holds), 1);
    billing_assert_books(&world->database);
    before = servers_on(world, "de-2");
    buy_many(world, user);
    assert_int_equal(servers_on(world, "de-2"), before);

    tell_removal(world, vps_id);
    tell_removal(world, vps_id);
    assert_int_equal(writer_world_count(world, holds), 0);
    billing_assert_books(&world->database);
    drain(world, "de-1", true);
    buy_many(world, user);
    drain(world, "de-1", false);
    assert_int_equal(servers_on(world, "de-2"), before + CROWD);
}

/* INV-5: by its place in the pool, also when the IPv4 address comes back and goes out again. */
static void ipv6_goes_with_the_address(void **state)
{
    static const char wrong[] =
        "SELECT count(*) FROM billing.vps v JOIN billing.address_pools p ON p.id = v.pool_id"
        " WHERE v.address IS NOT NULL AND v.location_code = 'nl' AND NOT EXISTS (SELECT 1 FROM "
        "billing.outbox o"
        "  WHERE position(convert_to(host(p.first_address6 + (v.address - p.first_address)),"
        "  'UTF8') IN o.messages) > 0)";
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1000000);
    struct writer_outcome outcome;
    uint64_t first;

    billing_database_script(&world->database,
                            "INSERT INTO billing.nodes (location_code, name, uri, vcpu, ram_mb,"
                            " disk_gb) VALUES ('nl', 'nl-1', 'test:///default', 40, 40960, 800);"
                            "INSERT INTO billing.address_pools (location_code, first_address, size,"
                            " prefix_length, gateway, first_address6, prefix_length6, gateway6)"
                            " VALUES ('nl', '10.16.1.0', 100, 12, '10.16.0.1', '2001:db8::fff8',"
                            " 64, 'fe80::1')");
    for (int i = 0; i < CROWD; ++i)
        assert_int_equal(
            billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "nl", 1)).status,
            202);
    assert_int_equal(writer_world_count(world, wrong), 0);
    first = (uint64_t)writer_world_count(world, "SELECT min(id) FROM billing.vps"
                                                " WHERE location_code = 'nl'");
    assert_int_equal(billing_tell(&world->writer, first, 1, BILLING_STARTED, &outcome), 0);
    assert_int_equal(billing_tell(&world->writer, first, 1, BILLING_FAILED, &outcome), 0);
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "nl", 1)).status, 202);
    assert_int_equal(writer_world_count(world, "SELECT count(*) FROM billing.vps"
                                               " WHERE address = '10.16.1.0'"),
                     1);
    assert_int_equal(writer_world_count(world, wrong), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_spread_over_the_nodes),
        cmocka_unit_test(drained_node_gets_nothing_new_from_the_next_purchase_on),
        cmocka_unit_test(location_whose_nodes_are_drained_is_sold_out_before_money_moves),
        cmocka_unit_test(room_given_back_on_a_drained_node_is_not_sold),
        cmocka_unit_test(build_on_a_silent_node_is_refunded_and_its_place_kept_until_it_is_cleared),
        cmocka_unit_test(ipv6_goes_with_the_address),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
