/* The nodes this process talks to: one libvirt connection a node, shared by all threads, kept open
 * beside them and opened anew when it broke. Thread-safe. Owns libvirt's event loop: one a process.
 */
#pragma once

#include "lib/base/error.h"
#include "services/provisioner/hypervisor.h"

struct connections;

enum connections_refusal {
    /* The configuration does not list this node. */
    CONNECTIONS_NOT_ALLOWED = 1,
};

/* A machine of the node changed; or, with `name` NULL, the node was just connected and what
 * happened before is unknown. Must not block or call back. `uri` lives as long as the connections.
 */
typedef void (*connections_changed_fn)(void *context, const char *uri, const char *name);

struct connections_options {
    /* Comma-separated libvirt URIs; "": any node. Borrowed, outlives the connections. */
    const char *allowed;
    /* Must outlive the connections, as `context` must. */
    connections_changed_fn changed;
    void *context;
};

MUST_CHECK int connections_new(const struct connections_options *options,
                               struct connections **ret_connections, struct error *error);

/* All references given out must be returned before. Waits some seconds for a node that hangs, then
 * leaves it as it is. Accepts NULL. */
void connections_free(struct connections *connections);
DEFINE_CLEANUP(struct connections *, connections_free)

/* A reference to the node, for hypervisor_unref(). Waits a second at most for a node that has to be
 * opened; FAULT_RETRY at once while it hangs, and for a moment after that has failed, so that a
 * node that is away costs the others nothing. */
MUST_CHECK int connections_get(struct connections *connections, const char *uri,
                               struct hypervisor **ret_hypervisor, struct error *error);

/* Connected nodes. */
int64_t connections_count(struct connections *connections);
