/* A node that runs machines, reached through libvirt by URI. What it can do is asked of the
 * connection, never guessed from the driver's name. Thread-safe; calls wait for the node.
 *
 * Faults: FAULT_RETRY when the node can't be reached, is busy or says nothing useful; FAULT_HARD
 * when it refuses what was asked and would refuse it again. */
#pragma once

#include "lib/base/error.h"
#include "services/provisioner/domain_xml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hypervisor;
/* One machine on a node, by its uuid: a later machine of the same name is another one. */
struct hypervisor_machine;

enum hypervisor_capability {
    HYPERVISOR_STORAGE = 1U << 0,
    HYPERVISOR_NETWORKS = 1U << 1,
    /* Guests can be given a channel to an agent inside, through which a password is set. */
    HYPERVISOR_GUEST_AGENT = 1U << 2,
    HYPERVISOR_SCREEN = 1U << 3,
    /* Guests can be given disks, or root file systems, that are really there, so they boot. */
    HYPERVISOR_DISKS = 1U << 4,
    /* Guests can be kept from posing as others. */
    HYPERVISOR_FILTERS = 1U << 5,
};

enum hypervisor_refusal {
    HYPERVISOR_NO_MACHINE = 1,
    /* A machine of that name is there. */
    HYPERVISOR_EXISTS,
    HYPERVISOR_NO_VOLUME,
    /* The machine carries nothing of ours. */
    HYPERVISOR_NO_METADATA,
};

enum hypervisor_power {
    HYPERVISOR_RUNNING,
    HYPERVISOR_STOPPED,
};

/* Something about a machine changed: look again. On libvirt's event thread; must not block or call
 * the node. `name` is borrowed for the call. */
typedef void (*hypervisor_changed_fn)(void *context, const char *name);

/* libvirt's event loop, which must run before any node is opened and until all are closed. One a
 * process: libvirt can't have two. */
struct hypervisor_events;
MUST_CHECK int hypervisor_events_start(struct hypervisor_events **ret_events, struct error *error);
/* Accepts NULL. */
void hypervisor_events_stop(struct hypervisor_events *events);

/* `changed` may be NULL; `context` must outlive hypervisor_events_stop(). */
MUST_CHECK int hypervisor_open(const char *uri, hypervisor_changed_fn changed, void *context,
                               struct hypervisor **ret_hypervisor, struct error *error);
struct hypervisor *hypervisor_ref(struct hypervisor *hypervisor);
/* Accepts NULL. The last one closes the connection. */
void hypervisor_unref(struct hypervisor *hypervisor);
DEFINE_CLEANUP(struct hypervisor *, hypervisor_unref)

/* Does not ask the node; a connection that broke says so at once or after its keepalive. */
bool hypervisor_is_alive(struct hypervisor *hypervisor);

/* Bits of enum hypervisor_capability. */
uint32_t hypervisor_capabilities(const struct hypervisor *hypervisor);
const struct domain_guest *hypervisor_guest(const struct hypervisor *hypervisor);

/* 0 or HYPERVISOR_NO_VOLUME. Needs HYPERVISOR_STORAGE. */
MUST_CHECK int hypervisor_find_volume(struct hypervisor *hypervisor, const char *pool,
                                      const char *volume, struct error *error);
/* Makes `volume` of that pool, a disk of at least `size_gb` GiB that begins as `image` and keeps
 * only what differs from it. 0 also when it is there already; HYPERVISOR_NO_VOLUME: the image is
 * not. Needs HYPERVISOR_STORAGE, as those below do. */
MUST_CHECK int hypervisor_make_overlay(struct hypervisor *hypervisor, const char *pool,
                                       const char *image, const char *volume, uint32_t size_gb,
                                       struct error *error);
/* The same as a raw copy, which takes no more room than what is written to it. */
MUST_CHECK int hypervisor_make_copy(struct hypervisor *hypervisor, const char *pool,
                                    const char *image, const char *volume, uint32_t size_gb,
                                    struct error *error);
/* Where the node keeps that pool's files: the folder that the image is in. 0, HYPERVISOR_NO_VOLUME
 * or a fault, FAULT_HARD also for a path that is too long. */
MUST_CHECK int hypervisor_find_folder(struct hypervisor *hypervisor, const char *pool,
                                      const char *image, char ret_folder[static DOMAIN_FOLDER_SIZE],
                                      struct error *error);
/* Makes `volume` with exactly these bytes, in place of what it held. 0 or HYPERVISOR_NO_VOLUME:
 * there is no such pool. */
MUST_CHECK int hypervisor_write_volume(struct hypervisor *hypervisor, const char *pool,
                                       const char *volume, const unsigned char *bytes,
                                       size_t length, struct error *error);
/* Done also when it is not there. */
MUST_CHECK int hypervisor_delete_volume(struct hypervisor *hypervisor, const char *pool,
                                        const char *volume, struct error *error);
/* The same of any pool's, by its path. */
MUST_CHECK int hypervisor_delete_volume_at(struct hypervisor *hypervisor, const char *path,
                                           struct error *error);

/* False also when it can't be told. Needs HYPERVISOR_FILTERS. */
bool hypervisor_has_filter(struct hypervisor *hypervisor, const char *filter);
/* False also when it can't be told. */
bool hypervisor_has_network(struct hypervisor *hypervisor, const char *network);

/* 0 or HYPERVISOR_NO_MACHINE. */
MUST_CHECK int hypervisor_find(struct hypervisor *hypervisor, const char *name,
                               struct hypervisor_machine **ret_machine, struct error *error);

/* Of any number of callers that define one name with uuids of their own, one gets 0 and the others
 * HYPERVISOR_EXISTS. */
MUST_CHECK int hypervisor_define(struct hypervisor *hypervisor, const char *name, const char *xml,
                                 struct hypervisor_machine **ret_machine, struct error *error);

typedef void (*hypervisor_visit_fn)(void *context, const char *name);
MUST_CHECK int hypervisor_list(struct hypervisor *hypervisor, hypervisor_visit_fn visit,
                               void *context, struct error *error);

/* Accepts NULL. */
void hypervisor_machine_free(struct hypervisor_machine *machine);
DEFINE_CLEANUP(struct hypervisor_machine *, hypervisor_machine_free)

const char *hypervisor_machine_uuid(const struct hypervisor_machine *machine);

/* All of these can also answer HYPERVISOR_NO_MACHINE: it is gone since. */
MUST_CHECK int hypervisor_machine_power(struct hypervisor_machine *machine,
                                        enum hypervisor_power *ret_power, struct error *error);
/* Done also when it runs, or is stopped, already. */
MUST_CHECK int hypervisor_machine_start(struct hypervisor_machine *machine, struct error *error);
MUST_CHECK int hypervisor_machine_stop(struct hypervisor_machine *machine, struct error *error);
/* Asks the guest to shut down, and does not wait: whether it does is its own business, and some
 * drivers only say that they have asked. */
MUST_CHECK int hypervisor_machine_shutdown(struct hypervisor_machine *machine, struct error *error);
/* The XML that the machine will be started by, the caller's to free(). */
MUST_CHECK int hypervisor_machine_xml(struct hypervisor_machine *machine, char **ret_xml,
                                      struct error *error);
MUST_CHECK int hypervisor_machine_undefine(struct hypervisor_machine *machine, struct error *error);
/* Our element, the caller's to free(); or HYPERVISOR_NO_METADATA. */
MUST_CHECK int hypervisor_machine_metadata(struct hypervisor_machine *machine, char **ret_xml,
                                           struct error *error);
MUST_CHECK int hypervisor_machine_set_metadata(struct hypervisor_machine *machine, const char *xml,
                                               struct error *error);
/* The same for the element of the login. */
MUST_CHECK int hypervisor_machine_login(struct hypervisor_machine *machine, char **ret_xml,
                                        struct error *error);
MUST_CHECK int hypervisor_machine_set_login(struct hypervisor_machine *machine, const char *xml,
                                            struct error *error);
/* Through the guest's agent, or however the driver does it. FAULT_HARD: neither can; FAULT_RETRY
 * also while the guest does not answer yet, or is off. */
MUST_CHECK int hypervisor_machine_set_password(struct hypervisor_machine *machine,
                                               const char *login, const char *password,
                                               struct error *error);
