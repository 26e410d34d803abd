#include "services/provisioner/machine.h"

#include "services/provisioner/machine_operations.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int fail(enum machine_refusal refusal, enum machine_power power,
                struct machine_outcome *ret_outcome)
{
    *ret_outcome =
        (struct machine_outcome){.kind = MACHINE_FAILED, .refusal = refusal, .power = power};
    return 0;
}

static int fail_missing(struct build *build, struct machine_outcome *ret_outcome,
                        struct error *error)
{
    (void)build;
    (void)error_set(error, FAULT_HARD, "the machine is missing");
    return fail(MACHINE_GONE, MACHINE_MISSING, ret_outcome);
}

static bool is_settled(const struct build *build, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;

    (void)error_set(error, FAULT_HARD, "the order had ended before it was begun");
    return listener->is_settled(listener->context);
}

/* A customer whose machine is lost gets it anew. */
static int reinstall_missing(struct build *build, struct machine_outcome *ret_outcome,
                             struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    int result;

    if (is_settled(build, error))
        return fail(MACHINE_SUPERSEDED, MACHINE_MISSING, ret_outcome);
    result = listener->started(listener->context, error);
    return result != 0 ? result : build_run(build, ret_outcome, error);
}

static int delete_missing(struct build *build, struct machine_outcome *ret_outcome,
                          struct error *error)
{
    (void)build;
    (void)error;
    *ret_outcome = (struct machine_outcome){.kind = MACHINE_DELETED, .repeated = true};
    return 0;
}

typedef int (*run_fn)(struct build *build, struct machine_outcome *ret_outcome,
                      struct error *error);

struct operation {
    Slipway__V1__MachineCommand__ActionCase action;
    run_fn run;
    /* Where the node does not know the machine. */
    run_fn run_missing;
    /* What a repeat of one that was done is told. */
    enum machine_outcome_kind done;
};

/* clang-format off */
static const struct operation operations[] = {
    {SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER,
     power_run,     fail_missing,      MACHINE_POWERED},
    {SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL,
     reinstall_run, reinstall_missing, MACHINE_BUILT},
    {SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD,
     password_run,  fail_missing,      MACHINE_PASSWORD_SET},
    {SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE,
     delete_run,    delete_missing,    MACHINE_DELETED},
};
/* clang-format on */

static const struct operation *find_operation(Slipway__V1__MachineCommand__ActionCase action)
{
    for (size_t i = 0; i < ARRAY_LENGTH(operations); ++i)
        if (operations[i].action == action)
            return &operations[i];
    return NULL;
}

bool machine_is_operation(Slipway__V1__MachineCommand__ActionCase action)
{
    return find_operation(action) != NULL;
}

bool operation_is_begun(const struct build *build)
{
    return build->metadata.sequence == build->request->command->sequence;
}

int operation_begin(struct build *build, const char *step, struct error *error)
{
    struct metadata *metadata = &build->metadata;

    metadata->sequence = build->request->command->sequence;
    metadata->state = METADATA_WORKING;
    metadata->failure[0] = '\0';
    (void)snprintf(metadata->step, sizeof(metadata->step), "%s", step);
    return build_save(build, error);
}

int operation_end(struct build *build, enum machine_refusal refusal, struct error *error)
{
    struct metadata *metadata = &build->metadata;

    if (metadata->sequence > build->request->command->sequence)
        return 0;
    metadata->sequence = build->request->command->sequence;
    metadata->state = METADATA_BUILT;
    (void)snprintf(metadata->failure, sizeof(metadata->failure), "%s",
                   refusal == 0 ? "" : machine_failure(refusal)->code);
    return build_save(build, error);
}

static struct machine_outcome failed_outcome(const struct build *build,
                                             enum machine_refusal refusal)
{
    struct machine_outcome outcome = {.kind = MACHINE_FAILED, .refusal = refusal};

    if (build_power(build, &outcome.power, NULL) != 0)
        outcome.power = MACHINE_UNKNOWN;
    return outcome;
}

int operation_fail(struct build *build, enum machine_refusal refusal,
                   struct machine_outcome *ret_outcome, struct error *error)
{
    struct error saving;
    const int result = operation_end(build, refusal, &saving);

    if (result != 0)
        return error_set(error, (enum fault)result, "%.300s", saving.text);
    *ret_outcome = failed_outcome(build, refusal);
    return 0;
}

enum turn {
    /* Done, or failed for good. */
    TURN_PAST,
    /* Commands after it were carried out without it. */
    TURN_OVERTAKEN,
    /* Now, from the beginning or where another worker has left it. */
    TURN_NOW,
    TURN_EARLY,
};

static enum turn turn_of(const struct metadata *metadata,
                         const Slipway__V1__MachineCommand *command)
{
    const uint64_t ended = metadata->sequence > command->settled_sequence
                               ? metadata->sequence
                               : command->settled_sequence;

    if (command->sequence < metadata->sequence)
        return TURN_OVERTAKEN;
    if (command->sequence == metadata->sequence)
        return metadata->state == METADATA_BUILT ? TURN_PAST : TURN_NOW;
    return command->sequence > ended + 1 ? TURN_EARLY : TURN_NOW;
}

static int repeat(const struct build *build, enum machine_outcome_kind done,
                  struct machine_outcome *ret_outcome, struct error *error)
{
    struct machine_outcome outcome;
    int result;

    if (build->metadata.failure[0] != '\0') {
        (void)error_set(error, FAULT_HARD, "it had failed before");
        *ret_outcome = failed_outcome(build, machine_failure_find(build->metadata.failure));
        return 0;
    }
    outcome = build_outcome(build, true);
    outcome.kind = done;
    result = build_power(build, &outcome.power, error);
    if (result == 0)
        *ret_outcome = outcome;
    return result;
}

static int run(struct build *build, const struct operation *operation,
               struct machine_outcome *ret_outcome, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    enum machine_power power = MACHINE_UNKNOWN;
    int result;

    if (is_settled(build, error)) {
        result = build_power(build, &power, error);
        return result != 0 ? result : fail(MACHINE_SUPERSEDED, power, ret_outcome);
    }
    result = listener->started(listener->context, error);
    return result != 0 ? result : operation->run(build, ret_outcome, error);
}

static int take_turn(struct build *build, const struct operation *operation,
                     struct machine_outcome *ret_outcome, struct error *error)
{
    const Slipway__V1__MachineCommand *command = build->request->command;

    switch (turn_of(&build->metadata, command)) {
    case TURN_PAST: return repeat(build, operation->done, ret_outcome, error);
    case TURN_OVERTAKEN:
        (void)error_set(error, FAULT_HARD, "command %" PRIu64 " was carried out before it",
                        build->metadata.sequence);
        *ret_outcome = failed_outcome(build, MACHINE_OVERTAKEN);
        return 0;
    case TURN_NOW: return run(build, operation, ret_outcome, error);
    case TURN_EARLY: break;
    }
    (void)error_set(error, FAULT_RETRY, "commands before %" PRIu64 " are still to come",
                    command->sequence);
    return MACHINE_EARLY;
}

static int operate_once(const struct machine_request *request, const struct operation *operation,
                        struct machine_outcome *ret_outcome, struct error *error)
{
    CLEANUP(build_deinit) struct build build = {.request = request};
    const int found = build_find(&build, error);

    if (found == 0)
        return take_turn(&build, operation, ret_outcome, error);
    if (found == HYPERVISOR_NO_MACHINE)
        return operation->run_missing(&build, ret_outcome, error);
    /* Not even a deletion touches it, nor says that the place is free: a person has to look. */
    if (found == HYPERVISOR_NO_METADATA)
        return fail(MACHINE_NAME_TAKEN, MACHINE_MISSING, ret_outcome);
    /* A node that does not even let us look is as good as away: nobody knows what is on it. */
    return FAULT_RETRY;
}

int machine_operate(const struct machine_request *request, struct machine_outcome *ret_outcome,
                    struct error *error)
{
    const struct operation *operation = find_operation(request->command->action_case);
    int result;

    if (operation == NULL)
        return error_set(error, FAULT_HARD, "not an order to a machine that stands");
    result = operate_once(request, operation, ret_outcome, error);
    if (result == STEPS_OVERTAKEN)
        result = operate_once(request, operation, ret_outcome, error);
    return result == STEPS_OVERTAKEN
               ? error_set(error, FAULT_RETRY, "other workers are at the machine")
               : result;
}

void machine_give_up(struct machine_outcome *ret_outcome)
{
    *ret_outcome = (struct machine_outcome){
        .kind = MACHINE_FAILED, .refusal = MACHINE_NODE_UNAVAILABLE, .power = MACHINE_UNKNOWN};
}
