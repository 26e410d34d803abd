#include "services/billing/inventory_file.h"

#include "services/billing/data_file.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const int64_t capacity_max = 1000000000000;

enum { PREFIX_LONGEST = 32, PREFIX_WITH_BROADCAST = 30 };

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    for (size_t i = 0; i < inventory->location_count; ++i) {
        free(inventory->locations[i].nodes);
        free(inventory->locations[i].pools);
    }
    free(inventory->locations);
    free(inventory);
}

static void read_node(struct json_reader *reader, void *ret_item)
{
    struct inventory_node *node = ret_item;

    data_file_read_code(reader, "name", node->name, sizeof(node->name));
    data_file_read_text(reader, "uri", node->uri, sizeof(node->uri));
    node->vcpu = data_file_read_number(reader, "vcpu", 0, capacity_max);
    node->ram_mb = data_file_read_number(reader, "ram_mb", 0, capacity_max);
    node->disk_gb = data_file_read_number(reader, "disk_gb", 0, capacity_max);
    node->drained = data_file_read_switch(reader, "drained", false);
}

static uint32_t read_address(struct json_reader *reader, const char *name, char *ret_text,
                             size_t size)
{
    struct in_addr address = {0};

    data_file_read_text(reader, name, ret_text, size);
    if (ret_text[0] != '\0' && inet_pton(AF_INET, ret_text, &address) != 1)
        data_file_complain(reader, name, "out_of_range", "An IPv4 address, like 192.0.2.10.");
    return ntohl(address.s_addr);
}

/* The addresses of the network that `address` is in which a machine can have. */
static void usable_range(uint32_t address, int64_t prefix_length, uint32_t *ret_first,
                         uint32_t *ret_last)
{
    const uint32_t hosts =
        prefix_length == 0 ? UINT32_MAX : (uint32_t)((UINT64_C(1) << (32 - prefix_length)) - 1);
    const uint32_t reserved = prefix_length <= PREFIX_WITH_BROADCAST ? 1 : 0;

    *ret_first = (address & ~hosts) + reserved;
    *ret_last = (address | hosts) - reserved;
}

static void read_pool(struct json_reader *reader, void *ret_item)
{
    struct inventory_pool *pool = ret_item;
    uint32_t gateway, lowest, highest;
    uint64_t last;

    pool->first =
        read_address(reader, "first_address", pool->first_address, sizeof(pool->first_address));
    gateway = read_address(reader, "gateway", pool->gateway, sizeof(pool->gateway));
    pool->size = data_file_read_number(reader, "size", 1, UINT32_MAX);
    pool->prefix_length = data_file_read_number(reader, "prefix_length", 1, PREFIX_LONGEST);
    if (reader->problem->code != PROBLEM_NONE)
        return;
    usable_range(pool->first, pool->prefix_length, &lowest, &highest);
    last = (uint64_t)pool->first + (uint64_t)pool->size - 1;
    pool->last = (uint32_t)last;
    if (pool->first < lowest || last > highest)
        data_file_complain(reader, "size", "out_of_range",
                           "The pool leaves its network, or holds its first or last address.");
    if (gateway < lowest || gateway > highest || (gateway >= pool->first && gateway <= last))
        data_file_complain(reader, "gateway", "out_of_range",
                           "Must be in the pool's network and not in the pool.");
}

static void read_location(struct json_reader *reader, void *ret_item)
{
    struct inventory_location *location = ret_item;

    data_file_read_code(reader, "code", location->code, sizeof(location->code));
    data_file_read_text(reader, "name", location->name, sizeof(location->name));
    location->available = data_file_read_switch(reader, "available", true);
    if (json_reader_has(reader, "nodes"))
        location->nodes = data_file_read_list(reader, "nodes", sizeof(location->nodes[0]),
                                              read_node, &location->node_count);
    if (json_reader_has(reader, "pools"))
        location->pools = data_file_read_list(reader, "pools", sizeof(location->pools[0]),
                                              read_pool, &location->pool_count);
}

static bool node_is_double(const struct inventory *inventory, const struct inventory_node *node)
{
    for (size_t i = 0; i < inventory->location_count; ++i)
        for (size_t n = 0; n < inventory->locations[i].node_count; ++n) {
            const struct inventory_node *earlier = &inventory->locations[i].nodes[n];

            if (earlier == node)
                return false;
            if (strcmp(earlier->name, node->name) == 0)
                return true;
        }
    return false;
}

static bool pool_overlaps(const struct inventory *inventory, const struct inventory_pool *pool)
{
    for (size_t i = 0; i < inventory->location_count; ++i)
        for (size_t n = 0; n < inventory->locations[i].pool_count; ++n) {
            const struct inventory_pool *earlier = &inventory->locations[i].pools[n];

            if (earlier == pool)
                return false;
            if (earlier->first <= pool->last && pool->first <= earlier->last)
                return true;
        }
    return false;
}

static void refuse_clashes(struct json_reader *reader, const struct inventory *inventory, size_t i)
{
    const struct inventory_location *location = &inventory->locations[i];
    char name[64];

    for (size_t n = 0; n < location->node_count; ++n)
        if (node_is_double(inventory, &location->nodes[n])) {
            (void)snprintf(name, sizeof(name), "locations/%zu/nodes/%zu/name", i, n);
            data_file_complain(reader, name, "duplicate", "A node before it has this name.");
        }
    for (size_t n = 0; n < location->pool_count; ++n)
        if (pool_overlaps(inventory, &location->pools[n])) {
            (void)snprintf(name, sizeof(name), "locations/%zu/pools/%zu", i, n);
            data_file_complain(reader, name, "overlap", "It overlaps a pool before it.");
        }
}

static void read_inventory(struct json_reader *reader, struct inventory *inventory)
{
    inventory->locations = data_file_read_list(reader, "locations", sizeof(inventory->locations[0]),
                                               read_location, &inventory->location_count);
    json_reader_finish(reader);
    /* Half-read pools have no range to compare. */
    if (reader->problem->code != PROBLEM_NONE)
        return;
    data_file_refuse_doubles(reader, "locations", inventory->locations, inventory->location_count,
                             sizeof(inventory->locations[0]),
                             offsetof(struct inventory_location, code));
    for (size_t i = 0; i < inventory->location_count; ++i)
        refuse_clashes(reader, inventory, i);
}

int inventory_file_parse(const char *json, size_t length, struct inventory **ret_inventory,
                         struct error *error)
{
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = calloc(1, sizeof(*inventory));
    CLEANUP(problem_deinit) struct problem problem = {0};
    json_auto_t *root = NULL;
    struct json_reader reader;
    int result;

    if (inventory == NULL)
        return error_set(error, FAULT_HARD, "no memory for the inventory");
    if (json_request_parse(json, length, &root, &problem) == 0) {
        json_reader_init(&reader, root, "", &problem);
        read_inventory(&reader, inventory);
    }
    result = data_file_verdict(&problem, error);
    if (result == 0)
        *ret_inventory = TAKE(inventory);
    return result;
}

int inventory_file_read(const char *path, struct inventory **ret_inventory, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    int result = data_file_read(path, &text, error);

    if (result != 0)
        return result;
    result = inventory_file_parse(text.data, text.length, ret_inventory, error);
    return result == 0 ? 0 : error_prefix(error, result, path);
}
