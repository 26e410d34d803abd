#include "services/billing/catalog.h"

#include <stdlib.h>
#include <string.h>

void catalog_free(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    free(catalog->plans);
    free(catalog->locations);
    free(catalog->systems);
    free(catalog->periods);
    free(catalog);
}

const struct catalog_plan *catalog_find_plan(const struct catalog *catalog, const char *code)
{
    for (size_t i = 0; i < catalog->plan_count; ++i)
        if (strcmp(catalog->plans[i].code, code) == 0)
            return &catalog->plans[i];
    return NULL;
}

const struct catalog_location *catalog_find_location(const struct catalog *catalog,
                                                     const char *code)
{
    for (size_t i = 0; i < catalog->location_count; ++i)
        if (strcmp(catalog->locations[i].code, code) == 0)
            return &catalog->locations[i];
    return NULL;
}

const struct catalog_os *catalog_find_os(const struct catalog *catalog, const char *code)
{
    for (size_t i = 0; i < catalog->system_count; ++i)
        if (strcmp(catalog->systems[i].code, code) == 0)
            return &catalog->systems[i];
    return NULL;
}

const struct catalog_period *catalog_find_period(const struct catalog *catalog, uint32_t months)
{
    for (size_t i = 0; i < catalog->period_count; ++i)
        if (catalog->periods[i].months == months)
            return &catalog->periods[i];
    return NULL;
}

bool catalog_os_fits(const struct catalog_os *system, const struct catalog_plan *plan)
{
    return plan->ram_mb >= system->min_ram_mb && plan->disk_gb >= system->min_disk_gb;
}
