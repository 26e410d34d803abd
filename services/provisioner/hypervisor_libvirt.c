#include "services/provisioner/hypervisor_private.h"

#include <string.h>

enum { keepalive_interval_s = 5, keepalive_count = 3 };

static int read_guest(struct hypervisor *hypervisor, struct error *error)
{
    CLEANUP(cleanup_free) char *text = virConnectGetCapabilities(hypervisor->connection);

    if (text == NULL)
        return hypervisor_fault("capabilities of the node", error);
    return domain_xml_read_guest(text, strlen(text), &hypervisor->guest, error);
}

int hypervisor_open(const char *uri, hypervisor_changed_fn changed, void *context,
                    struct hypervisor **ret_hypervisor, struct error *error)
{
    CLEANUP(hypervisor_unref_cleanup)
    struct hypervisor *hypervisor = calloc(1, sizeof(*hypervisor));
    int result;

    if (hypervisor == NULL)
        return error_set(error, FAULT_RETRY, "out of memory");
    *hypervisor = (struct hypervisor){.references = 1, .lifecycle_id = -1, .metadata_id = -1};
    hypervisor->connection = virConnectOpen(uri);
    if (hypervisor->connection == NULL) {
        (void)hypervisor_fault("node", error);
        /* Whatever the words, a node that can't be opened now may be there later. */
        return FAULT_RETRY;
    }
    (void)virConnectSetKeepAlive(hypervisor->connection, keepalive_interval_s, keepalive_count);
    result = read_guest(hypervisor, error);
    if (result == 0)
        result = hypervisor_events_register(hypervisor, changed, context, error);
    if (result != 0)
        return result;
    hypervisor->capabilities =
        hypervisor_probe_capabilities(hypervisor->connection, &hypervisor->guest);
    *ret_hypervisor = TAKE(hypervisor);
    return 0;
}

struct hypervisor *hypervisor_ref(struct hypervisor *hypervisor)
{
    (void)atomic_fetch_add(&hypervisor->references, 1);
    return hypervisor;
}

void hypervisor_unref(struct hypervisor *hypervisor)
{
    if (hypervisor == NULL || atomic_fetch_sub(&hypervisor->references, 1) != 1)
        return;
    if (hypervisor->connection != NULL) {
        hypervisor_events_deregister(hypervisor);
        (void)virConnectClose(hypervisor->connection);
    }
    free(hypervisor);
}

bool hypervisor_is_alive(struct hypervisor *hypervisor)
{
    return !atomic_load(&hypervisor->listener->broken) &&
           virConnectIsAlive(hypervisor->connection) == 1;
}

uint32_t hypervisor_capabilities(const struct hypervisor *hypervisor)
{
    return hypervisor->capabilities;
}

const struct domain_guest *hypervisor_guest(const struct hypervisor *hypervisor)
{
    return &hypervisor->guest;
}
