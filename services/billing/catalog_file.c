#include "services/billing/catalog_file.h"

#include "lib/base/money.h"
#include "services/billing/data_file.h"

#include <stdio.h>

/* Far above what is sold, far below what could overflow a sum. */
static const int64_t number_max = 1000000000;
static const int64_t price_cents_max = 100000000000;

enum { MONTHS_MAX = 120 };

static uint32_t read_u32(struct json_reader *reader, const char *name, int64_t minimum)
{
    return (uint32_t)data_file_read_number(reader, name, minimum, number_max);
}

static void read_plan(struct json_reader *reader, void *ret_item)
{
    struct catalog_plan *plan = ret_item;

    data_file_read_code(reader, "code", plan->code, sizeof(plan->code));
    data_file_read_text(reader, "name", plan->name, sizeof(plan->name));
    plan->vcpu = read_u32(reader, "vcpu", 1);
    plan->ram_mb = read_u32(reader, "ram_mb", 1);
    plan->disk_gb = read_u32(reader, "disk_gb", 1);
    plan->traffic_tb = read_u32(reader, "traffic_tb", 0);
    (void)json_reader_money(reader, "price_usd_month", 1, price_cents_max,
                            &plan->price_cents_month);
    plan->available = data_file_read_switch(reader, "available", true);
}

static void read_location(struct json_reader *reader, void *ret_item)
{
    struct catalog_location *location = ret_item;

    data_file_read_code(reader, "code", location->code, sizeof(location->code));
    data_file_read_text(reader, "name", location->name, sizeof(location->name));
    location->available = data_file_read_switch(reader, "available", true);
}

static void read_os(struct json_reader *reader, void *ret_item)
{
    struct catalog_os *system = ret_item;

    data_file_read_code(reader, "code", system->code, sizeof(system->code));
    data_file_read_text(reader, "name", system->name, sizeof(system->name));
    data_file_read_text(reader, "image", system->image, sizeof(system->image));
    system->min_ram_mb = read_u32(reader, "min_ram_mb", 0);
    system->min_disk_gb = read_u32(reader, "min_disk_gb", 0);
    system->available = data_file_read_switch(reader, "available", true);
}

/* Percents are written like money, with two decimals: "5.00" is 500 basis points. */
static void read_period(struct json_reader *reader, void *ret_item)
{
    struct catalog_period *period = ret_item;
    int64_t basis_points = 0;

    period->months = (uint32_t)data_file_read_number(reader, "months", 1, MONTHS_MAX);
    (void)json_reader_money(reader, "discount_percent", 0, MONEY_BASIS_POINTS, &basis_points);
    period->discount_basis_points = (uint32_t)basis_points;
}

static void refuse_double_periods(struct json_reader *reader, const struct catalog *catalog)
{
    char name[32];

    for (size_t i = 1; i < catalog->period_count; ++i)
        if (catalog_find_period(catalog, catalog->periods[i].months) != &catalog->periods[i]) {
            (void)snprintf(name, sizeof(name), "periods/%zu", i);
            data_file_complain(reader, name, "duplicate", "It stands in the list before.");
        }
}

static void read_catalog(struct json_reader *reader, struct catalog *catalog)
{
    catalog->plans = data_file_read_list(reader, "plans", sizeof(catalog->plans[0]), read_plan,
                                         &catalog->plan_count);
    catalog->locations = data_file_read_list(reader, "locations", sizeof(catalog->locations[0]),
                                             read_location, &catalog->location_count);
    catalog->systems = data_file_read_list(reader, "os", sizeof(catalog->systems[0]), read_os,
                                           &catalog->system_count);
    catalog->periods = data_file_read_list(reader, "periods", sizeof(catalog->periods[0]),
                                           read_period, &catalog->period_count);
    json_reader_finish(reader);
    /* Half-read lists are not worth comparing, and may not be there. */
    if (reader->problem->code != PROBLEM_NONE)
        return;
    data_file_refuse_doubles(reader, "plans", catalog->plans, catalog->plan_count,
                             sizeof(catalog->plans[0]), offsetof(struct catalog_plan, code));
    data_file_refuse_doubles(reader, "locations", catalog->locations, catalog->location_count,
                             sizeof(catalog->locations[0]),
                             offsetof(struct catalog_location, code));
    data_file_refuse_doubles(reader, "os", catalog->systems, catalog->system_count,
                             sizeof(catalog->systems[0]), offsetof(struct catalog_os, code));
    refuse_double_periods(reader, catalog);
}

int catalog_file_parse(const char *json, size_t length, struct catalog **ret_catalog,
                       struct error *error)
{
    CLEANUP(catalog_free_cleanup) struct catalog *catalog = calloc(1, sizeof(*catalog));
    CLEANUP(problem_deinit) struct problem problem = {0};
    json_auto_t *root = NULL;
    struct json_reader reader;
    int result;

    if (catalog == NULL)
        return error_set(error, FAULT_HARD, "no memory for the catalog");
    if (json_request_parse(json, length, &root, &problem) == 0) {
        json_reader_init(&reader, root, "", &problem);
        read_catalog(&reader, catalog);
    }
    result = data_file_verdict(&problem, error);
    if (result == 0)
        *ret_catalog = TAKE(catalog);
    return result;
}

int catalog_file_read(const char *path, struct catalog **ret_catalog, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    int result = data_file_read(path, &text, error);

    if (result != 0)
        return result;
    result = catalog_file_parse(text.data, text.length, ret_catalog, error);
    return result == 0 ? 0 : error_prefix(error, result, path);
}
