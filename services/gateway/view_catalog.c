#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

static void write_plan(struct buffer *body, const Slipway__V1__Plan *plan)
{
    json_write_open(body, '{');
    json_write_text(body, "code", plan->code);
    json_write_text(body, "name", plan->name);
    json_write_integer(body, "vcpu", plan->vcpu);
    json_write_integer(body, "ram_mb", plan->ram_mb);
    json_write_integer(body, "disk_gb", plan->disk_gb);
    json_write_integer(body, "traffic_tb", plan->traffic_tb);
    json_write_money(body, "price_usd_month", plan->price_cents_month);
    json_write_bool(body, "available", plan->available);
    json_write_close(body, '}');
}

static void write_location(struct buffer *body, const Slipway__V1__Location *location)
{
    json_write_open(body, '{');
    json_write_text(body, "code", location->code);
    json_write_text(body, "name", location->name);
    json_write_bool(body, "available", location->available);
    json_write_close(body, '}');
}

static void write_system(struct buffer *body, const Slipway__V1__OperatingSystem *system)
{
    json_write_open(body, '{');
    json_write_text(body, "code", system->code);
    json_write_text(body, "name", system->name);
    json_write_integer(body, "min_ram_mb", system->min_ram_mb);
    json_write_integer(body, "min_disk_gb", system->min_disk_gb);
    json_write_close(body, '}');
}

static void write_period(struct buffer *body, const Slipway__V1__Period *period)
{
    json_write_open(body, '{');
    json_write_integer(body, "months", period->months);
    /* Basis points are hundredths of a percent, as cents are of a dollar. */
    json_write_money(body, "discount_percent", period->discount_basis_points);
    json_write_close(body, '}');
}

void view_catalog(struct buffer *body, const Slipway__V1__Catalog *catalog)
{
    json_write_open(body, '{');
    json_write_open_member(body, "plans", '[');
    for (size_t i = 0; i < catalog->n_plans; ++i)
        write_plan(body, catalog->plans[i]);
    json_write_close(body, ']');
    json_write_open_member(body, "locations", '[');
    for (size_t i = 0; i < catalog->n_locations; ++i)
        write_location(body, catalog->locations[i]);
    json_write_close(body, ']');
    json_write_open_member(body, "os", '[');
    for (size_t i = 0; i < catalog->n_operating_systems; ++i)
        write_system(body, catalog->operating_systems[i]);
    json_write_close(body, ']');
    json_write_open_member(body, "periods", '[');
    for (size_t i = 0; i < catalog->n_periods; ++i)
        write_period(body, catalog->periods[i]);
    json_write_close(body, ']');
    json_write_close(body, '}');
}

void view_quote(struct buffer *body, const Slipway__V1__Quote *quote)
{
    json_write_open(body, '{');
    json_write_text(body, "plan_code", quote->plan_code);
    json_write_integer(body, "period_months", quote->period_months);
    json_write_text(body, "os_code", quote->os_code);
    json_write_money(body, "price_usd", quote->price_cents);
    json_write_bool(body, "os_supported", quote->os_supported);
    json_write_close(body, '}');
}
