/* The steps of a build, as a table; machine_build.c and machine_reinstall.c decide which of them
 * are still to be done. */
#pragma once

#include "services/provisioner/machine.h"

/* Work on one machine under way. `machine` is NULL while there is none; `password` is set only in
 * the worker that made it. */
struct build {
    const struct machine_request *request;
    struct hypervisor_machine *machine;
    struct metadata metadata;
    struct password *password;
};

void build_deinit(struct build *build);

/* What the command wants built. */
const Slipway__V1__BuildMachine *build_order(const struct build *build);

/* Writes build->metadata to the machine; of a seal that was set after the build it says nothing. */
MUST_CHECK int build_save(const struct build *build, struct error *error);

/* Writes the seal of build->metadata to the machine, and nothing else. */
MUST_CHECK int build_save_login(const struct build *build, struct error *error);

/* The machine of the request with its metadata. 0, HYPERVISOR_NO_MACHINE, HYPERVISOR_NO_METADATA
 * (it is not ours) or a fault. */
MUST_CHECK int build_find(struct build *build, struct error *error);

/* A worker builds the machine by this very command, or died at it. */
bool build_is_in_the_making(const struct build *build);

/* 0, MACHINE_IMAGE_MISSING, MACHINE_IMAGE_UNSUPPORTED or a fault. */
MUST_CHECK int build_check_image(struct build *build, struct error *error);

/* Makes a password in memory, and its sealed form in build->metadata. */
MUST_CHECK int build_make_password(struct build *build, struct error *error);

enum {
    /* Another worker has put its seal on the machine. Beside the refusals. */
    SEAL_LOST = 1001,
};

/* Whether the seal on the machine is still the one that this worker has put there. 0, SEAL_LOST or
 * a fault. */
MUST_CHECK int build_check_seal(const struct build *build, struct error *error);

/* Whether it runs; a machine that vanished is MACHINE_MISSING. */
MUST_CHECK int build_power(const struct build *build, enum machine_power *ret_power,
                           struct error *error);

/* Stops the machine at once, deletes its volumes and undefines it. Done also when it is gone. */
MUST_CHECK int build_remove(const struct build *build, struct error *error);

/* FAULT_RETRY: the machine is gone that was there a moment ago. */
int build_vanished(struct error *error);

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

enum steps_verdict {
    /* Another worker has finished the machine meanwhile: look again. Beside the refusals. */
    STEPS_OVERTAKEN = 1000,
};

/* Runs the steps that are left. 0, STEPS_OVERTAKEN, a refusal or a fault, as the steps. */
MUST_CHECK int steps_run(struct build *build, struct error *error);

/* The same; when it fails for good what is left of it is removed, and the outcome is
 * MACHINE_FAILED. 0, STEPS_OVERTAKEN or a fault. */
MUST_CHECK int build_run(struct build *build, struct machine_outcome *ret_outcome,
                         struct error *error);

/* What a finished machine is reported as. */
struct machine_outcome build_outcome(const struct build *build, bool repeated);
