/* What a guest is told at its first boot, as cloud-init reads it from a NoCloud seed
 * (cloudinit.readthedocs.io, datasource NoCloud). The documents are JSON, which YAML is a superset
 * of, so that a library can write them: whatever a value holds, it stays that value. Pure. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

struct cloud_init_plan {
    /* A guest that has seen this one before leaves everything as it is. */
    const char *instance_id;
    const char *hostname;
    const char *login;
    /* crypt(5) of the password. */
    const char *password_hash;
    /* Of the network card that the address is for. */
    const char *mac;
    const char *address;
    /* 1 to 32. */
    uint32_t prefix_length;
    const char *gateway;
    /* "": the card has no IPv6. */
    const char *address6;
    /* 1 to 128. */
    uint32_t prefix_length6;
    /* May be of another network: "fe80::1". */
    const char *gateway6;
    /* Comma-separated; "": none. */
    const char *nameservers;
};

struct cloud_init {
    char *meta_data;
    char *user_data;
    char *network_config;
};

void cloud_init_deinit(struct cloud_init *documents);

/* FAULT_HARD: a value is not UTF-8, or no memory. */
MUST_CHECK int cloud_init_write(const struct cloud_init_plan *plan,
                                struct cloud_init *ret_documents, struct error *error);
