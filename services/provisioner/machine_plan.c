#include "services/provisioner/machine_plan.h"

#include "services/provisioner/machine_disk.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Random, not derived from the VPS: libvirt takes one uuid a name, so of two workers that define
 * the same machine only one gets through, and its sealed password is the one that stands. */
static void make_uuid(char ret_uuid[static DOMAIN_UUID_SIZE])
{
    unsigned char bytes[16];
    char hex[2 * sizeof(bytes) + 1];

    randombytes_buf(bytes, sizeof(bytes));
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    (void)sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes));
    (void)snprintf(ret_uuid, DOMAIN_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
}

/* What boots is held to its addresses, or not built at all. FAULT_HARD: the node does not know the
 * filter. */
static int choose_filter(const struct build *build, struct domain_plan *plan, struct error *error)
{
    struct hypervisor *hypervisor = build->request->hypervisor;
    const char *filter = build->request->settings->filter;

    if (plan->disks == NULL || plan->network == NULL || strcmp(filter, "none") == 0)
        return 0;
    if ((hypervisor_capabilities(hypervisor) & HYPERVISOR_FILTERS) == 0 ||
        !hypervisor_has_filter(hypervisor, filter))
        return error_set(error, FAULT_HARD, "the node has no network filter %.100s", filter);
    plan->filter = filter;
    return 0;
}

static void choose_network(const struct build *build, struct domain_plan *plan)
{
    struct hypervisor *hypervisor = build->request->hypervisor;
    const char *network = build->request->settings->network;

    if ((hypervisor_capabilities(hypervisor) & HYPERVISOR_NETWORKS) != 0 &&
        hypervisor_has_network(hypervisor, network))
        plan->network = network;
}

int machine_plan(const struct build *build, char **ret_xml, struct error *error)
{
    const struct machine_request *request = build->request;
    const Slipway__V1__BuildMachine *order = build_order(build);
    const uint32_t capabilities = hypervisor_capabilities(request->hypervisor);
    const struct domain_guest *guest = hypervisor_guest(request->hypervisor);
    char uuid[DOMAIN_UUID_SIZE];
    struct domain_disks disks;
    struct domain_plan plan = {.uuid = uuid,
                               .guest = guest,
                               .vcpu = order->vcpu,
                               .ram_mb = order->ram_mb,
                               .kvm = request->settings->kvm && guest->has_kvm,
                               .agent_channel = (capabilities & HYPERVISOR_GUEST_AGENT) != 0,
                               .screen = (capabilities & HYPERVISOR_SCREEN) != 0,
                               .address6 = request->command->placement->address6,
                               .metadata = &build->metadata};
    int result = 0;

    make_uuid(uuid);
    if (build_has_disk(build)) {
        result = disk_plan(build, uuid, &disks, error);
        plan.disks = &disks;
    }
    choose_network(build, &plan);
    if (result == 0)
        result = choose_filter(build, &plan, error);
    return result == 0 ? domain_xml_write(&plan, ret_xml, error) : result;
}
