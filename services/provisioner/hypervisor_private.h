/* Shared by the files that speak to libvirt; nobody else includes it. */
#pragma once

#include "services/provisioner/hypervisor.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdatomic.h>

/* What libvirt's callbacks hold. It lives on by itself because a callback may still be running when
 * the connection is given up. */
struct hypervisor_listener {
    atomic_uint references;
    atomic_bool broken;
    hypervisor_changed_fn changed;
    void *context;
};

struct hypervisor {
    atomic_uint references;
    virConnectPtr connection;
    struct hypervisor_listener *listener;
    uint32_t capabilities;
    struct domain_guest guest;
    int lifecycle_id, metadata_id;
};

struct hypervisor_machine {
    virDomainPtr domain;
    char uuid[DOMAIN_UUID_SIZE];
};

/* The fault of this thread's last libvirt error, with its text under `what`. */
int hypervisor_fault(const char *what, struct error *error);

/* The code of this thread's last libvirt error. */
int hypervisor_last_code(void);

/* What the connection answers to; 0 is possible. `guest` is what it runs. */
uint32_t hypervisor_probe_capabilities(virConnectPtr connection, const struct domain_guest *guest);

/* Events of all machines from now on, and the connection's end. */
int hypervisor_events_register(struct hypervisor *hypervisor, hypervisor_changed_fn changed,
                               void *context, struct error *error);
void hypervisor_events_deregister(struct hypervisor *hypervisor);
