/* What is sold, as one immutable snapshot in memory; pure but for catalog_store. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { CATALOG_CODE_SIZE = 33, CATALOG_NAME_SIZE = 129, CATALOG_IMAGE_SIZE = 257 };

struct catalog_plan {
    char code[CATALOG_CODE_SIZE];
    char name[CATALOG_NAME_SIZE];
    uint32_t vcpu, ram_mb, disk_gb, traffic_tb;
    int64_t price_cents_month;
    bool available;
};

struct catalog_location {
    char code[CATALOG_CODE_SIZE];
    char name[CATALOG_NAME_SIZE];
    bool available;
};

struct catalog_os {
    char code[CATALOG_CODE_SIZE];
    char name[CATALOG_NAME_SIZE];
    char image[CATALOG_IMAGE_SIZE];
    uint32_t min_ram_mb, min_disk_gb;
    bool available;
};

struct catalog_period {
    uint32_t months;
    uint32_t discount_basis_points;
};

/* Arrays in the catalog's own order; owned. Unavailable plans and systems are kept, for servers
 * that were bought on them. */
struct catalog {
    int64_t version;
    struct catalog_plan *plans;
    size_t plan_count;
    struct catalog_location *locations;
    size_t location_count;
    struct catalog_os *systems;
    size_t system_count;
    struct catalog_period *periods;
    size_t period_count;
};

void catalog_free(struct catalog *catalog);
DEFINE_CLEANUP(struct catalog *, catalog_free)

/* NULL: unknown. Unavailable ones are found too. */
const struct catalog_plan *catalog_find_plan(const struct catalog *catalog, const char *code);
const struct catalog_location *catalog_find_location(const struct catalog *catalog,
                                                     const char *code);
const struct catalog_os *catalog_find_os(const struct catalog *catalog, const char *code);
const struct catalog_period *catalog_find_period(const struct catalog *catalog, uint32_t months);

/* The plan has the memory and disk that the system needs. */
bool catalog_os_fits(const struct catalog_os *system, const struct catalog_plan *plan);
