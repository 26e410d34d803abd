#include "services/provisioner/results.h"

#include "lib/base/clock.h"
#include "lib/base/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* protobuf-c takes strings and bytes without const, though it only reads what it packs. */
union borrowed {
    const void *from;
    char *text;
    uint8_t *bytes;
};

static char *borrow_text(const char *text)
{
    return (union borrowed){.from = text}.text;
}

static int pack_and_send(const struct results *results, Slipway__V1__MachineResult *result,
                         kafka_delivered_fn delivered, void *context, struct error *error)
{
    CLEANUP(cleanup_free) uint8_t *value = NULL;
    char key[72];
    size_t length;
    int sent;

    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_NODE_INSPECTED)
        (void)snprintf(key, sizeof(key), "%s", result->node_inspected->node_name);
    else
        (void)snprintf(key, sizeof(key), "%" PRIu64, result->vps_id);
    result->worker = borrow_text(results->worker);
    result->occurred_at_us = clock_now_us(NULL);
    length = slipway__v1__machine_result__get_packed_size(result);
    value = malloc(length + 1);
    if (value == NULL)
        return error_set(error, FAULT_RETRY, "out of memory");
    (void)slipway__v1__machine_result__pack(result, value);
    sent = kafka_producer_send(results->producer,
                               &(struct kafka_message){.topic = "vps.results",
                                                       .key = key,
                                                       .key_length = strlen(key),
                                                       .value = value,
                                                       .value_length = length},
                               delivered, context, error);
    if (sent == KAFKA_PRODUCER_FULL)
        return error_set(error, FAULT_RETRY, "too many results wait for Kafka");
    /* A result is never given up: billing would wait for it for ever. */
    return sent == 0 ? 0 : FAULT_RETRY;
}

static Slipway__V1__MachineResult answer(const Slipway__V1__MachineCommand *command)
{
    Slipway__V1__MachineResult result = SLIPWAY__V1__MACHINE_RESULT__INIT;

    result.vps_id = command->vps_id;
    result.sequence = command->sequence;
    result.batch_id = command->batch_id;
    result.item_index = command->item_index;
    result.traceparent = command->traceparent;
    return result;
}

static bool is_build(const Slipway__V1__MachineCommand *command)
{
    return command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD;
}

int results_send_started(const struct results *results, const Slipway__V1__MachineCommand *command,
                         struct error *error)
{
    Slipway__V1__MachineResult result = answer(command);
    Slipway__V1__BuildStarted build_started = SLIPWAY__V1__BUILD_STARTED__INIT;
    Slipway__V1__CommandStarted started = SLIPWAY__V1__COMMAND_STARTED__INIT;

    if (is_build(command)) {
        result.outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_STARTED;
        result.build_started = &build_started;
    } else {
        result.outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_STARTED;
        result.started = &started;
    }
    return pack_and_send(results, &result, NULL, NULL, error);
}

static Slipway__V1__PowerState power_state(enum machine_power power)
{
    static const Slipway__V1__PowerState states[] = {
        [MACHINE_RUNNING] = SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING,
        [MACHINE_STOPPED] = SLIPWAY__V1__POWER_STATE__POWER_STATE_STOPPED,
        [MACHINE_MISSING] = SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING,
        [MACHINE_UNKNOWN] = SLIPWAY__V1__POWER_STATE__POWER_STATE_UNSPECIFIED,
    };

    return states[power];
}

/* The parts that a result may point to. */
struct parts {
    Slipway__V1__MachineBuilt built;
    Slipway__V1__BuildFailed build_failed;
    Slipway__V1__PowerControlled power_controlled;
    Slipway__V1__PasswordSet password_set;
    Slipway__V1__MachineDeleted deleted;
    Slipway__V1__CommandFailed command_failed;
    Slipway__V1__MachineObserved observed;
};

static void tell_built(const struct machine_outcome *outcome, struct parts *parts,
                       Slipway__V1__MachineResult *result)
{
    const struct metadata *metadata = &outcome->metadata;
    Slipway__V1__MachineBuilt *built = &parts->built;

    slipway__v1__machine_built__init(built);
    built->machine_uuid = borrow_text(outcome->uuid);
    built->address = borrow_text(metadata->address);
    built->port = metadata->port;
    built->login = borrow_text(metadata->login);
    built->sealed_password.data = (union borrowed){.from = metadata->sealed_password}.bytes;
    built->sealed_password.len = metadata->sealed_length;
    built->seal_key_id = metadata->seal_key_id;
    built->power_state = power_state(MACHINE_RUNNING);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT;
    result->built = built;
}

static void tell_password(const struct machine_outcome *outcome, struct parts *parts,
                          Slipway__V1__MachineResult *result)
{
    const struct metadata *metadata = &outcome->metadata;
    Slipway__V1__PasswordSet *password = &parts->password_set;

    slipway__v1__password_set__init(password);
    password->login = borrow_text(metadata->login);
    password->sealed_password.data = (union borrowed){.from = metadata->sealed_password}.bytes;
    password->sealed_password.len = metadata->sealed_length;
    password->seal_key_id = metadata->seal_key_id;
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_PASSWORD_SET;
    result->password_set = password;
}

static void tell_build_failed(const struct machine_outcome *outcome, struct parts *parts,
                              Slipway__V1__MachineResult *result)
{
    const struct machine_failure *failure = machine_failure(outcome->refusal);

    slipway__v1__build_failed__init(&parts->build_failed);
    parts->build_failed.code = borrow_text(failure->code);
    parts->build_failed.detail = borrow_text(failure->detail);
    parts->build_failed.node_silent = outcome->node_silent;
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED;
    result->build_failed = &parts->build_failed;
}

static void tell_command_failed(const struct machine_outcome *outcome, struct parts *parts,
                                Slipway__V1__MachineResult *result)
{
    const struct machine_failure *failure = machine_failure(outcome->refusal);

    slipway__v1__command_failed__init(&parts->command_failed);
    parts->command_failed.code = borrow_text(failure->code);
    parts->command_failed.detail = borrow_text(failure->detail);
    parts->command_failed.power_state = power_state(outcome->power);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_COMMAND_FAILED;
    result->command_failed = &parts->command_failed;
}

static void fill_outcome(const struct machine_outcome *outcome, struct parts *parts,
                         Slipway__V1__MachineResult *result, bool of_build)
{
    switch (outcome->kind) {
    case MACHINE_BUILT: tell_built(outcome, parts, result); break;
    case MACHINE_PASSWORD_SET: tell_password(outcome, parts, result); break;
    case MACHINE_FAILED:
        (of_build ? tell_build_failed : tell_command_failed)(outcome, parts, result);
        break;
    case MACHINE_POWERED:
        slipway__v1__power_controlled__init(&parts->power_controlled);
        parts->power_controlled.power_state = power_state(outcome->power);
        result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_POWER_CONTROLLED;
        result->power_controlled = &parts->power_controlled;
        break;
    case MACHINE_DELETED:
        slipway__v1__machine_deleted__init(&parts->deleted);
        result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_DELETED;
        result->deleted = &parts->deleted;
        break;
    case MACHINE_OBSERVED:
        slipway__v1__machine_observed__init(&parts->observed);
        parts->observed.power_state = power_state(outcome->power);
        result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED;
        result->observed = &parts->observed;
        break;
    }
}

int results_send_outcome(const struct results *results, const Slipway__V1__MachineCommand *command,
                         const struct machine_outcome *outcome, kafka_delivered_fn delivered,
                         void *context, struct error *error)
{
    Slipway__V1__MachineResult result = answer(command);
    struct parts parts;

    fill_outcome(outcome, &parts, &result, is_build(command));
    return pack_and_send(results, &result, delivered, context, error);
}

int results_send_observed(const struct results *results, uint64_t vps_id, uint64_t sequence,
                          enum machine_power power, struct error *error)
{
    Slipway__V1__MachineResult result = SLIPWAY__V1__MACHINE_RESULT__INIT;
    Slipway__V1__MachineObserved observed = SLIPWAY__V1__MACHINE_OBSERVED__INIT;
    struct trace trace;

    trace_begin(NULL, NULL, &trace);
    observed.power_state = power_state(power);
    result.vps_id = vps_id;
    result.sequence = sequence;
    result.traceparent = trace.traceparent;
    result.outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED;
    result.observed = &observed;
    return pack_and_send(results, &result, NULL, NULL, error);
}

int results_send_inspected(const struct results *results, Slipway__V1__NodeInspected *inspected,
                           struct error *error)
{
    Slipway__V1__MachineResult result = SLIPWAY__V1__MACHINE_RESULT__INIT;

    result.outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_NODE_INSPECTED;
    result.node_inspected = inspected;
    return pack_and_send(results, &result, NULL, NULL, error);
}
