/* Loading the catalog and the inventory on a real PostgreSQL. */
#include "services/billing/catalog_file.h"
#include "services/billing/catalog_store.h"
#include "services/billing/inventory_file.h"
#include "services/billing/inventory_store.h"
#include "tests/support/billing_database.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PLAN(code, price)                                                                          \
    "{\"code\":\"" code "\",\"name\":\"A plan\",\"vcpu\":2,\"ram_mb\":2048,\"disk_gb\":40,"        \
    "\"traffic_tb\":1,\"price_usd_month\":\"" price "\"}"
#define CATALOG(plans, periods)                                                                    \
    "{\"plans\":[" plans "],\"locations\":[{\"code\":\"de\",\"name\":\"Germany\"}],"               \
    "\"os\":[{\"code\":\"debian-12\",\"name\":\"Debian 12\",\"image\":\"none\","                   \
    "\"min_ram_mb\":512,\"min_disk_gb\":10}],\"periods\":[" periods "]}"
#define MONTH  "{\"months\":1,\"discount_percent\":\"0.00\"}"
#define SEASON "{\"months\":3,\"discount_percent\":\"5.00\"}"

#define INVENTORY(nodes, pools)                                                                    \
    "{\"locations\":[{\"code\":\"de\",\"name\":\"Germany\",\"nodes\":[" nodes                      \
    "],\"pools\":[" pools "]}]}"
#define NODE(name, vcpu)                                                                           \
    "{\"name\":\"" name "\",\"uri\":\"test:///default\",\"vcpu\":" vcpu                            \
    ",\"ram_mb\":1000,\"disk_gb\":1000}"
#define POOL(first, size)                                                                          \
    "{\"first_address\":\"" first "\",\"size\":" size                                              \
    ",\"gateway\":\"10.0.0.1\",\"prefix_length\":8}"

#define POOL6(first, size, first6)                                                                 \
    "{\"first_address\":\"" first "\",\"size\":" size                                              \
    ",\"gateway\":\"10.0.0.1\",\"prefix_length\":8,\"first_address6\":\"" first6                   \
    "\",\"gateway6\":\"fe80::1\",\"prefix_length6\":64}"

struct fixture {
    struct billing_database database;
    struct pg *pg;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    billing_database_init(&fixture->database);
    fixture->pg = billing_database_connect(fixture->database.service);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    pg_free(fixture->pg);
    billing_database_deinit(&fixture->database);
    free(fixture);
    return 0;
}

static void load_catalog(struct fixture *fixture, const char *json)
{
    CLEANUP(catalog_free_cleanup) struct catalog *catalog = NULL;
    struct error error = {0};

    if (catalog_file_parse(json, strlen(json), &catalog, &error) != 0 ||
        catalog_store_replace(fixture->pg, catalog, &error) != 0)
        fail_msg("%s", error.text);
}

static struct catalog *read_catalog(struct fixture *fixture)
{
    struct catalog *catalog = NULL;
    struct error error = {0};

    if (catalog_store_read(fixture->pg, &catalog, &error) != 0)
        fail_msg("%s", error.text);
    return catalog;
}

static int load_inventory(struct fixture *fixture, const char *json, struct error *error)
{
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    int result = inventory_file_parse(json, strlen(json), &inventory, error);

    return result == 0 ? inventory_store_load(fixture->pg, inventory, error) : result;
}

static void assert_inventory_loads(struct fixture *fixture, const char *json)
{
    struct error error = {0};

    if (load_inventory(fixture, json, &error) != 0)
        fail_msg("%s", error.text);
}

static void assert_inventory_refused(struct fixture *fixture, const char *json, const char *why)
{
    static const char sum[] = "SELECT (SELECT sum(vcpu) FROM billing.nodes) + (SELECT sum(size) "
                              "FROM billing.address_pools)"
                              " + (SELECT version FROM billing.catalog_version)";
    const int64_t before = billing_database_number(&fixture->database, sum);
    struct error error = {0};

    assert_int_equal(load_inventory(fixture, json, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, why));
    assert_int_equal(billing_database_number(&fixture->database, sum), before);
}

static void loaded_catalog_reads_back_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(catalog_free_cleanup) struct catalog *catalog = NULL;

    load_catalog(fixture,
                 CATALOG(PLAN("vps-2", "10.04") "," PLAN("vps-1", "5.02"), MONTH "," SEASON));
    catalog = read_catalog(fixture);
    assert_int_equal(catalog->plan_count, 2);
    assert_string_equal(catalog->plans[0].code, "vps-2");
    assert_int_equal(catalog->plans[0].price_cents_month, 1004);
    assert_int_equal(catalog->plans[0].ram_mb, 2048);
    assert_string_equal(catalog->plans[1].code, "vps-1");
    assert_int_equal(catalog_find_period(catalog, 3)->discount_basis_points, 500);
    assert_string_equal(catalog_find_os(catalog, "debian-12")->image, "none");
    assert_true(catalog_find_location(catalog, "de")->available);
}

static void second_load_replaces_retires_and_counts_up(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(catalog_free_cleanup) struct catalog *before = NULL;
    CLEANUP(catalog_free_cleanup) struct catalog *after = NULL;

    load_catalog(fixture,
                 CATALOG(PLAN("vps-1", "5.02") "," PLAN("vps-2", "10.04"), MONTH "," SEASON));
    before = read_catalog(fixture);
    load_catalog(fixture, CATALOG(PLAN("vps-2", "11.00"), MONTH));
    after = read_catalog(fixture);
    assert_int_equal(after->version, before->version + 1);
    assert_int_equal(catalog_find_plan(after, "vps-2")->price_cents_month, 1100);
    assert_false(catalog_find_plan(after, "vps-1")->available);
    assert_null(catalog_find_period(after, 3));
}

static void inventory_loads_twice_and_leaves_use_alone(void **state)
{
    struct fixture *fixture = *state;

    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "10"), POOL("10.0.1.0", "100")));
    billing_database_script(&fixture->database, "UPDATE billing.nodes SET used_vcpu = 7;"
                                                "UPDATE billing.address_pools SET next_offset = 5");
    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "20"), POOL("10.0.1.0", "200")));
    assert_int_equal(billing_database_number(&fixture->database,
                                             "SELECT vcpu * 100 + used_vcpu FROM billing.nodes"),
                     2007);
    assert_int_equal(
        billing_database_number(&fixture->database,
                                "SELECT size * 100 + next_offset FROM billing.address_pools"),
        20005);
}

static void pool_that_overlaps_a_stored_one_is_refused(void **state) /* INV-5 */
{
    struct fixture *fixture = *state;

    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "10"), POOL("10.0.1.0", "100")));
    assert_inventory_refused(fixture, INVENTORY(NODE("de-1", "11"), POOL("10.0.1.50", "100")),
                             "overlaps pool 10.0.1.0");
}

static void pool_can_not_shrink_below_what_it_gave(void **state) /* INV-5 */
{
    struct fixture *fixture = *state;

    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "10"), POOL("10.0.1.0", "100")));
    billing_database_script(&fixture->database,
                            "UPDATE billing.address_pools SET next_offset = 60");
    assert_inventory_refused(fixture, INVENTORY(NODE("de-1", "11"), POOL("10.0.1.0", "50")),
                             "has handed out 60 addresses");
}

static void node_can_not_move_to_another_location(void **state)
{
    struct fixture *fixture = *state;

    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "10"), POOL("10.0.1.0", "100")));
    assert_inventory_refused(
        fixture,
        "{\"locations\":[{\"code\":\"nl\",\"name\":\"N\",\"nodes\":[" NODE("de-1", "10") "]}]}",
        "belongs to location de");
}

static void node_stays_drained_unless_the_file_says_otherwise(void **state)
{
    static const char count[] = "SELECT count(*) FROM billing.nodes WHERE drained";
    struct fixture *fixture = *state;

    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "10"), POOL("10.0.1.0", "100")));
    billing_database_script(&fixture->database, "UPDATE billing.nodes SET drained = true");
    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "20"), POOL("10.0.1.0", "100")));
    assert_int_equal(billing_database_number(&fixture->database, count), 1);
    assert_inventory_loads(
        fixture, INVENTORY("{\"name\":\"de-1\",\"uri\":\"test:///default\",\"vcpu\":1,\"ram_mb\":1,"
                           "\"disk_gb\":1,\"drained\":false}",
                           POOL("10.0.1.0", "100")));
    assert_int_equal(billing_database_number(&fixture->database, count), 0);
}

static void console_url_of_a_node_follows_the_file(void **state)
{
    static const char count[] =
        "SELECT count(*) FROM billing.nodes WHERE console_url = 'https://c.example'";
    struct fixture *fixture = *state;

    assert_inventory_loads(
        fixture, INVENTORY("{\"name\":\"de-1\",\"uri\":\"test:///default\",\"vcpu\":1,\"ram_mb\":1,"
                           "\"disk_gb\":1,\"console_url\":\"https://c.example/\"}",
                           POOL("10.0.1.0", "100")));
    assert_int_equal(billing_database_number(&fixture->database, count), 1);
    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "20"), POOL("10.0.1.0", "100")));
    assert_int_equal(billing_database_number(&fixture->database,
                                             "SELECT count(*) FROM billing.nodes WHERE"
                                             " console_url IS NULL"),
                     1);
}

static void ipv6_of_a_pool_in_use_can_not_change(void **state) /* INV-5 */
{
    struct fixture *fixture = *state;

    assert_inventory_loads(fixture, INVENTORY(NODE("de-1", "10"), POOL("10.0.1.0", "100")));
    assert_inventory_loads(fixture,
                           INVENTORY(NODE("de-1", "10"), POOL6("10.0.1.0", "100", "2001:db8::10")));
    billing_database_script(&fixture->database, "UPDATE billing.address_pools SET next_offset = 1");
    assert_inventory_loads(fixture,
                           INVENTORY(NODE("de-1", "10"), POOL6("10.0.1.0", "200", "2001:db8::10")));
    assert_inventory_refused(fixture, INVENTORY(NODE("de-1", "11"), POOL("10.0.1.0", "200")),
                             "IPv6 addresses can not change");
    assert_inventory_refused(
        fixture, INVENTORY(NODE("de-1", "11"), POOL6("10.0.1.0", "200", "2001:db8::11")),
        "IPv6 addresses can not change");
    assert_inventory_refused(
        fixture, INVENTORY(NODE("de-1", "11"), POOL6("10.0.3.0", "100", "2001:db8::20")),
        "overlap those of pool 10.0.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loaded_catalog_reads_back_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_load_replaces_retires_and_counts_up, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(inventory_loads_twice_and_leaves_use_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(pool_that_overlaps_a_stored_one_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(pool_can_not_shrink_below_what_it_gave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(node_can_not_move_to_another_location, set_up, tear_down),
        cmocka_unit_test_setup_teardown(node_stays_drained_unless_the_file_says_otherwise, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(console_url_of_a_node_follows_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ipv6_of_a_pool_in_use_can_not_change, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
