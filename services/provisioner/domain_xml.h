/* libvirt's domain XML: what we order of a node, and what a node says it can run. Pure. */
#pragma once

#include "lib/base/error.h"
#include "services/provisioner/metadata.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DOMAIN_NAME_SIZE = 32,
    DOMAIN_UUID_SIZE = 37,
    DOMAIN_WORD_SIZE = 32,
    DOMAIN_MAC_SIZE = 18,
    DOMAIN_POOL_SIZE = 128,
    DOMAIN_VOLUME_SIZE = 128,
    DOMAIN_FOLDER_SIZE = 256,
    DOMAIN_PATH_SIZE = DOMAIN_FOLDER_SIZE + DOMAIN_VOLUME_SIZE,
    DOMAIN_VOLUMES_MAX = 8,
    DOMAIN_LOOP_PATH_MAX = 63,
};

/* What the node runs guests as: of its own architecture when it says which that is, else the first
 * kind it lists. */
struct domain_guest {
    char domain_type[DOMAIN_WORD_SIZE];
    char os_type[DOMAIN_WORD_SIZE];
    char arch[DOMAIN_WORD_SIZE];
    /* It says that it can run them by the processor's own virtualisation as well. */
    bool has_kvm;
};

/* The volumes of a machine that boots. */
struct domain_disks {
    char pool[DOMAIN_POOL_SIZE];
    char root[DOMAIN_VOLUME_SIZE];
    char seed[DOMAIN_VOLUME_SIZE];
    /* Where the node keeps them: containers are told paths. "": not asked for. */
    char folder[DOMAIN_FOLDER_SIZE];
};

/* Named by its pool, or, with none, by its path. */
struct domain_volume {
    char pool[DOMAIN_POOL_SIZE];
    char name[DOMAIN_VOLUME_SIZE];
    char path[DOMAIN_PATH_SIZE];
};

struct domain_plan {
    const char *uuid;
    const struct domain_guest *guest;
    uint32_t vcpu;
    uint32_t ram_mb;
    /* libvirt network the machine is plugged into; NULL: none. */
    const char *network;
    /* libvirt network filter that holds the machine to its hardware address and its address; NULL:
     * none. */
    const char *filter;
    /* Beside metadata->address, for the filter; "": none. */
    const char *address6;
    /* NULL: nothing to boot from. */
    const struct domain_disks *disks;
    /* By the processor's own virtualisation, which the guest must have. */
    bool kvm;
    bool agent_channel;
    bool screen;
    /* Its vps_id names the machine. */
    const struct metadata *metadata;
};

/* "vps-<id>". Returns `buffer`. */
const char *domain_name(uint64_t vps_id, char buffer[static DOMAIN_NAME_SIZE]);

/* True when `name` is not a machine's of ours. */
MUST_CHECK bool domain_name_parse(const char *name, uint64_t *ret_vps_id);

/* Locally administered and unique by the VPS: two machines of one network never share it. Returns
 * `buffer`. */
const char *domain_mac(uint64_t vps_id, char buffer[static DOMAIN_MAC_SIZE]);

/* Its guests are processes of the node's own kernel: they have a root file system where others have
 * a disk. */
bool domain_guest_is_container(const struct domain_guest *guest);

/* The volumes that a machine of that uuid has in `pool`, which no other machine ever has. A
 * container's disk has a short name: the kernel keeps no more than DOMAIN_LOOP_PATH_MAX characters
 * of a loop device's file, and libvirt gives it no file with more. */
void domain_name_disks(uint64_t vps_id, const char *uuid, const char *pool,
                       const struct domain_guest *guest, struct domain_disks *ret_disks);

/* FAULT_HARD: processors or memory out of all range, or a text that is not printable ASCII. */
MUST_CHECK int domain_xml_write(const struct domain_plan *plan, char **ret_xml,
                                struct error *error);

/* Reads virConnectGetCapabilities(). FAULT_HARD: it names no kind of guest. */
MUST_CHECK int domain_xml_read_guest(const char *capabilities, size_t length,
                                     struct domain_guest *ret_guest, struct error *error);

/* Reads the volumes that a domain's XML names and that are called as that VPS's are; what else it
 * has is not ours to touch. FAULT_HARD: not XML of a domain, or more volumes than a machine of ours
 * has. */
MUST_CHECK int domain_xml_read_volumes(const char *xml, size_t length, uint64_t vps_id,
                                       struct domain_volume ret_volumes[static DOMAIN_VOLUMES_MAX],
                                       size_t *ret_count, struct error *error);
