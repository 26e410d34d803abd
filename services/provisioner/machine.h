/* What a command does to a machine. Everything here can be repeated and raced: the machine's own
 * metadata says what has been done, and a name can be defined once only. */
#pragma once

#include "lib/base/error.h"
#include "proto/commands.pb-c.h"
#include "services/provisioner/hypervisor.h"
#include "services/provisioner/metadata.h"
#include "services/provisioner/password.h"

#include <stdbool.h>

enum machine_power {
    MACHINE_RUNNING,
    MACHINE_STOPPED,
    /* The node does not know it. */
    MACHINE_MISSING,
    /* The node does not say. */
    MACHINE_UNKNOWN,
};

/* Why a command failed for good. */
enum machine_refusal {
    MACHINE_IMAGE_MISSING = 1,
    MACHINE_IMAGE_UNSUPPORTED,
    MACHINE_NODE_REFUSED,
    MACHINE_NODE_UNAVAILABLE,
    MACHINE_NAME_TAKEN,
    /* The machine vanished. */
    MACHINE_GONE,
    MACHINE_NOT_RUNNING,
    MACHINE_NOT_SUPPORTED,
    /* billing has ended the order already: a deletion came in between, or it was given up. */
    MACHINE_SUPERSEDED,
    /* Orders after it were carried out without it. */
    MACHINE_OVERTAKEN,
    /* It was built, and nobody could log in. */
    MACHINE_DEAF,
};

enum machine_outcome_kind {
    /* Also by a reinstallation. */
    MACHINE_BUILT,
    MACHINE_POWERED,
    MACHINE_PASSWORD_SET,
    MACHINE_DELETED,
    MACHINE_FAILED,
    MACHINE_OBSERVED,
};

struct machine_outcome {
    enum machine_outcome_kind kind;
    /* MACHINE_BUILT, MACHINE_PASSWORD_SET */
    struct metadata metadata;
    /* MACHINE_BUILT */
    char uuid[DOMAIN_UUID_SIZE];
    /* It had been done before. */
    bool repeated;
    /* MACHINE_FAILED */
    enum machine_refusal refusal;
    /* MACHINE_FAILED of a build: the node was not reached, so something may be left there. */
    bool node_silent;
    /* MACHINE_POWERED, MACHINE_FAILED, MACHINE_OBSERVED */
    enum machine_power power;
};

/* What the caller hears on the way. */
struct machine_listener {
    /* Building begins or goes on. A fault stops it. */
    int (*started)(void *context, struct error *error);
    /* A step begins. */
    void (*step)(void *context, const char *name, uint32_t percent);
    /* True when the outcome of this order is known already, so that nothing is to be built. */
    bool (*is_settled)(void *context);
    void *context;
};

struct machine_settings {
    /* libvirt network that machines are plugged into where the node has it. */
    const char *network;
    struct seal_key seal_key;
    /* libvirt network filter that holds a machine with a disk to its addresses; "none": by nothing.
     */
    const char *filter;
    /* Comma-separated, for machines with a disk; "": none. */
    const char *nameservers;
    /* Machines use the processor's own virtualisation where a node offers it. */
    bool kvm;
    /* How long a machine with a disk may take until a login works; 0: nobody looks. */
    int64_t login_ms;
    /* How long a guest that is to be switched off may take to shut down by itself; 0: no time. */
    int64_t shutdown_ms;
};

/* Borrowed, all of it. */
struct machine_request {
    struct hypervisor *hypervisor;
    const struct machine_settings *settings;
    /* With a placement. */
    const Slipway__V1__MachineCommand *command;
    const struct machine_listener *listener;
};

/* Carries out a BuildMachine. 0: *ret_outcome is to be reported; after MACHINE_FAILED nothing of
 * the build is left on the node, and `error` holds the reason for the log. FAULT_RETRY: not now.
 * FAULT_HARD: the command makes no sense for the machine that is there. */
MUST_CHECK int machine_build(const struct machine_request *request,
                             struct machine_outcome *ret_outcome, struct error *error);

/* Carries out an InspectMachine; changes nothing. */
MUST_CHECK int machine_inspect(const struct machine_request *request,
                               struct machine_outcome *ret_outcome, struct error *error);

enum machine_verdict {
    /* Commands before it are still to come, however long that takes: it must not go first. */
    MACHINE_EARLY = 1,
};

/* Carries out an order to a machine that stands: power, reinstallation, password, deletion. The
 * machine's metadata says whether it was carried out before, and how far, so that any number of
 * repeats and workers end in one outcome. 0: *ret_outcome is to be reported; with MACHINE_FAILED
 * `error` holds the reason for the log. MACHINE_EARLY or FAULT_RETRY: not now. */
MUST_CHECK int machine_operate(const struct machine_request *request,
                               struct machine_outcome *ret_outcome, struct error *error);

/* True for the actions that machine_operate() knows. */
bool machine_is_operation(Slipway__V1__MachineCommand__ActionCase action);

/* Gives up such an order, or a build, without a look at the node: MACHINE_FAILED with
 * MACHINE_NODE_UNAVAILABLE. */
void machine_give_up(struct machine_outcome *ret_outcome);

/* Gives up a BuildMachine that can't be finished: removes what there is of it, then it is
 * MACHINE_FAILED with MACHINE_NODE_UNAVAILABLE. */
MUST_CHECK int machine_abandon(const struct machine_request *request,
                               struct machine_outcome *ret_outcome, struct error *error);

struct machine_failure {
    /* Stable, for programs. */
    const char *code;
    /* For the customer. */
    const char *detail;
};

const struct machine_failure *machine_failure(enum machine_refusal refusal);

/* The refusal with that code; MACHINE_NODE_REFUSED for a code of another version. */
enum machine_refusal machine_failure_find(const char *code);
