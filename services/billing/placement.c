#include "services/billing/placement.h"

#include "lib/base/address.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Shares of a node are compared in millionths. */
static const int64_t whole_share = 1000000;

static bool fits(const struct placement_node *node, const struct placement_size *size)
{
    return !node->drained && node->free.vcpu >= size->vcpu && node->free.ram_mb >= size->ram_mb &&
           node->free.disk_gb >= size->disk_gb;
}

static int64_t share(int64_t left, int64_t total)
{
    return total > 0 ? left * whole_share / total : 0;
}

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static int64_t free_share(const struct placement_node *node)
{
    const struct placement_size *free = &node->free;

    return least(
        share(free->vcpu, node->total.vcpu),
        least(share(free->ram_mb, node->total.ram_mb), share(free->disk_gb, node->total.disk_gb)));
}

static struct placement_node *choose_node(const struct placement_stock *stock, size_t location,
                                          const struct placement_size *size)
{
    struct placement_node *best = NULL;
    int64_t best_share = -1;

    for (size_t i = 0; i < stock->node_count; ++i) {
        struct placement_node *node = &stock->nodes[i];
        const int64_t node_share = free_share(node);

        if (node->location != location || node_share <= best_share || !fits(node, size))
            continue;
        best = node;
        best_share = node_share;
    }
    return best;
}

/* False: `first` is no address, or there is none so far behind it. */
static bool format_address(const char *first, int64_t offset, char *ret_address)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, first, &v4) == 1 &&
        !address_add((uint8_t *)&v4, sizeof(v4), (uint64_t)offset))
        return inet_ntop(AF_INET, &v4, ret_address, INET6_ADDRSTRLEN) != NULL;
    if (inet_pton(AF_INET6, first, &v6) == 1 &&
        !address_add((uint8_t *)&v6, sizeof(v6), (uint64_t)offset))
        return inet_ntop(AF_INET6, &v6, ret_address, INET6_ADDRSTRLEN) != NULL;
    return false;
}

static void take_v6(const struct placement_v6 *v6, int64_t offset, struct placement *placement)
{
    placement->gateway6 = "";
    if (v6->address == NULL || !format_address(v6->address, offset, placement->address6))
        return;
    placement->gateway6 = v6->gateway;
    placement->prefix_length6 = v6->prefix_length;
}

static bool take_released(const struct placement_stock *stock, size_t location,
                          struct placement *placement)
{
    for (size_t i = 0; i < stock->released_count; ++i) {
        struct placement_released *released = &stock->released[i];

        if (released->taken || released->location != location)
            continue;
        released->taken = true;
        placement->released = released;
        placement->pool_id = released->pool_id;
        placement->prefix_length = released->prefix_length;
        placement->gateway = released->gateway;
        take_v6(&released->v6, 0, placement);
        (void)snprintf(placement->address, sizeof(placement->address), "%s", released->address);
        return true;
    }
    return false;
}

static bool take_fresh(const struct placement_stock *stock, size_t location,
                       struct placement *placement)
{
    for (size_t i = 0; i < stock->range_count; ++i) {
        struct placement_range *range = &stock->ranges[i];

        if (range->location != location || range->next_offset >= range->end_offset ||
            !format_address(range->first_address, range->next_offset, placement->address))
            continue;
        take_v6(&range->v6, range->next_offset, placement);
        ++range->next_offset;
        range->moved = true;
        placement->range = range;
        placement->pool_id = range->pool_id;
        placement->prefix_length = range->prefix_length;
        placement->gateway = range->gateway;
        return true;
    }
    return false;
}

static void move_node(struct placement_node *node, const struct placement_size *size, int64_t sign)
{
    node->free.vcpu -= sign * size->vcpu;
    node->free.ram_mb -= sign * size->ram_mb;
    node->free.disk_gb -= sign * size->disk_gb;
    node->taken.vcpu += sign * size->vcpu;
    node->taken.ram_mb += sign * size->ram_mb;
    node->taken.disk_gb += sign * size->disk_gb;
}

int placement_take(struct placement_stock *stock, size_t location,
                   const struct placement_size *size, struct placement *ret_placement)
{
    struct placement placement = {.node = choose_node(stock, location, size), .size = *size};

    if (placement.node == NULL)
        return PLACEMENT_SHORT;
    if (!take_released(stock, location, &placement) && !take_fresh(stock, location, &placement))
        return PLACEMENT_SHORT;
    move_node(placement.node, size, 1);
    *ret_placement = placement;
    return 0;
}

void placement_undo(const struct placement *placement)
{
    move_node(placement->node, &placement->size, -1);
    if (placement->released != NULL)
        placement->released->taken = false;
    else
        --placement->range->next_offset;
}
