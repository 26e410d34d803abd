#include "services/billing/pricing.h"
#include "services/billing/queries_private.h"

/* Room for the catalog's messages, and the arrays of pointers that protobuf-c wants. */
struct catalog_messages {
    Slipway__V1__Plan *plans, **plan_list;
    Slipway__V1__Location *locations, **location_list;
    Slipway__V1__OperatingSystem *systems, **system_list;
    Slipway__V1__Period *periods, **period_list;
};

static void catalog_messages_deinit(struct catalog_messages *messages)
{
    free(messages->plans);
    free(messages->plan_list);
    free(messages->locations);
    free(messages->location_list);
    free(messages->systems);
    free(messages->system_list);
    free(messages->periods);
    free(messages->period_list);
}

#define MAKE_ROOM(member, list, count)                                                             \
    ((messages->member = calloc((count) + 1, sizeof(messages->member[0]))) != NULL &&              \
     (messages->list = calloc((count) + 1, sizeof(void *))) != NULL)

static bool catalog_messages_init(struct catalog_messages *messages, const struct catalog *catalog)
{
    return MAKE_ROOM(plans, plan_list, catalog->plan_count) &&
           MAKE_ROOM(locations, location_list, catalog->location_count) &&
           MAKE_ROOM(systems, system_list, catalog->system_count) &&
           MAKE_ROOM(periods, period_list, catalog->period_count);
}

static void fill_plans(const struct catalog *catalog, struct catalog_messages *messages)
{
    for (size_t i = 0; i < catalog->plan_count; ++i) {
        const struct catalog_plan *plan = &catalog->plans[i];
        Slipway__V1__Plan *message = messages->plan_list[i] = &messages->plans[i];

        slipway__v1__plan__init(message);
        message->code = query_text(plan->code);
        message->name = query_text(plan->name);
        message->vcpu = plan->vcpu;
        message->ram_mb = plan->ram_mb;
        message->disk_gb = plan->disk_gb;
        message->traffic_tb = plan->traffic_tb;
        message->price_cents_month = plan->price_cents_month;
        message->available = plan->available;
    }
}

static void fill_locations(const struct catalog *catalog, struct catalog_messages *messages)
{
    for (size_t i = 0; i < catalog->location_count; ++i) {
        Slipway__V1__Location *message = messages->location_list[i] = &messages->locations[i];

        slipway__v1__location__init(message);
        message->code = query_text(catalog->locations[i].code);
        message->name = query_text(catalog->locations[i].name);
        message->available = catalog->locations[i].available;
    }
}

/* The wire has no word for a system that is not sold, so those are left out. */
static size_t fill_systems(const struct catalog *catalog, struct catalog_messages *messages)
{
    size_t count = 0;

    for (size_t i = 0; i < catalog->system_count; ++i) {
        const struct catalog_os *system = &catalog->systems[i];
        Slipway__V1__OperatingSystem *message = &messages->systems[count];

        if (!system->available)
            continue;
        slipway__v1__operating_system__init(message);
        message->code = query_text(system->code);
        message->name = query_text(system->name);
        message->min_ram_mb = system->min_ram_mb;
        message->min_disk_gb = system->min_disk_gb;
        messages->system_list[count++] = message;
    }
    return count;
}

static void fill_periods(const struct catalog *catalog, struct catalog_messages *messages)
{
    for (size_t i = 0; i < catalog->period_count; ++i) {
        Slipway__V1__Period *message = messages->period_list[i] = &messages->periods[i];

        slipway__v1__period__init(message);
        message->months = catalog->periods[i].months;
        message->discount_basis_points = catalog->periods[i].discount_basis_points;
    }
}

QUERY_ANSWER(get_catalog)
{
    const struct catalog *catalog = query->catalog;
    CLEANUP(catalog_messages_deinit) struct catalog_messages messages = {0};
    Slipway__V1__Catalog answer = SLIPWAY__V1__CATALOG__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    (void)rows;
    if (!catalog_messages_init(&messages, catalog))
        return error_set(error, FAULT_HARD, "no memory for the catalog");
    fill_plans(catalog, &messages);
    fill_locations(catalog, &messages);
    fill_periods(catalog, &messages);
    answer.version = (uint64_t)catalog->version;
    answer.n_plans = catalog->plan_count;
    answer.plans = messages.plan_list;
    answer.n_locations = catalog->location_count;
    answer.locations = messages.location_list;
    answer.n_operating_systems = fill_systems(catalog, &messages);
    answer.operating_systems = messages.system_list;
    answer.n_periods = catalog->period_count;
    answer.periods = messages.period_list;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_CATALOG;
    result.catalog = &answer;
    return query_pack(&result, ret_packed, error);
}

static int refuse_quote(const struct query *query, int refusal, struct buffer *ret_packed,
                        struct error *error)
{
    static const struct {
        int bit;
        const char *code, *pointer, *detail;
    } fields[] = {
        {PRICING_UNKNOWN_PLAN,   "unknown_plan",   "/plan_code",     "No such plan is sold."          },
        {PRICING_UNKNOWN_OS,     "unknown_os",     "/os_code",       "No such system is offered."     },
        {PRICING_UNKNOWN_PERIOD, "unknown_period", "/period_months", "No such period is sold."        },
        {PRICING_OUT_OF_RANGE,   "out_of_range",   "/period_months", "The price is too large to tell."},
    };
    CLEANUP(problem_deinit) struct problem problem = {0};

    (void)problem_set(&problem, PROBLEM_VALIDATION_FAILED, "Some members are not acceptable.");
    for (size_t i = 0; i < ARRAY_LENGTH(fields); ++i)
        if ((refusal & fields[i].bit) != 0)
            (void)problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, fields[i].code,
                                    fields[i].pointer, "%s", fields[i].detail);
    return query_refuse(&problem, query->message, ret_packed, error);
}

QUERY_ANSWER(get_quote)
{
    const Slipway__V1__GetQuote *asked = query->message->get_quote;
    const struct pricing_request request = {
        .plan_code = asked->plan_code,
        .os_code = asked->os_code,
        .period_months = asked->period_months,
    };
    Slipway__V1__Quote quote = SLIPWAY__V1__QUOTE__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;
    struct pricing_choice choice;
    const int refusal = pricing_choose(query->catalog, &request, &choice);

    (void)rows;
    if ((refusal & ~PRICING_OS_NOT_SUPPORTED) != 0)
        return refuse_quote(query, refusal, ret_packed, error);
    quote.plan_code = asked->plan_code;
    quote.os_code = asked->os_code;
    quote.period_months = asked->period_months;
    quote.price_cents = choice.price_cents;
    quote.os_supported = (refusal & PRICING_OS_NOT_SUPPORTED) == 0;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_QUOTE;
    result.quote = &quote;
    return query_pack(&result, ret_packed, error);
}
