#include "services/provisioner/hypervisor_private.h"

#include <string.h>

enum { capabilities_limit = 4 << 20 };

/* <devices><`name` supported='yes'>: the node can give its guests such a device. */
static bool offers_device(const xmlDoc *domain_capabilities, const char *name)
{
    const xmlNode *root = xmlDocGetRootElement(domain_capabilities);

    for (const xmlNode *node = root->children; node != NULL; node = node->next) {
        if (strcmp((const char *)node->name, "devices") != 0)
            continue;
        for (const xmlNode *device = node->children; device != NULL; device = device->next) {
            xmlChar *supported = NULL;
            bool yes;

            if (strcmp((const char *)device->name, name) != 0)
                continue;
            supported = xmlGetNoNsProp(device, BAD_CAST "supported");
            yes = supported != NULL && strcmp((const char *)supported, "yes") == 0;
            xmlFree(supported);
            return yes;
        }
    }
    return false;
}

static uint32_t probe_devices(virConnectPtr connection)
{
    CLEANUP(cleanup_free)
    char *text = virConnectGetDomainCapabilities(connection, NULL, NULL, NULL, NULL, 0);
    CLEANUP(xmlFreeDoc_cleanup)
    xmlDocPtr document = text != NULL ? xml_parse(text, strlen(text), capabilities_limit) : NULL;
    uint32_t capabilities = 0;

    if (document == NULL)
        return 0;
    if (offers_device(document, "channel"))
        capabilities |= HYPERVISOR_GUEST_AGENT;
    if (offers_device(document, "graphics"))
        capabilities |= HYPERVISOR_SCREEN;
    if (offers_device(document, "disk"))
        capabilities |= HYPERVISOR_DISKS;
    return capabilities;
}

/* Of containers nobody lists the devices, and none is without a root file system. */
uint32_t hypervisor_probe_capabilities(virConnectPtr connection, const struct domain_guest *guest)
{
    uint32_t capabilities =
        domain_guest_is_container(guest) ? (uint32_t)HYPERVISOR_DISKS : probe_devices(connection);

    if (virConnectNumOfStoragePools(connection) >= 0)
        capabilities |= HYPERVISOR_STORAGE;
    else
        capabilities &= ~(uint32_t)HYPERVISOR_DISKS;
    if (virConnectNumOfNWFilters(connection) >= 0)
        capabilities |= HYPERVISOR_FILTERS;
    if (virConnectNumOfNetworks(connection) >= 0)
        capabilities |= HYPERVISOR_NETWORKS;
    return capabilities;
}

bool hypervisor_has_network(struct hypervisor *hypervisor, const char *network)
{
    virNetworkPtr found = virNetworkLookupByName(hypervisor->connection, network);

    if (found == NULL)
        return false;
    (void)virNetworkFree(found);
    return true;
}

bool hypervisor_has_filter(struct hypervisor *hypervisor, const char *filter)
{
    virNWFilterPtr found = virNWFilterLookupByName(hypervisor->connection, filter);

    if (found == NULL)
        return false;
    (void)virNWFilterFree(found);
    return true;
}
