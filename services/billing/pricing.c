#include "services/billing/pricing.h"

#include "lib/base/money.h"

static int choose_plan(const struct catalog *catalog, const char *code,
                       struct pricing_choice *choice)
{
    const struct catalog_plan *plan = catalog_find_plan(catalog, code);

    if (plan == NULL || !plan->available)
        return PRICING_UNKNOWN_PLAN;
    choice->plan = plan;
    return 0;
}

static int choose_location(const struct catalog *catalog, const char *code,
                           struct pricing_choice *choice)
{
    const struct catalog_location *location;

    if (code == NULL)
        return 0;
    location = catalog_find_location(catalog, code);
    if (location == NULL || !location->available)
        return PRICING_UNKNOWN_LOCATION;
    choice->location = location;
    return 0;
}

static int choose_os(const struct catalog *catalog, const char *code, struct pricing_choice *choice)
{
    const struct catalog_os *os = catalog_find_os(catalog, code);

    if (os == NULL || !os->available)
        return PRICING_UNKNOWN_OS;
    choice->os = os;
    if (choice->plan != NULL && !catalog_os_fits(os, choice->plan))
        return PRICING_OS_NOT_SUPPORTED;
    return 0;
}

static int choose_period(const struct catalog *catalog, uint32_t months,
                         struct pricing_choice *choice)
{
    choice->period = catalog_find_period(catalog, months);
    if (choice->period == NULL)
        return PRICING_UNKNOWN_PERIOD;
    if (choice->plan != NULL &&
        money_price(choice->plan->price_cents_month, months, choice->period->discount_basis_points,
                    &choice->price_cents))
        return PRICING_OUT_OF_RANGE;
    return 0;
}

int pricing_choose(const struct catalog *catalog, const struct pricing_request *request,
                   struct pricing_choice *ret_choice)
{
    struct pricing_choice choice = {0};
    int refusal = choose_plan(catalog, request->plan_code, &choice);

    refusal |= choose_location(catalog, request->location_code, &choice);
    refusal |= choose_os(catalog, request->os_code, &choice);
    refusal |= choose_period(catalog, request->period_months, &choice);
    *ret_choice = choice;
    return refusal;
}

int pricing_renew(const struct catalog *catalog, const char *plan_code, uint32_t months,
                  int64_t *ret_price_cents)
{
    struct pricing_choice choice = {.plan = catalog_find_plan(catalog, plan_code)};
    int refusal = choice.plan == NULL ? PRICING_UNKNOWN_PLAN : 0;

    refusal |= choose_period(catalog, months, &choice);
    if (refusal == 0)
        *ret_price_cents = choice.price_cents;
    return refusal;
}
