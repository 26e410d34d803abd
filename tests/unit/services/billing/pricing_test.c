#include "services/billing/pricing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct catalog_plan plans[] = {
    {.code = "vps-2", .ram_mb = 2048, .disk_gb = 40, .price_cents_month = 1004, .available = true },
    {.code = "tiny",  .ram_mb = 256,  .disk_gb = 5,  .price_cents_month = 100,  .available = true },
    {.code = "old",   .ram_mb = 2048, .disk_gb = 40, .price_cents_month = 1,    .available = false},
    {.code = "dear",
     .ram_mb = 2048,
     .disk_gb = 40,
     .price_cents_month = INT64_MAX,
     .available = true                                                                            },
};
static struct catalog_location locations[] = {
    {.code = "de",   .available = true },
    {.code = "gone", .available = false}
};
static struct catalog_os systems[] = {
    {.code = "ubuntu-22", .min_ram_mb = 512, .min_disk_gb = 10, .available = true},
    {.code = "dos",  .available = false                  }
};
static struct catalog_period periods[] = {
    {1, 0  },
    {3, 500}
};

static const struct catalog catalog = {
    .plans = plans,
    .plan_count = ARRAY_LENGTH(plans),
    .locations = locations,
    .location_count = ARRAY_LENGTH(locations),
    .systems = systems,
    .system_count = ARRAY_LENGTH(systems),
    .periods = periods,
    .period_count = ARRAY_LENGTH(periods),
};

static int choose(const char *plan, const char *location, const char *os, uint32_t months,
                  struct pricing_choice *ret_choice)
{
    const struct pricing_request request = {plan, location, os, months};

    return pricing_choose(&catalog, &request, ret_choice);
}

static void quote_of_the_contract_is_28_61(void **state)
{
    struct pricing_choice choice;

    (void)state;
    assert_int_equal(choose("vps-2", NULL, "ubuntu-22", 3, &choice), 0);
    assert_int_equal(choice.price_cents, 2861);
    assert_null(choice.location);
}

static void everything_wrong_is_told_at_once(void **state)
{
    struct pricing_choice choice;

    (void)state;
    assert_int_equal(choose("none", "none", "none", 2, &choice),
                     PRICING_UNKNOWN_PLAN | PRICING_UNKNOWN_LOCATION | PRICING_UNKNOWN_OS |
                         PRICING_UNKNOWN_PERIOD);
    assert_null(choice.plan);
    assert_int_equal(choice.price_cents, 0);
}

static void unavailable_counts_as_unknown(void **state)
{
    struct pricing_choice choice;

    (void)state;
    assert_int_equal(choose("old", "gone", "dos", 1, &choice),
                     PRICING_UNKNOWN_PLAN | PRICING_UNKNOWN_LOCATION | PRICING_UNKNOWN_OS);
    assert_int_equal(choose("old", "de", "ubuntu-22", 1, &choice), PRICING_UNKNOWN_PLAN);
    assert_ptr_equal(choice.location, &locations[0]);
}

static void system_must_fit_the_plan(void **state)
{
    struct pricing_choice choice;

    (void)state;
    assert_int_equal(choose("tiny", "de", "ubuntu-22", 1, &choice), PRICING_OS_NOT_SUPPORTED);
    assert_int_equal(choice.price_cents, 100);
}

static void price_that_does_not_fit_is_refused(void **state)
{
    struct pricing_choice choice;

    (void)state;
    assert_int_equal(choose("dear", "de", "ubuntu-22", 3, &choice), PRICING_OUT_OF_RANGE);
    assert_int_equal(choice.price_cents, 0);
}

static void renewal_costs_what_the_plan_costs_today(void **state)
{
    int64_t price_cents = 0;

    (void)state;
    assert_int_equal(pricing_renew(&catalog, "vps-2", 3, &price_cents), 0);
    assert_int_equal(price_cents, 2861);
    assert_int_equal(pricing_renew(&catalog, "tiny", 1, &price_cents), 0);
    assert_int_equal(price_cents, 100);
}

static void plan_that_is_no_longer_on_sale_still_renews(void **state)
{
    int64_t price_cents = 0;

    (void)state;
    assert_int_equal(pricing_renew(&catalog, "old", 1, &price_cents), 0);
    assert_int_equal(price_cents, 1);
}

static void renewal_without_a_price_is_refused(void **state)
{
    int64_t price_cents = 7;

    (void)state;
    assert_int_equal(pricing_renew(&catalog, "none", 1, &price_cents), PRICING_UNKNOWN_PLAN);
    assert_int_equal(pricing_renew(&catalog, "none", 2, &price_cents),
                     PRICING_UNKNOWN_PLAN | PRICING_UNKNOWN_PERIOD);
    assert_int_equal(pricing_renew(&catalog, "vps-2", 2, &price_cents), PRICING_UNKNOWN_PERIOD);
    assert_int_equal(pricing_renew(&catalog, "dear", 3, &price_cents), PRICING_OUT_OF_RANGE);
    assert_int_equal(price_cents, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quote_of_the_contract_is_28_61),
        cmocka_unit_test(everything_wrong_is_told_at_once),
        cmocka_unit_test(unavailable_counts_as_unknown),
        cmocka_unit_test(system_must_fit_the_plan),
        cmocka_unit_test(price_that_does_not_fit_is_refused),
        cmocka_unit_test(renewal_costs_what_the_plan_costs_today),
        cmocka_unit_test(plan_that_is_no_longer_on_sale_still_renews),
        cmocka_unit_test(renewal_without_a_price_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
