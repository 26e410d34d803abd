#include "services/billing/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static const struct placement_size small = {1, 1024, 10};

/* Two nodes, two ranges and a returned address in location 0; a node without addresses in 1. */
struct stock {
    struct placement_node nodes[4];
    struct placement_range ranges[3];
    struct placement_released released[2];
    struct placement_stock stock;
};

static void stock_init(struct stock *stock)
{
    *stock = (struct stock){
        .nodes = {{.id = 1, .location = 0, .total = {4, 8192, 100}, .free = {2, 8192, 100}},
                  {.id = 2, .location = 0, .total = {4, 8192, 100}, .free = {4, 8192, 100}},
                  {.id = 3, .location = 1, .total = {4, 8192, 100}, .free = {4, 8192, 100}},
                  {.id = 4,
                   .location = 0,
                   .total = {100, 819200, 1000},
                   .free = {100, 819200, 1000},
                   .drained = true}},
        .ranges = {{.id = 1, .location = 1, .first_address = "not an address", .end_offset = 5},
                  {.id = 2, .pool_id = 20, .first_address = "10.0.0.254", .end_offset = 3},
                  {.id = 3,
                    .pool_id = 30,
                    .first_address = "2001:db8::fe",
                    .next_offset = 1,
                    .end_offset = 100}},
        .released = {{.location = 1, .address = "10.9.0.1", .pool_id = 10},
                  {.location = 0, .address = "10.0.0.7", .pool_id = 20}                                                     },
    };
    stock->stock = (struct placement_stock){stock->nodes,    ARRAY_LENGTH(stock->nodes),
                                            stock->ranges,   ARRAY_LENGTH(stock->ranges),
                                            stock->released, ARRAY_LENGTH(stock->released)};
}

static void emptiest_node_is_taken(void **state)
{
    struct stock stock;
    struct placement placement;

    (void)state;
    stock_init(&stock);
    assert_int_equal(placement_take(&stock.stock, 0, &small, &placement), 0);
    assert_int_equal(placement.node->id, 2);
    assert_int_equal(placement.node->free.vcpu, 3);
    assert_int_equal(placement.node->taken.ram_mb, 1024);
    assert_int_equal(placement.pool_id, 20);
}

static void returned_addresses_go_first_then_fresh_ones_in_order(void **state)
{
    static const char *const expected[] = {"10.0.0.7", "10.0.0.254",   "10.0.0.255",
                                           "10.0.1.0", "2001:db8::ff", "2001:db8::100"};
    struct stock stock;
    struct placement placement;

    (void)state;
    stock_init(&stock);
    for (size_t i = 0; i < ARRAY_LENGTH(expected); ++i) {
        assert_int_equal(placement_take(&stock.stock, 0, &small, &placement), 0);
        assert_string_equal(placement.address, expected[i]);
    }
    assert_int_equal(placement.pool_id, 30);
    assert_true(stock.ranges[1].moved);
}

static void ipv6_address_of_the_same_place_goes_with_it(void **state)
{
    static const char *const expected[] = {"", "2001:db8:1::10", "2001:db8:1::11"};
    struct stock stock;
    struct placement placement;

    (void)state;
    stock_init(&stock);
    stock.ranges[1].v6 = (struct placement_v6){"2001:db8:1::10", "fe80::1", 64};
    stock.released[1].v6 = (struct placement_v6){"", "", 0};
    for (size_t i = 0; i < ARRAY_LENGTH(expected); ++i) {
        assert_int_equal(placement_take(&stock.stock, 0, &small, &placement), 0);
        assert_string_equal(placement.address6, expected[i]);
        assert_string_equal(placement.gateway6, i == 0 ? "" : "fe80::1");
        assert_int_equal(placement.prefix_length6, i == 0 ? 0 : 64);
    }
    stock_init(&stock);
    stock.released[1].v6 = (struct placement_v6){"2001:db8:1::17", "fe80::1", 64};
    assert_int_equal(placement_take(&stock.stock, 0, &small, &placement), 0);
    assert_string_equal(placement.address, "10.0.0.7");
    assert_string_equal(placement.address6, "2001:db8:1::17");
}

/* INV-5 */
static void full_nodes_take_nothing(void **state)
{
    const struct placement_size sizes[] = {
        {5, 1,    1  },
        {1, 8193, 1  },
        {1, 1,    101}
    };
    struct stock stock;
    struct placement placement;

    (void)state;
    stock_init(&stock);
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); ++i)
        assert_int_equal(placement_take(&stock.stock, 0, &sizes[i], &placement), PLACEMENT_SHORT);
    assert_int_equal(placement_take(&stock.stock, 9, &small, &placement), PLACEMENT_SHORT);
}

static void location_without_addresses_takes_nothing(void **state)
{
    struct stock stock;
    struct placement placement;

    (void)state;
    stock_init(&stock);
    stock.stock.released_count = 0;
    assert_int_equal(placement_take(&stock.stock, 1, &small, &placement), PLACEMENT_SHORT);
    assert_int_equal(stock.nodes[2].free.vcpu, 4);
}

static void addresses_end_at_the_last_one(void **state)
{
    static const char *const last[] = {"255.255.255.255",
                                       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
    struct stock stock;
    struct placement placement;

    (void)state;
    stock_init(&stock);
    stock.stock.released_count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(last); ++i) {
        stock.ranges[0].first_address = last[i];
        stock.ranges[0].next_offset = 0;
        assert_int_equal(placement_take(&stock.stock, 1, &small, &placement), 0);
        assert_string_equal(placement.address, last[i]);
        assert_int_equal(placement_take(&stock.stock, 1, &small, &placement), PLACEMENT_SHORT);
    }
}

static void node_without_capacity_holds_nothing(void **state)
{
    struct placement_node node = {.id = 1};
    struct placement_stock stock = {.nodes = &node, .node_count = 1};
    struct placement placement;

    (void)state;
    assert_int_equal(placement_take(&stock, 0, &small, &placement), PLACEMENT_SHORT);
}

static void undone_placements_leave_no_trace(void **state)
{
    struct stock stock;
    struct placement first, second;

    (void)state;
    stock_init(&stock);
    assert_int_equal(placement_take(&stock.stock, 0, &small, &first), 0);
    assert_int_equal(placement_take(&stock.stock, 0, &small, &second), 0);
    placement_undo(&second);
    placement_undo(&first);
    assert_false(stock.released[1].taken);
    assert_int_equal(stock.ranges[1].next_offset, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(stock.nodes); ++i)
        assert_int_equal(stock.nodes[i].taken.vcpu, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emptiest_node_is_taken),
        cmocka_unit_test(returned_addresses_go_first_then_fresh_ones_in_order),
        cmocka_unit_test(ipv6_address_of_the_same_place_goes_with_it),
        cmocka_unit_test(full_nodes_take_nothing),
        cmocka_unit_test(location_without_addresses_takes_nothing),
        cmocka_unit_test(addresses_end_at_the_last_one),
        cmocka_unit_test(node_without_capacity_holds_nothing),
        cmocka_unit_test(undone_placements_leave_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
