#include "services/provisioner/machine.h"

#include "services/provisioner/machine_steps.h"

#include <inttypes.h>
#include <string.h>

struct machine_outcome build_outcome(const struct build *build, bool repeated)
{
    struct machine_outcome outcome = {
        .kind = MACHINE_BUILT, .metadata = build->metadata, .repeated = repeated};

    memcpy(outcome.uuid, hypervisor_machine_uuid(build->machine), sizeof(outcome.uuid));
    return outcome;
}

static int remove_leftovers(const struct machine_request *request, struct error *error)
{
    CLEANUP(build_deinit) struct build build = {.request = request};
    const int result = build_find(&build, error);

    if (result == HYPERVISOR_NO_MACHINE || result == HYPERVISOR_NO_METADATA)
        return 0;
    if (result != 0)
        return result;
    /* What another order, or a finished build, has made is nobody's leftover. */
    if (!build_is_in_the_making(&build))
        return error_set(error, FAULT_HARD, "a machine that stands is not a failed build");
    return build_remove(&build, error);
}

static int fail_build(const struct machine_request *request, enum machine_refusal refusal,
                      struct machine_outcome *ret_outcome, struct error *error)
{
    struct error removal;
    const int result = remove_leftovers(request, &removal);

    if (result != 0)
        return error_set(error, (enum fault)result, "leftovers stay: %.300s", removal.text);
    *ret_outcome = (struct machine_outcome){
        .kind = MACHINE_FAILED, .refusal = refusal, .power = MACHINE_MISSING};
    return 0;
}

int build_run(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    int result = steps_run(build, error);

    if (result == FAULT_HARD)
        result = MACHINE_NODE_REFUSED;
    if (result > 0 && result != STEPS_OVERTAKEN)
        return fail_build(build->request, (enum machine_refusal)result, ret_outcome, error);
    if (result == 0)
        *ret_outcome = build_outcome(build, false);
    return result;
}

static int begin_build(struct build *build, struct machine_outcome *ret_outcome,
                       struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    const int result = listener->started(listener->context, error);

    return result != 0 ? result : build_run(build, ret_outcome, error);
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
    return begin_build(build, ret_outcome, error);
}

/* It was built long ago, and orders came after it. */
static int observe(const struct build *build, struct machine_outcome *ret_outcome,
                   struct error *error)
{
    struct machine_outcome outcome = {.kind = MACHINE_OBSERVED};
    const int result = build_power(build, &outcome.power, error);

    if (result == 0)
        *ret_outcome = outcome;
    return result;
}

static int build_on(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const uint64_t sequence = build->request->command->sequence;

    if (sequence > build->metadata.sequence + 1)
        return error_set(error, FAULT_RETRY, "commands before %" PRIu64 " are still to come",
                         sequence);
    if (sequence > build->metadata.sequence)
        return error_set(error, FAULT_HARD, "a machine that stands is not built over");
    if (sequence < build->metadata.sequence)
        return observe(build, ret_outcome, error);
    if (build->metadata.state == METADATA_BUILDING)
        return begin_build(build, ret_outcome, error);
    *ret_outcome = build_outcome(build, true);
    return 0;
}

static int build_once(const struct machine_request *request, struct machine_outcome *ret_outcome,
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

int machine_build(const struct machine_request *request, struct machine_outcome *ret_outcome,
                  struct error *error)
{
    int result = build_once(request, ret_outcome, error);

    if (result == STEPS_OVERTAKEN)
        result = build_once(request, ret_outcome, error);
    return result == STEPS_OVERTAKEN
               ? error_set(error, FAULT_RETRY, "other workers are at the machine")
               : result;
}

int machine_abandon(const struct machine_request *request, struct machine_outcome *ret_outcome,
                    struct error *error)
{
    if (request->command->sequence > 1)
        return error_set(error, FAULT_HARD, "commands before %" PRIu64 " never came",
                         request->command->sequence);
    return fail_build(request, MACHINE_NODE_UNAVAILABLE, ret_outcome, error);
}
