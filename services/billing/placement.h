/* Which node and which address a new server gets. Pure: works on rows that the caller has locked,
 * and marks what it changes for the caller to write. */
#pragma once

#include "lib/base/cleanup.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct placement_size {
    int64_t vcpu, ram_mb, disk_gb;
};

/* Texts are borrowed. `location` is any number that stands for the location. */
struct placement_node {
    int64_t id;
    size_t location;
    const char *name, *uri;
    /* What it has, and what of it may be sold here. */
    struct placement_size total, free;
    /* How much of `free` was taken since it was read. */
    struct placement_size taken;
    bool drained;
};

/* The IPv6 side of a pool; `address` is its first one, or the one that goes with a returned IPv4
 * address. "": it has none. */
struct placement_v6 {
    const char *address, *gateway;
    int32_t prefix_length;
};

/* A run of addresses that may be handed out: offsets from the pool's first address. */
struct placement_range {
    int64_t id, pool_id;
    size_t location;
    const char *first_address, *gateway;
    int64_t next_offset, end_offset;
    int32_t prefix_length;
    struct placement_v6 v6;
    bool moved;
};

struct placement_released {
    size_t location;
    const char *address, *gateway;
    int64_t pool_id;
    int32_t prefix_length;
    struct placement_v6 v6;
    bool taken;
};

/* What there is to give, of all locations in question; arrays are the caller's. */
struct placement_stock {
    struct placement_node *nodes;
    size_t node_count;
    struct placement_range *ranges;
    size_t range_count;
    struct placement_released *released;
    size_t released_count;
};

/* Points into the stock. */
struct placement {
    struct placement_node *node;
    /* Where the address is from; one of them is NULL. */
    struct placement_range *range;
    struct placement_released *released;
    int64_t pool_id;
    int32_t prefix_length;
    const char *gateway;
    char address[INET6_ADDRSTRLEN];
    /* "", "" and 0 where the pool has no IPv6. */
    char address6[INET6_ADDRSTRLEN];
    const char *gateway6;
    int32_t prefix_length6;
    struct placement_size size;
};

enum placement_refusal {
    /* No node of the stock has the room, or no address is left. */
    PLACEMENT_SHORT = 1,
};

/* Takes the node with the most free share (of its scarcest resource) that fits, and an address:
 * returned ones first, then the next of a range; with it goes the pool's IPv6 address of the same
 * place. */
MUST_CHECK int placement_take(struct placement_stock *stock, size_t location,
                              const struct placement_size *size, struct placement *ret_placement);

/* Gives a placement back that was not written; the newest first. */
void placement_undo(const struct placement *placement);
