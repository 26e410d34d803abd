#include "services/billing/inventory_file.h"

#include "lib/base/address.h"
#include "services/billing/data_file.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const int64_t capacity_max = 1000000000000;

enum {
    PREFIX_LONGEST = 32,
    PREFIX_WITH_BROADCAST = 30,
    PREFIX6_LONGEST = 128,
    PERCENT_MAX = 10000,
};

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

/* What may be sold of what the node has. */
static int64_t read_capacity(struct json_reader *reader, const char *name, const char *percent_name)
{
    const int64_t owned = data_file_read_number(reader, name, 0, capacity_max);

    if (!json_reader_has(reader, percent_name))
        return owned;
    return owned * data_file_read_number(reader, percent_name, 1, PERCENT_MAX) / 100;
}

static void read_console_url(struct json_reader *reader, struct inventory_node *node)
{
    data_file_read_text(reader, "console_url", node->console_url, sizeof(node->console_url));
    if (node->console_url[0] != '\0' && console_url_normalize(node->console_url))
        data_file_complain(reader, "console_url", "out_of_range",
                           "An https URL without user, query and fragment (http: of this machine "
                           "only).");
}

static void read_node(struct json_reader *reader, void *ret_item)
{
    struct inventory_node *node = ret_item;

    data_file_read_code(reader, "name", node->name, sizeof(node->name));
    data_file_read_text(reader, "uri", node->uri, sizeof(node->uri));
    node->vcpu = read_capacity(reader, "vcpu", "vcpu_percent");
    node->ram_mb = read_capacity(reader, "ram_mb", "ram_percent");
    node->disk_gb = read_capacity(reader, "disk_gb", "disk_percent");
    node->says_drained = json_reader_has(reader, "drained");
    node->drained = data_file_read_switch(reader, "drained", false);
    if (json_reader_has(reader, "console_url"))
        read_console_url(reader, node);
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

static struct in6_addr read_address6(struct json_reader *reader, const char *name, char *ret_text,
                                     size_t size)
{
    struct in6_addr address = {0};

    data_file_read_text(reader, name, ret_text, size);
    if (ret_text[0] != '\0' && inet_pton(AF_INET6, ret_text, &address) != 1)
        data_file_complain(reader, name, "out_of_range", "An IPv6 address, like 2001:db8::10.");
    return address;
}

/* True when they are not of one network of that prefix. */
static bool differ_in_prefix(const struct in6_addr *one, const struct in6_addr *other, int64_t bits)
{
    const size_t whole = (size_t)bits / 8;
    const unsigned mask = 0xff00U >> bits % 8 & 0xffU;

    return memcmp(one, other, whole) != 0 ||
           (bits % 8 != 0 && ((one->s6_addr[whole] ^ other->s6_addr[whole]) & mask) != 0);
}

/* The gateway may be of another network: fe80::1 is a usual one. */
static void read_pool6(struct json_reader *reader, int64_t size, struct inventory_pool6 *pool)
{
    struct in6_addr gateway;

    pool->first =
        read_address6(reader, "first_address6", pool->first_address, sizeof(pool->first_address));
    gateway = read_address6(reader, "gateway6", pool->gateway, sizeof(pool->gateway));
    pool->prefix_length = data_file_read_number(reader, "prefix_length6", 1, PREFIX6_LONGEST);
    if (reader->problem->code != PROBLEM_NONE)
        return;
    pool->last = pool->first;
    if (address_add(pool->last.s6_addr, sizeof(pool->last), (uint64_t)size - 1) ||
        differ_in_prefix(&pool->first, &pool->last, pool->prefix_length))
        data_file_complain(reader, "first_address6", "out_of_range",
                           "The network has not as many addresses as the pool, from that one on.");
    if (memcmp(&gateway, &pool->first, sizeof(gateway)) >= 0 &&
        memcmp(&gateway, &pool->last, sizeof(gateway)) <= 0)
        data_file_complain(reader, "gateway6", "out_of_range", "Must not be in the pool.");
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
    if (json_reader_has(reader, "first_address6"))
        read_pool6(reader, pool->size, &pool->v6);
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

static bool pools_overlap(const struct inventory_pool *one, const struct inventory_pool *other)
{
    if (one->first <= other->last && other->first <= one->last)
        return true;
    return one->v6.first_address[0] != '\0' && other->v6.first_address[0] != '\0' &&
           memcmp(&one->v6.first, &other->v6.last, sizeof(one->v6.first)) <= 0 &&
           memcmp(&other->v6.first, &one->v6.last, sizeof(one->v6.first)) <= 0;
}

static bool pool_overlaps(const struct inventory *inventory, const struct inventory_pool *pool)
{
    for (size_t i = 0; i < inventory->location_count; ++i)
        for (size_t n = 0; n < inventory->locations[i].pool_count; ++n) {
            const struct inventory_pool *earlier = &inventory->locations[i].pools[n];

            if (earlier == pool)
                return false;
            if (pools_overlap(earlier, pool))
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
