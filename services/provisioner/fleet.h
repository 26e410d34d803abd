/* What is known of the machines of one node, to tell news from what was known. Pure; one thread. */
#pragma once

#include "lib/base/cleanup.h"
#include "services/provisioner/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet;

/* A look at one machine. */
struct sighting {
    uint64_t vps_id;
    /* Of the machine's metadata. Meaningless for MACHINE_MISSING. */
    uint64_t sequence;
    /* A machine in work is its worker's business. */
    bool built;
    enum machine_power power;
};

/* NULL: no memory. */
struct fleet *fleet_new(void);
/* Accepts NULL. */
void fleet_free(struct fleet *fleet);
DEFINE_CLEANUP(struct fleet *, fleet_free)

/* True when the sighting is news about a finished machine; *ret_sequence is then the sequence to
 * report it under. A machine seen for the first time is not news: whoever built it has told. Nor is
 * what came with a new command: whoever carried that out tells. */
bool fleet_is_news(const struct fleet *fleet, const struct sighting *sighting,
                   uint64_t *ret_sequence);

/* Remembers the sighting; a machine that is missing is forgotten. */
void fleet_keep(struct fleet *fleet, const struct sighting *sighting);

/* The ids of all machines known; *ret_ids is the caller's to free(). 0 also when out of memory. */
size_t fleet_ids(const struct fleet *fleet, uint64_t **ret_ids);
