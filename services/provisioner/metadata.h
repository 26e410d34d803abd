/* What a machine's libvirt domain carries about itself in our namespace: the last command applied,
 * how far its build has come and the sealed credentials. It is the provisioner's only memory. Pure.
 */
#pragma once

#include "lib/base/error.h"
#include "services/provisioner/xml_writer.h"

#include <stddef.h>
#include <stdint.h>

#define METADATA_NAMESPACE "urn:slipway:machine:1"
#define METADATA_PREFIX    "slipway"

/* A password that was set after the build has an element of its own, so that whoever marks an order
 * as ended can't bring an older seal back. Where it stands, it counts. */
#define METADATA_LOGIN_NAMESPACE "urn:slipway:login:1"
#define METADATA_LOGIN_PREFIX    "slipway-login"

enum {
    METADATA_STEP_SIZE = 32,
    METADATA_LOGIN_SIZE = 33,
    METADATA_ADDRESS_SIZE = 64,
    METADATA_SEALED_MAX = 256,
    METADATA_FAILURE_SIZE = 32,
};

enum metadata_state {
    /* A worker builds it, or died at it. */
    METADATA_BUILDING,
    /* Nothing is in work: the last command has ended. */
    METADATA_BUILT,
    /* It stands, and a worker carries an order out, or died at it; `step` is what was decided. */
    METADATA_WORKING,
};

struct metadata {
    uint64_t vps_id;
    /* Of the last command applied, or being applied. */
    uint64_t sequence;
    enum metadata_state state;
    /* Of a build: the last step finished. */
    char step[METADATA_STEP_SIZE];
    /* Why the last command failed for good, as results name it; "": it did not. */
    char failure[METADATA_FAILURE_SIZE];
    /* crypto_box_seal of the password. */
    unsigned char sealed_password[METADATA_SEALED_MAX];
    size_t sealed_length;
    uint32_t seal_key_id;
    char login[METADATA_LOGIN_SIZE];
    uint32_t port;
    char address[METADATA_ADDRESS_SIZE];
};

/* The element as libvirt's virDomainSetMetadata takes it: without the namespace, which libvirt
 * adds. FAULT_HARD: a value is not printable ASCII, or no memory. */
MUST_CHECK int metadata_format(const struct metadata *metadata, char **ret_xml,
                               struct error *error);

/* The login's element, likewise. */
MUST_CHECK int metadata_format_login(const struct metadata *metadata, char **ret_xml,
                                     struct error *error);

/* Reads it into the metadata, which is untouched on failure. FAULT_HARD as metadata_parse(). */
MUST_CHECK int metadata_parse_login(const char *text, size_t length, struct metadata *metadata,
                                    struct error *error);

/* The element with its namespace, for the <metadata> of a whole domain. */
void metadata_write(const struct metadata *metadata, struct xml_writer *xml);

/* Reads either form, also of machines from before there were failures. FAULT_HARD: it is not ours,
 * or a value is missing, malformed or too long. */
MUST_CHECK int metadata_parse(const char *text, size_t length, struct metadata *ret_metadata,
                              struct error *error);
