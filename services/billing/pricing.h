/* What a choice from the catalog costs. Pure. */
#pragma once

#include "services/billing/catalog.h"

/* Everything that is wrong with a choice, as bits: a caller is told all of it at once. */
enum pricing_refusal {
    PRICING_UNKNOWN_PLAN = 1,
    PRICING_UNKNOWN_LOCATION = 2,
    PRICING_UNKNOWN_OS = 4,
    PRICING_UNKNOWN_PERIOD = 8,
    /* The plan has less memory or disk than the system needs. */
    PRICING_OS_NOT_SUPPORTED = 16,
    /* The price does not fit into cents. */
    PRICING_OUT_OF_RANGE = 32,
};

struct pricing_request {
    const char *plan_code;
    /* NULL: not asked. */
    const char *location_code;
    const char *os_code;
    uint32_t period_months;
};

/* Borrowed from the catalog; a member is NULL where the choice is unknown or not asked. */
struct pricing_choice {
    const struct catalog_plan *plan;
    const struct catalog_location *location;
    const struct catalog_os *os;
    const struct catalog_period *period;
    /* 0 unless plan and period are known. */
    int64_t price_cents;
};

/* 0, or pricing_refusal bits; *ret_choice is filled as far as it is known either way. What is not
 * available counts as unknown. */
MUST_CHECK int pricing_choose(const struct catalog *catalog, const struct pricing_request *request,
                              struct pricing_choice *ret_choice);

/* What more months of a plan cost today, be it on sale or not. 0, or pricing_refusal bits of plan,
 * period and range; *ret_price_cents is then untouched. */
MUST_CHECK int pricing_renew(const struct catalog *catalog, const char *plan_code, uint32_t months,
                             int64_t *ret_price_cents);
