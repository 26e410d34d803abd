#include "services/provisioner/hypervisor_private.h"

/* Takes `domain`. */
static int wrap(virDomainPtr domain, struct hypervisor_machine **ret_machine, struct error *error)
{
    CLEANUP(hypervisor_machine_free_cleanup)
    struct hypervisor_machine *machine = calloc(1, sizeof(*machine));

    if (machine == NULL) {
        (void)virDomainFree(domain);
        return error_set(error, FAULT_RETRY, "out of memory");
    }
    machine->domain = domain;
    if (virDomainGetUUIDString(domain, machine->uuid) < 0)
        return hypervisor_fault("uuid of a machine", error);
    *ret_machine = TAKE(machine);
    return 0;
}

void hypervisor_machine_free(struct hypervisor_machine *machine)
{
    if (machine == NULL)
        return;
    (void)virDomainFree(machine->domain);
    free(machine);
}

const char *hypervisor_machine_uuid(const struct hypervisor_machine *machine)
{
    return machine->uuid;
}

static int machine_result(const char *what, struct error *error)
{
    if (hypervisor_last_code() == VIR_ERR_NO_DOMAIN)
        return HYPERVISOR_NO_MACHINE;
    return hypervisor_fault(what, error);
}

int hypervisor_find(struct hypervisor *hypervisor, const char *name,
                    struct hypervisor_machine **ret_machine, struct error *error)
{
    virDomainPtr domain = virDomainLookupByName(hypervisor->connection, name);

    if (domain == NULL)
        return machine_result("look for a machine", error);
    return wrap(domain, ret_machine, error);
}

/* libvirt refuses a second uuid for a name, but with a code that other failures have too. */
static int define_result(struct hypervisor *hypervisor, const char *name, struct error *error)
{
    const int fault = hypervisor_fault("define a machine", error);
    virDomainPtr other = virDomainLookupByName(hypervisor->connection, name);

    if (other == NULL)
        return fault;
    (void)virDomainFree(other);
    return HYPERVISOR_EXISTS;
}

int hypervisor_define(struct hypervisor *hypervisor, const char *name, const char *xml,
                      struct hypervisor_machine **ret_machine, struct error *error)
{
    /* Without VIR_DOMAIN_DEFINE_VALIDATE: the node would compile libvirt's whole schema for each
     * machine, some 50 ms of its processor, to check XML that only domain_xml.c writes. */
    virDomainPtr domain = virDomainDefineXMLFlags(hypervisor->connection, xml, 0);

    if (domain == NULL)
        return define_result(hypervisor, name, error);
    return wrap(domain, ret_machine, error);
}

int hypervisor_list(struct hypervisor *hypervisor, hypervisor_visit_fn visit, void *context,
                    struct error *error)
{
    CLEANUP(cleanup_free) virDomainPtr *domains = NULL;
    const int count = virConnectListAllDomains(hypervisor->connection, &domains, 0);

    if (count < 0)
        return hypervisor_fault("list machines", error);
    for (int i = 0; i < count; ++i) {
        const char *name = virDomainGetName(domains[i]);

        if (name != NULL)
            visit(context, name);
        (void)virDomainFree(domains[i]);
    }
    return 0;
}

int hypervisor_machine_power(struct hypervisor_machine *machine, enum hypervisor_power *ret_power,
                             struct error *error)
{
    const int active = virDomainIsActive(machine->domain);

    if (active < 0)
        return machine_result("state of a machine", error);
    *ret_power = active == 1 ? HYPERVISOR_RUNNING : HYPERVISOR_STOPPED;
    return 0;
}

/* What is asked for twice fails the second time, each driver with a code of its own: what counts is
 * whether the machine is where it should be. */
static int power_result(struct hypervisor_machine *machine, enum hypervisor_power wanted,
                        const char *what, struct error *error)
{
    const int result = machine_result(what, error);
    enum hypervisor_power power = wanted;

    if (result != HYPERVISOR_NO_MACHINE && hypervisor_machine_power(machine, &power, NULL) == 0 &&
        power == wanted)
        return 0;
    return result;
}

int hypervisor_machine_start(struct hypervisor_machine *machine, struct error *error)
{
    if (virDomainCreate(machine->domain) < 0)
        return power_result(machine, HYPERVISOR_RUNNING, "start a machine", error);
    return 0;
}

int hypervisor_machine_stop(struct hypervisor_machine *machine, struct error *error)
{
    if (virDomainDestroy(machine->domain) < 0)
        return power_result(machine, HYPERVISOR_STOPPED, "stop a machine", error);
    return 0;
}

int hypervisor_machine_shutdown(struct hypervisor_machine *machine, struct error *error)
{
    if (virDomainShutdown(machine->domain) < 0)
        return power_result(machine, HYPERVISOR_STOPPED, "shut a machine down", error);
    return 0;
}

int hypervisor_machine_xml(struct hypervisor_machine *machine, char **ret_xml, struct error *error)
{
    char *xml = virDomainGetXMLDesc(machine->domain, VIR_DOMAIN_XML_INACTIVE);

    if (xml == NULL)
        return machine_result("XML of a machine", error);
    *ret_xml = xml;
    return 0;
}

int hypervisor_machine_undefine(struct hypervisor_machine *machine, struct error *error)
{
    const unsigned flags =
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;

    int code = virDomainUndefineFlags(machine->domain, flags);

    /* A driver that keeps neither knows no flag for them. */
    if (code < 0 && hypervisor_last_code() == VIR_ERR_INVALID_ARG)
        code = virDomainUndefine(machine->domain);
    return code < 0 ? machine_result("undefine a machine", error) : 0;
}

/* The kept definition's metadata, not that of the run that happens to be on: it must outlive a
 * stop. */

static int read_element(struct hypervisor_machine *machine, const char *space, char **ret_xml,
                        struct error *error)
{
    char *xml = virDomainGetMetadata(machine->domain, VIR_DOMAIN_METADATA_ELEMENT, space,
                                     VIR_DOMAIN_AFFECT_CONFIG);

    if (xml == NULL && hypervisor_last_code() == VIR_ERR_NO_DOMAIN_METADATA)
        return HYPERVISOR_NO_METADATA;
    if (xml == NULL)
        return machine_result("metadata of a machine", error);
    *ret_xml = xml;
    return 0;
}

static int write_element(struct hypervisor_machine *machine, const char *space, const char *prefix,
                         const char *xml, struct error *error)
{
    if (virDomainSetMetadata(machine->domain, VIR_DOMAIN_METADATA_ELEMENT, xml, prefix, space,
                             VIR_DOMAIN_AFFECT_CONFIG) < 0)
        return machine_result("write metadata of a machine", error);
    return 0;
}

int hypervisor_machine_metadata(struct hypervisor_machine *machine, char **ret_xml,
                                struct error *error)
{
    return read_element(machine, METADATA_NAMESPACE, ret_xml, error);
}

int hypervisor_machine_set_metadata(struct hypervisor_machine *machine, const char *xml,
                                    struct error *error)
{
    return write_element(machine, METADATA_NAMESPACE, METADATA_PREFIX, xml, error);
}

int hypervisor_machine_login(struct hypervisor_machine *machine, char **ret_xml,
                             struct error *error)
{
    return read_element(machine, METADATA_LOGIN_NAMESPACE, ret_xml, error);
}

int hypervisor_machine_set_login(struct hypervisor_machine *machine, const char *xml,
                                 struct error *error)
{
    return write_element(machine, METADATA_LOGIN_NAMESPACE, METADATA_LOGIN_PREFIX, xml, error);
}

int hypervisor_machine_set_password(struct hypervisor_machine *machine, const char *login,
                                    const char *password, struct error *error)
{
    if (virDomainSetUserPassword(machine->domain, login, password, 0) < 0)
        return machine_result("set a password", error);
    return 0;
}
