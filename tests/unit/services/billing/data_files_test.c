/* The catalog's and the inventory's files: what is taken, and what is refused by its path. */
#include "services/billing/catalog_file.h"
#include "services/billing/inventory_file.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PLAN                                                                                       \
    "{\"code\":\"vps-2\",\"name\":\"VPS 2\",\"vcpu\":2,\"ram_mb\":2048,\"disk_gb\":40,"            \
    "\"traffic_tb\":2,\"price_usd_month\":\"10.04\"}"
#define LOCATION "{\"code\":\"de\",\"name\":\"Germany\"}"
#define SYSTEM                                                                                     \
    "{\"code\":\"win\",\"name\":\"Windows\",\"image\":\"none\",\"min_ram_mb\":4096,"               \
    "\"min_disk_gb\":60}"
#define PERIOD "{\"months\":3,\"discount_percent\":\"5.00\"}"
#define CATALOG(plans, locations, systems, periods)                                                \
    "{\"plans\":[" plans "],\"locations\":[" locations "],\"os\":[" systems                        \
    "],\"periods\":[" periods "]}"

#define POOL(first, size, gateway, prefix)                                                         \
    "{\"first_address\":\"" first "\",\"size\":" size ",\"gateway\":\"" gateway                    \
    "\",\"prefix_length\":" prefix "}"
#define NODE "{\"name\":\"de-1\",\"uri\":\"test:///default\",\"vcpu\":1,\"ram_mb\":1,\"disk_gb\":1}"
#define INVENTORY(nodes, pools)                                                                    \
    "{\"locations\":[{\"code\":\"de\",\"name\":\"Germany\",\"nodes\":[" nodes                      \
    "],\"pools\":[" pools "]}]}"

#define POOL6(first, size, first6, gateway6, prefix6)                                              \
    "{\"first_address\":\"" first "\",\"size\":" size                                              \
    ",\"gateway\":\"10.0.0.1\",\"prefix_length\":8,\"first_address6\":\"" first6                   \
    "\",\"gateway6\":\"" gateway6 "\",\"prefix_length6\":" prefix6 "}"

static struct catalog *parse_catalog(const char *json)
{
    struct catalog *catalog = NULL;
    struct error error = {0};

    if (catalog_file_parse(json, strlen(json), &catalog, &error) != 0)
        fail_msg("%s", error.text);
    return catalog;
}

static void assert_catalog_refused(const char *json, const char *pointer)
{
    struct catalog *catalog = NULL;
    struct error error = {0};

    assert_int_equal(catalog_file_parse(json, strlen(json), &catalog, &error), FAULT_HARD);
    assert_null(catalog);
    if (strstr(error.text, pointer) == NULL)
        fail_msg("'%s' does not name %s", error.text, pointer);
}

static void assert_inventory_refused(const char *json, const char *pointer)
{
    struct inventory *inventory = NULL;
    struct error error = {0};

    assert_int_equal(inventory_file_parse(json, strlen(json), &inventory, &error), FAULT_HARD);
    assert_null(inventory);
    if (strstr(error.text, pointer) == NULL)
        fail_msg("'%s' does not name %s", error.text, pointer);
}

static void whole_catalog_is_read(void **state)
{
    CLEANUP(catalog_free_cleanup)
    struct catalog *catalog = parse_catalog(CATALOG(PLAN, LOCATION, SYSTEM, PERIOD));

    (void)state;
    assert_int_equal(catalog_find_plan(catalog, "vps-2")->price_cents_month, 1004);
    assert_true(catalog_find_plan(catalog, "vps-2")->available);
    assert_string_equal(catalog_find_location(catalog, "de")->name, "Germany");
    assert_int_equal(catalog_find_period(catalog, 3)->discount_basis_points, 500);
    assert_int_equal(catalog_find_os(catalog, "win")->min_disk_gb, 60);
}

static void unknown_codes_are_not_found(void **state)
{
    CLEANUP(catalog_free_cleanup)
    struct catalog *catalog = parse_catalog(CATALOG(PLAN, LOCATION, SYSTEM, PERIOD));

    (void)state;
    assert_null(catalog_find_plan(catalog, "vps-3"));
    assert_null(catalog_find_location(catalog, ""));
    assert_null(catalog_find_os(catalog, "WIN"));
    assert_null(catalog_find_period(catalog, 2));
}

static void system_fits_only_plans_with_its_memory_and_disk(void **state)
{
    const struct catalog_os system = {.min_ram_mb = 4096, .min_disk_gb = 60};
    const struct catalog_plan fits = {.ram_mb = 4096, .disk_gb = 60};
    const struct catalog_plan short_of_memory = {.ram_mb = 4095, .disk_gb = 60};
    const struct catalog_plan short_of_disk = {.ram_mb = 4096, .disk_gb = 59};

    (void)state;
    assert_true(catalog_os_fits(&system, &fits));
    assert_false(catalog_os_fits(&system, &short_of_memory));
    assert_false(catalog_os_fits(&system, &short_of_disk));
}

static void wrong_catalogs_are_refused_by_path(void **state)
{
    (void)state;
    assert_catalog_refused("", "invalid_json");
    assert_catalog_refused("[]", "");
    assert_catalog_refused("{\"plans\":[" PLAN "]}", "/locations");
    assert_catalog_refused(CATALOG("{\"code\":\"vps-2\"}", LOCATION, SYSTEM, PERIOD),
                           "/plans/0/name");
    assert_catalog_refused(CATALOG(PLAN "," PLAN, LOCATION, SYSTEM, PERIOD), "/plans/1");
    assert_catalog_refused(CATALOG(PLAN, LOCATION, SYSTEM, PERIOD "," PERIOD), "/periods/1");
    assert_catalog_refused(CATALOG(PLAN, "{\"code\":\"DE\",\"name\":\"x\"}", SYSTEM, PERIOD),
                           "/locations/0/code");
    assert_catalog_refused(
        CATALOG(PLAN, "{\"code\":\"de\",\"name\":\"x\",\"nmae\":1}", SYSTEM, PERIOD),
        "/locations/0/nmae");
    assert_catalog_refused(
        CATALOG(PLAN, LOCATION, SYSTEM, "{\"months\":0,\"discount_percent\":\"5.00\"}"),
        "/periods/0/months");
    assert_catalog_refused(
        CATALOG(PLAN, LOCATION, SYSTEM, "{\"months\":1,\"discount_percent\":\"100.01\"}"),
        "/periods/0/discount_percent");
}

static void whole_inventory_is_read(void **state)
{
    static const char json[] = INVENTORY(NODE, POOL("10.0.1.0", "1000000", "10.0.0.1", "12"));
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    struct error error = {0};

    (void)state;
    if (inventory_file_parse(json, strlen(json), &inventory, &error) != 0)
        fail_msg("%s", error.text);
    assert_non_null(inventory);
    assert_int_equal(inventory->location_count, 1);
    assert_int_equal(inventory->locations[0].node_count, 1);
    assert_false(inventory->locations[0].nodes[0].says_drained);
    assert_false(inventory->locations[0].nodes[0].drained);
    assert_string_equal(inventory->locations[0].pools[0].v6.first_address, "");
    assert_int_equal(inventory->locations[0].pools[0].last - inventory->locations[0].pools[0].first,
                     999999);
}

static void overcommitted_node_sells_more_than_it_has(void **state)
{
    static const char json[] =
        INVENTORY("{\"name\":\"de-1\",\"uri\":\"test:///default\",\"vcpu\":64,\"ram_mb\":1001,"
                  "\"disk_gb\":1000,\"vcpu_percent\":400,\"ram_percent\":90,\"drained\":true}",
                  POOL("10.0.1.0", "1", "10.0.0.1", "12"));
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    const struct inventory_node *node;
    struct error error = {0};

    (void)state;
    if (inventory_file_parse(json, strlen(json), &inventory, &error) != 0)
        fail_msg("%s", error.text);
    node = &inventory->locations[0].nodes[0];
    assert_int_equal(node->vcpu, 256);
    assert_int_equal(node->ram_mb, 900);
    assert_int_equal(node->disk_gb, 1000);
    assert_true(node->says_drained && node->drained);
}

#define NODE_WITH_CONSOLE(url)                                                                     \
    INVENTORY("{\"name\":\"de-1\",\"uri\":\"test:///default\",\"vcpu\":64,\"ram_mb\":1001,"        \
              "\"disk_gb\":1000,\"console_url\":\"" url "\"}",                                     \
              POOL("10.0.1.0", "1", "10.0.0.1", "12"))

static void assert_console_url(const char *json, const char *url)
{
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    struct error error = {0};

    if (inventory_file_parse(json, strlen(json), &inventory, &error) != 0)
        fail_msg("%s", error.text);
    assert_string_equal(inventory->locations[0].nodes[0].console_url, url);
}

static void node_may_have_a_console_url_without_its_last_slash(void **state)
{
    (void)state;
    assert_console_url(INVENTORY(NODE, POOL("10.0.1.0", "1", "10.0.0.1", "12")), "");
    assert_console_url(NODE_WITH_CONSOLE("https://console.example"), "https://console.example");
    assert_console_url(NODE_WITH_CONSOLE("https://h.example:8443/de-1//"),
                       "https://h.example:8443/de-1");
    assert_console_url(NODE_WITH_CONSOLE("http://127.0.0.1:7109/"), "http://127.0.0.1:7109");
    assert_console_url(NODE_WITH_CONSOLE("http://[::1]:7109"), "http://[::1]:7109");
    assert_console_url(NODE_WITH_CONSOLE("http://localhost"), "http://localhost");
}

static void console_url_that_is_plain_or_says_too_much_is_refused(void **state)
{
    static const char *const wrong[] = {
        NODE_WITH_CONSOLE("http://console.example"),  NODE_WITH_CONSOLE("console.example"),
        NODE_WITH_CONSOLE("ftp://127.0.0.1"),         NODE_WITH_CONSOLE("https://"),
        NODE_WITH_CONSOLE("https://a:b@c.example"),   NODE_WITH_CONSOLE("https://c.example/?a=b"),
        NODE_WITH_CONSOLE("https://c.example/#a"),    NODE_WITH_CONSOLE("https://c.example/a b"),
        NODE_WITH_CONSOLE("https://c.example/\\\"x"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); ++i)
        assert_inventory_refused(wrong[i], "/locations/0/nodes/0/console_url");
}

static void pool_may_have_ipv6_addresses_beside(void **state)
{
    static const char json[] =
        INVENTORY(NODE, POOL6("10.0.1.0", "1000000", "2001:db8::fff0:0", "fe80::1", "64"));
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    const struct inventory_pool6 *pool;
    struct error error = {0};
    char last[INET6_ADDRSTRLEN];

    (void)state;
    if (inventory_file_parse(json, strlen(json), &inventory, &error) != 0)
        fail_msg("%s", error.text);
    pool = &inventory->locations[0].pools[0].v6;
    assert_int_equal(pool->prefix_length, 64);
    assert_string_equal(inet_ntop(AF_INET6, &pool->last, last, sizeof(last)),
                        "2001:db8::ffff:423f");
}

static void wrong_ipv6_of_a_pool_is_refused_by_path(void **state) /* INV-5 */
{
    static const char pool[] = "/locations/0/pools/0";

    (void)state;
    assert_inventory_refused(INVENTORY(NODE, POOL6("10.0.1.0", "9", "10.0.0.1", "fe80::1", "64")),
                             pool);
    assert_inventory_refused(INVENTORY(NODE, POOL6("10.0.1.0", "9", "2001:db8::1", "none", "64")),
                             pool);
    assert_inventory_refused(
        INVENTORY(NODE, POOL6("10.0.1.0", "9", "2001:db8::1", "fe80::1", "129")), pool);
    assert_inventory_refused(
        INVENTORY(NODE, POOL6("10.0.1.0", "17", "2001:db8::f0", "fe80::1", "124")), pool);
    assert_inventory_refused(
        INVENTORY(NODE, POOL6("10.0.1.0", "17", "2001:db8::f0", "fe80::1", "125")), pool);
    assert_inventory_refused(
        INVENTORY(NODE, POOL6("10.0.1.0", "2", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1",
                              "1")),
        pool);
    assert_inventory_refused(
        INVENTORY(NODE, POOL6("10.0.1.0", "9", "2001:db8::1", "2001:db8::9", "64")), pool);
    assert_inventory_refused(
        INVENTORY(NODE, POOL6("10.0.1.0", "9", "2001:db8::1", "fe80::1",
                              "64") "," POOL6("10.0.2.0", "9", "2001:db8::9", "fe80::1", "64")),
        "/locations/0/pools/1");
}

static void wrong_inventories_are_refused_by_path(void **state) /* INV-5 */
{
    static const char pool[] = "/locations/0/pools/0";

    (void)state;
    assert_inventory_refused("{}", "/locations");
    assert_inventory_refused(INVENTORY(NODE "," NODE, POOL("10.0.1.0", "1", "10.0.0.1", "8")),
                             "/locations/0/nodes/1/name");
    assert_inventory_refused(INVENTORY(NODE, POOL("10.0.1.0", "10", "10.0.0.1",
                                                  "8") "," POOL("10.0.1.9", "10", "10.0.0.1", "8")),
                             "/locations/0/pools/1");
    assert_inventory_refused(INVENTORY(NODE, POOL("10.0.1", "1", "10.0.0.1", "8")), pool);
    assert_inventory_refused(INVENTORY(NODE, POOL("10.0.1.0", "0", "10.0.0.1", "8")), pool);
    assert_inventory_refused(INVENTORY(NODE, POOL("10.0.0.0", "5", "10.0.0.9", "24")), pool);
    assert_inventory_refused(INVENTORY(NODE, POOL("10.0.0.250", "6", "10.0.0.1", "24")), pool);
    assert_inventory_refused(INVENTORY(NODE, POOL("10.0.0.2", "6", "10.0.0.3", "24")), pool);
    assert_inventory_refused(INVENTORY(NODE, POOL("10.0.0.2", "6", "10.1.0.1", "24")), pool);
    assert_inventory_refused(INVENTORY(NODE, POOL("255.255.255.254", "9", "255.0.0.1", "8")), pool);
}

static void seeded_files_are_right(void **state)
{
    CLEANUP(catalog_free_cleanup) struct catalog *catalog = NULL;
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    struct error error = {0};

    (void)state;
    if (catalog_file_read(SLIPWAY_LOCAL_DIR "/catalog.json", &catalog, &error) != 0 ||
        inventory_file_read(SLIPWAY_LOCAL_DIR "/inventory.example.json", &inventory, &error) != 0)
        fail_msg("%s", error.text);
    else
        assert_int_equal(catalog->location_count, inventory->location_count);
}

static void missing_file_is_named(void **state)
{
    struct catalog *catalog = NULL;
    struct error error = {0};

    (void)state;
    assert_int_equal(catalog_file_read("/nowhere/catalog.json", &catalog, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "/nowhere/catalog.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_catalog_is_read),
        cmocka_unit_test(unknown_codes_are_not_found),
        cmocka_unit_test(system_fits_only_plans_with_its_memory_and_disk),
        cmocka_unit_test(wrong_catalogs_are_refused_by_path),
        cmocka_unit_test(whole_inventory_is_read),
        cmocka_unit_test(overcommitted_node_sells_more_than_it_has),
        cmocka_unit_test(node_may_have_a_console_url_without_its_last_slash),
        cmocka_unit_test(console_url_that_is_plain_or_says_too_much_is_refused),
        cmocka_unit_test(pool_may_have_ipv6_addresses_beside),
        cmocka_unit_test(wrong_ipv6_of_a_pool_is_refused_by_path),
        cmocka_unit_test(wrong_inventories_are_refused_by_path),
        cmocka_unit_test(seeded_files_are_right),
        cmocka_unit_test(missing_file_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
