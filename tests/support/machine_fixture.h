/* Machine orders for tests of the provisioner against a real libvirt, whatever its URI. */
#pragma once

#include "services/provisioner/machine.h"

struct machine_fixture {
    struct hypervisor_events *events;
    struct hypervisor *hypervisor;
    struct machine_settings settings;
    unsigned char secret_key[crypto_box_SECRETKEYBYTES];
};

/* Opens `uri` with a fresh pair of seal keys. True when it can't. */
MUST_CHECK bool machine_fixture_init(struct machine_fixture *fixture, const char *uri);
void machine_fixture_deinit(struct machine_fixture *fixture);

/* One order and what was heard of it. Zero-initialised but for `vps_id` and what differs from 1
 * vCPU, 512 MiB, no image, sequence 1, a build. */
struct machine_order {
    uint64_t vps_id;
    uint64_t sequence, settled_sequence;
    Slipway__V1__MachineCommand__ActionCase action;
    Slipway__V1__PowerAction power;
    const char *image;
    uint32_t vcpu;
    /* What is_settled answers. */
    bool settled;
    /* Called when a step begins; NULL: nobody is. */
    void (*at_step)(struct machine_fixture *fixture, const char *name);
    /* What was heard. */
    int started;
    char steps[256];
    uint32_t last_percent;
    struct error error;
    /* Set by those below. */
    struct machine_fixture *fixture;
};

int machine_order_build(struct machine_fixture *fixture, struct machine_order *order,
                        struct machine_outcome *ret_outcome);
int machine_order_inspect(struct machine_fixture *fixture, struct machine_order *order,
                          struct machine_outcome *ret_outcome);
int machine_order_operate(struct machine_fixture *fixture, struct machine_order *order,
                          struct machine_outcome *ret_outcome);
int machine_order_abandon(struct machine_fixture *fixture, struct machine_order *order,
                          struct machine_outcome *ret_outcome);

/* NULL: the node does not know it. */
struct hypervisor_machine *machine_fixture_find(struct machine_fixture *fixture, uint64_t vps_id);

/* What it says of itself; it must be there. */
struct metadata machine_fixture_metadata(struct machine_fixture *fixture, uint64_t vps_id);
void machine_fixture_set_metadata(struct machine_fixture *fixture, uint64_t vps_id,
                                  const struct metadata *metadata);

/* MACHINE_MISSING when it is not there. */
enum machine_power machine_fixture_power(struct machine_fixture *fixture, uint64_t vps_id);

/* Stops and undefines it, if it is there. */
void machine_fixture_remove(struct machine_fixture *fixture, uint64_t vps_id);
