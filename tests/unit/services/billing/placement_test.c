#include "services/billing/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static const struct placement_size small = {1, 1024, 10};

/* Two nodes, two pools and a returned address in location 0; a node without addresses in 1. */
struct stock {
    struct placement_node nodes[4];
    struct placement_pool pools[3];
    struct placement_released released[3];
    struct placement_stock stock;
};

static void stock_init(struct stock *stock)
{
    *stock = (struct stock){
        .nodes = {{.id = 1, .location = 0, .total = {4, 8192, 100}, .used = {2, 0, 0}},
                  {.id = 2, .location = 0, .total = {4, 8192, 100}},
                  {.id = 3, .location = 1, .total = {4, 8192, 100}},
                  {.id = 4, .location = 0, .total = {100, 819200, 1000}, .drained = true}},
        .pools = {{.id = 1, .location = 1, .first_address = "not an address", .size = 5},
                  {.id = 2, .location = 0, .first_address = "10.0.0.254", .size = 3},
                  {.id = 3, .location = 0, .first_address = "2001:db8::ff", .size = 100}},
        .released = {{.location = 1, .address = "10.9.0.1", .pool_id = 1},
                  {.location = 0, .address = "10.9.9.9", .pool_id = 77},
                  {.location = 0, .address = "10.0.0.7", .pool_id = 2}             },
    };
    stock->stock = (struct placement_stock){stock->nodes,    ARRAY_LENGTH(stock->nodes),
                                            stock->pools,    ARRAY_LENGTH(stock->pools),
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
    assert_int_equal(placement.node->used.vcpu, 1);
    assert_int_equal(placement.node->moved.ram_mb, 1024);
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
    assert_int_equal(placement.pool->id, 3);
    assert_true(stock.pools[1].moved);
}

/* INV-5 */
static void full_nodes_are_sold_out(void **state)
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
        assert_int_equal(placement_take(&stock.stock, 0, &sizes[i], &placement),
                         PLACEMENT_SOLD_OUT);
    assert_int_equal(placement_take(&stock.stock, 9, &small, &placement), PLACEMENT_SOLD_OUT);
}

static void location_without_addresses_is_sold_out(void **state)
{
    struct stock stock;
    struct placement placement;

    (void)state;
    stock_init(&stock);
    stock.stock.released_count = 0;
    assert_int_equal(placement_take(&stock.stock, 1, &small, &placement), PLACEMENT_SOLD_OUT);
    assert_int_equal(stock.nodes[2].used.vcpu, 0);
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
        stock.pools[0].first_address = last[i];
        stock.pools[0].next_offset = 0;
        assert_int_equal(placement_take(&stock.stock, 1, &small, &placement), 0);
        assert_string_equal(placement.address, last[i]);
        assert_int_equal(placement_take(&stock.stock, 1, &small, &placement), PLACEMENT_SOLD_OUT);
    }
}

static void node_without_capacity_holds_nothing(void **state)
{
    struct placement_node node = {.id = 1};
    struct placement_stock stock = {.nodes = &node, .node_count = 1};
    struct placement placement;

    (void)state;
    assert_int_equal(placement_take(&stock, 0, &small, &placement), PLACEMENT_SOLD_OUT);
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
    assert_false(stock.released[2].taken);
    assert_int_equal(stock.pools[1].next_offset, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(stock.nodes); ++i)
        assert_int_equal(stock.nodes[i].moved.vcpu, 0);
}

static void released_room_can_be_sold_again(void **state)
{
    struct stock stock;

    (void)state;
    stock_init(&stock);
    placement_release(&stock.nodes[0], &small);
    assert_int_equal(stock.nodes[0].used.vcpu, 1);
    assert_int_equal(stock.nodes[0].moved.vcpu, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emptiest_node_is_taken),
        cmocka_unit_test(returned_addresses_go_first_then_fresh_ones_in_order),
        cmocka_unit_test(full_nodes_are_sold_out),
        cmocka_unit_test(location_without_addresses_is_sold_out),
        cmocka_unit_test(addresses_end_at_the_last_one),
        cmocka_unit_test(node_without_capacity_holds_nothing),
        cmocka_unit_test(undone_placements_leave_no_trace),
        cmocka_unit_test(released_room_can_be_sold_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
