/* The steps of a build, as a table; machine.c decides which of them are still to be done. */
#pragma once

#include "services/provisioner/machine.h"

/* A build under way. `machine` is NULL until it is defined; `password` is set only in the worker
 * that made it. */
struct build {
    const struct machine_request *request;
    struct hypervisor_machine *machine;
    struct metadata metadata;
    struct password *password;
};

void build_deinit(struct build *build);

/* Writes build->metadata to the machine. */
MUST_CHECK int build_save(const struct build *build, struct error *error);

/* The machine of the request with its metadata. 0, HYPERVISOR_NO_MACHINE, HYPERVISOR_NO_METADATA
 * (it is not ours) or a fault. */
MUST_CHECK int build_find(struct build *build, struct error *error);

struct step {
    const char *name;
    /* How far a build is when the step begins; grows down the table. */
    uint32_t percent;
    /* Bits of enum hypervisor_capability; a node without them goes without the step. */
    uint32_t needs;
    /* Can be repeated after a crash at any point of it. 0, a refusal of enum machine_refusal or a
     * fault. */
    int (*run)(struct build *build, struct error *error);
};

extern const struct step steps[];
extern const size_t step_count;

/* The first step that is not done, by the last one that is; "": none is. */
size_t steps_next(const char *last_done);

/* Runs the steps that are left. 0, a refusal or a fault, as the steps. */
MUST_CHECK int steps_run(struct build *build, struct error *error);
