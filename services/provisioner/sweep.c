#include "services/provisioner/sweep.h"

#include "services/provisioner/machine_steps.h"
#include "services/provisioner/metadata.h"

#include <string.h>

enum { part_limit = 2000 };

struct seen {
    Slipway__V1__SeenMachine machine;
    char uuid[DOMAIN_UUID_SIZE];
};

/* What goes into one message. */
struct part {
    struct seen seen[part_limit];
    Slipway__V1__SeenMachine *machines[part_limit];
    size_t count;
};

struct sweep {
    struct hypervisor *hypervisor;
    const struct results *results;
    const Slipway__V1__MachineCommand *command;
    struct part *part;
    /* The first fault; the sweep goes no further then. */
    int result;
    struct error *error;
};

bool sweep_is_meant(const Slipway__V1__MachineCommand *command)
{
    return command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT_NODE ||
           command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_REMOVE_STRAY;
}

/* 0, HYPERVISOR_NO_MACHINE, HYPERVISOR_NO_METADATA (it is not ours) or a fault. */
static int find_own(struct hypervisor *hypervisor, uint64_t vps_id,
                    struct hypervisor_machine **ret_machine, struct error *error)
{
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    CLEANUP(cleanup_free) char *xml = NULL;
    struct metadata metadata;
    char name[DOMAIN_NAME_SIZE];
    int result = hypervisor_find(hypervisor, domain_name(vps_id, name), &machine, error);

    if (result == 0)
        result = hypervisor_machine_metadata(machine, &xml, error);
    if (result != 0)
        return result;
    if (metadata_parse(xml, strlen(xml), &metadata, NULL) != 0 || metadata.vps_id != vps_id)
        return HYPERVISOR_NO_METADATA;
    *ret_machine = TAKE(machine);
    return 0;
}

static int look(struct hypervisor *hypervisor, uint64_t vps_id, struct seen *ret_seen,
                struct error *error)
{
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    enum hypervisor_power power = HYPERVISOR_STOPPED;
    int result = find_own(hypervisor, vps_id, &machine, error);

    if (result == 0)
        result = hypervisor_machine_power(machine, &power, error);
    if (result != 0)
        return result;
    slipway__v1__seen_machine__init(&ret_seen->machine);
    ret_seen->machine.vps_id = vps_id;
    memcpy(ret_seen->uuid, hypervisor_machine_uuid(machine), sizeof(ret_seen->uuid));
    ret_seen->machine.machine_uuid = ret_seen->uuid;
    ret_seen->machine.power_state = power == HYPERVISOR_RUNNING
                                        ? SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING
                                        : SLIPWAY__V1__POWER_STATE__POWER_STATE_STOPPED;
    return 0;
}

static int send_part(struct sweep *sweep, bool last)
{
    Slipway__V1__NodeInspected inspected = SLIPWAY__V1__NODE_INSPECTED__INIT;

    inspected.node_name = sweep->command->placement->node_name;
    inspected.asked_at_us = sweep->command->inspect_node->asked_at_us;
    inspected.machines = sweep->part->machines;
    inspected.n_machines = sweep->part->count;
    inspected.last = last;
    sweep->part->count = 0;
    return results_send_inspected(sweep->results, &inspected, sweep->error);
}

static void visit(void *context, const char *name)
{
    struct sweep *sweep = context;
    struct part *part = sweep->part;
    struct seen *seen = &part->seen[part->count];
    uint64_t vps_id;
    int result;

    if (sweep->result != 0 || domain_name_parse(name, &vps_id))
        return;
    result = look(sweep->hypervisor, vps_id, seen, sweep->error);
    if (result < 0)
        sweep->result = result;
    if (result != 0)
        return;
    part->machines[part->count++] = &seen->machine;
    if (part->count == part_limit)
        sweep->result = send_part(sweep, false);
}

static int inspect(struct sweep *sweep)
{
    CLEANUP(cleanup_free) struct part *part = calloc(1, sizeof(*part));
    int result;

    if (part == NULL)
        return error_set(sweep->error, FAULT_RETRY, "out of memory");
    sweep->part = part;
    result = hypervisor_list(sweep->hypervisor, visit, sweep, sweep->error);
    if (result == 0)
        result = sweep->result;
    return result == 0 ? send_part(sweep, true) : result;
}

static int remove_stray(const struct machine_request *request, struct error *error)
{
    CLEANUP(build_deinit) struct build build = {.request = request};
    int result = build_find(&build, error);

    if (result == 0 && strcmp(hypervisor_machine_uuid(build.machine),
                              request->command->remove_stray->machine_uuid) == 0)
        result = build_remove(&build, error);
    return result < 0 ? result : 0;
}

int sweep_run(const struct machine_request *request, const struct results *results,
              struct error *error)
{
    struct sweep sweep = {.hypervisor = request->hypervisor,
                          .results = results,
                          .command = request->command,
                          .error = error};

    return request->command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT_NODE
               ? inspect(&sweep)
               : remove_stray(request, error);
}
