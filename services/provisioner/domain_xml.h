/* libvirt's domain XML: what we order of a node, and what a node says it can run. Pure. */
#pragma once

#include "lib/base/error.h"
#include "services/provisioner/metadata.h"

#include <stdbool.h>
#include <stdint.h>

enum { DOMAIN_NAME_SIZE = 32, DOMAIN_UUID_SIZE = 37, DOMAIN_WORD_SIZE = 32 };

/* What the node runs guests as; the first fully virtualised kind it lists. */
struct domain_guest {
    char domain_type[DOMAIN_WORD_SIZE];
    char os_type[DOMAIN_WORD_SIZE];
    char arch[DOMAIN_WORD_SIZE];
};

struct domain_plan {
    const char *uuid;
    const struct domain_guest *guest;
    uint32_t vcpu;
    uint32_t ram_mb;
    /* libvirt network the machine is plugged into; NULL: none. */
    const char *network;
    bool agent_channel;
    bool screen;
    /* Its vps_id names the machine. */
    const struct metadata *metadata;
};

/* "vps-<id>". Returns `buffer`. */
const char *domain_name(uint64_t vps_id, char buffer[static DOMAIN_NAME_SIZE]);

/* True when `name` is not a machine's of ours. */
MUST_CHECK bool domain_name_parse(const char *name, uint64_t *ret_vps_id);

/* FAULT_HARD: processors or memory out of all range, or a text that is not printable ASCII. */
MUST_CHECK int domain_xml_write(const struct domain_plan *plan, char **ret_xml,
                                struct error *error);

/* Reads virConnectGetCapabilities(). FAULT_HARD: it names no kind of guest. */
MUST_CHECK int domain_xml_read_guest(const char *capabilities, size_t length,
                                     struct domain_guest *ret_guest, struct error *error);
