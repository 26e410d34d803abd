/* The inventory (where servers can be built) as a JSON file; deploy/local/inventory.example.json is
 * one:
 * {"locations":[{"code","name","available"?,
 *                "nodes"?:[{"name","uri","vcpu","ram_mb","disk_gb","vcpu_percent"?,"ram_percent"?,
 *                           "disk_percent"?,"drained"?,"console_url"?}],
 *                "pools"?:[{"first_address","size","gateway","prefix_length",
 *                           "first_address6"?,"gateway6"?,"prefix_length6"?}]}]}
 */
#pragma once

#include "lib/base/error.h"
#include "services/billing/console_url.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct inventory_node {
    char name[65];
    /* libvirt connection URI. */
    char uri[257];
    /* What may be sold of it: what it has, times its percentage (more than 100: overcommit). */
    int64_t vcpu, ram_mb, disk_gb;
    /* False: it stays as drained as it is. */
    bool says_drained;
    bool drained;
    /* Of its console proxy; "": none. */
    char console_url[CONSOLE_URL_LENGTH_MAX + 1];
};

/* The IPv6 addresses that go with a pool's: as many, in the same order. */
struct inventory_pool6 {
    /* "": the pool has none. */
    char first_address[INET6_ADDRSTRLEN];
    char gateway[INET6_ADDRSTRLEN];
    struct in6_addr first, last;
    int64_t prefix_length;
};

/* A run of IPv4 addresses inside one network, without the network's own, its broadcast and its
 * gateway's address. */
struct inventory_pool {
    char first_address[INET_ADDRSTRLEN];
    char gateway[INET_ADDRSTRLEN];
    /* The first and the last address as numbers. */
    uint32_t first, last;
    int64_t size;
    int64_t prefix_length;
    struct inventory_pool6 v6;
};

struct inventory_location {
    char code[33];
    char name[129];
    bool available;
    /* Owned. */
    struct inventory_node *nodes;
    size_t node_count;
    struct inventory_pool *pools;
    size_t pool_count;
};

struct inventory {
    struct inventory_location *locations;
    size_t location_count;
};

void inventory_free(struct inventory *inventory);
DEFINE_CLEANUP(struct inventory *, inventory_free)

/* FAULT_HARD names the path of the first member that is wrong; two nodes of one name, and pools
 * that overlap, are. */
MUST_CHECK int inventory_file_parse(const char *json, size_t length,
                                    struct inventory **ret_inventory, struct error *error);
MUST_CHECK int inventory_file_read(const char *path, struct inventory **ret_inventory,
                                   struct error *error);
