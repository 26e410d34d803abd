#include "services/provisioner/machine.h"

#include "services/provisioner/machine_steps.h"

#include <inttypes.h>
#include <string.h>

static const struct machine_failure failures[] = {
    [MACHINE_IMAGE_MISSING] = {"image_missing",
                               "The operating system's image is not available there."          },
    [MACHINE_IMAGE_UNSUPPORTED] = {"image_unsupported",
                               "The operating system can't be installed there."                },
    [MACHINE_NODE_REFUSED] = {"node_refused",      "The machine could not be made as ordered."},
    [MACHINE_NODE_UNAVAILABLE] = {"node_unavailable",
                               "The place for the machine did not answer in time."             },
    [MACHINE_NAME_TAKEN] = {"name_taken",        "The place for the machine is taken."      },
};

const struct machine_failure *machine_failure(enum machine_refusal refusal)
{
    return &failures[refusal];
}

static struct machine_outcome outcome_built(const struct build *build, bool repeated)
{
    struct machine_outcome outcome = {
        .kind = MACHINE_BUILT, .metadata = build->metadata, .repeated = repeated};

    memcpy(outcome.uuid, hypervisor_machine_uuid(build->machine), sizeof(outcome.uuid));
    return outcome;
}

/* Stops and undefines. Done also when it is gone. */
static int remove_machine(struct hypervisor_machine *machine, struct error *error)
{
    int result = hypervisor_machine_stop(machine, error);

    if (result == 0)
        result = hypervisor_machine_undefine(machine, error);
    return result == HYPERVISOR_NO_MACHINE ? 0 : result;
}

/* What another order, or a finished build, has made is nobody's leftover. */
static bool is_leftover(const struct build *build)
{
    return build->metadata.state == METADATA_BUILDING &&
           build->metadata.sequence == build->request->command->sequence;
}

static int remove_leftovers(const struct machine_request *request, struct error *error)
{
    CLEANUP(build_deinit) struct build build = {.request = request};
    const int result = build_find(&build, error);

    if (result == HYPERVISOR_NO_MACHINE || result == HYPERVISOR_NO_METADATA)
        return 0;
    if (result != 0)
        return result;
    if (!is_leftover(&build))
        return error_set(error, FAULT_HARD, "a machine that stands is not a failed build");
    return remove_machine(build.machine, error);
}

static int fail_build(const struct machine_request *request, enum machine_refusal refusal,
                      struct machine_outcome *ret_outcome, struct error *error)
{
    struct error removal;
    const int result = remove_leftovers(request, &removal);

    if (result != 0)
        return error_set(error, (enum fault)result, "leftovers stay: %.300s", removal.text);
    *ret_outcome = (struct machine_outcome){.kind = MACHINE_FAILED, .refusal = refusal};
    return 0;
}

static int run_build(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    int result = listener->started(listener->context, error);

    if (result == 0)
        result = steps_run(build, error);
    if (result == FAULT_HARD)
        result = MACHINE_NODE_REFUSED;
    if (result > 0)
        return fail_build(build->request, (enum machine_refusal)result, ret_outcome, error);
    if (result == 0)
        *ret_outcome = outcome_built(build, false);
    return result;
}

static int build_new(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const struct machine_request *request = build->request;

    if (request->command->sequence > 1)
        return error_set(error, FAULT_RETRY, "commands before %" PRIu64 " are still to come",
                         request->command->sequence);
    if (request->listener->is_settled(request->listener->context)) {
        *ret_outcome = (struct machine_outcome){.kind = MACHINE_OBSERVED, .power = MACHINE_MISSING};
        return 0;
    }
    return run_build(build, ret_outcome, error);
}

static int build_on(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const uint64_t sequence = build->request->command->sequence;

    if (sequence > build->metadata.sequence + 1)
        return error_set(error, FAULT_RETRY, "commands before %" PRIu64 " are still to come",
                         sequence);
    if (sequence > build->metadata.sequence)
        return error_set(error, FAULT_HARD, "a machine that stands is not built over");
    if (build->metadata.state == METADATA_BUILDING)
        return run_build(build, ret_outcome, error);
    *ret_outcome = outcome_built(build, true);
    return 0;
}

int machine_build(const struct machine_request *request, struct machine_outcome *ret_outcome,
                  struct error *error)
{
    CLEANUP(build_deinit) struct build build = {.request = request};
    const int result = build_find(&build, error);

    if (result == HYPERVISOR_NO_MACHINE)
        return build_new(&build, ret_outcome, error);
    if (result == HYPERVISOR_NO_METADATA)
        return fail_build(request, MACHINE_NAME_TAKEN, ret_outcome, error);
    if (result == 0)
        return build_on(&build, ret_outcome, error);
    /* A node that does not even let us look is as good as away: nobody knows what is on it. */
    return FAULT_RETRY;
}

int machine_inspect(const struct machine_request *request, struct machine_outcome *ret_outcome,
                    struct error *error)
{
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    enum hypervisor_power power = HYPERVISOR_STOPPED;
    char name[DOMAIN_NAME_SIZE];
    int result = hypervisor_find(request->hypervisor, domain_name(request->command->vps_id, name),
                                 &machine, error);

    if (result == 0)
        result = hypervisor_machine_power(machine, &power, error);
    if (result < 0)
        return result;
    *ret_outcome = (struct machine_outcome){.kind = MACHINE_OBSERVED};
    if (result == HYPERVISOR_NO_MACHINE)
        ret_outcome->power = MACHINE_MISSING;
    else
        ret_outcome->power = power == HYPERVISOR_RUNNING ? MACHINE_RUNNING : MACHINE_STOPPED;
    return 0;
}

int machine_abandon(const struct machine_request *request, struct machine_outcome *ret_outcome,
                    struct error *error)
{
    if (request->command->sequence > 1)
        return error_set(error, FAULT_HARD, "commands before %" PRIu64 " never came",
                         request->command->sequence);
    return fail_build(request, MACHINE_NODE_UNAVAILABLE, ret_outcome, error);
}
