#include "services/billing/machine_order.h"
#include "services/billing/result_private.h"

#include <string.h>

enum { BUILD_SEQUENCE = 1 };

/* The outcomes that end a build, and perhaps its checkout. */
static bool ends_a_build(const Slipway__V1__MachineResult *result)
{
    return result->sequence <= BUILD_SEQUENCE &&
           (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT ||
            result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED);
}

static bool leaves_its_place(const Slipway__V1__MachineResult *result)
{
    return result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED ||
           result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_DELETED;
}

void result_want(struct batch *batch, const struct job *job)
{
    const Slipway__V1__MachineResult *result = job->result;
    const int64_t vps_id = (int64_t)result->vps_id;

    pg_array_push_number(batch->wants.vps_ids, vps_id);
    if (leaves_its_place(result))
        pg_array_push_number(batch->wants.left_vps_ids, vps_id);
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED)
        return;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT ||
        result_is_silent(result))
        pg_array_push_number(batch->wants.ordered_vps_ids, vps_id);
    if (ends_a_build(result))
        pg_array_push_number(batch->wants.built_vps_ids, vps_id);
    if (result->sequence <= BUILD_SEQUENCE) {
        batch->wants.ids[SEQUENCE_TRANSFER] += 1;
        return;
    }
    pg_array_push_number(batch->wants.named_vps_ids, vps_id);
    pg_array_push_number(batch->wants.named_sequences, (int64_t)result->sequence);
}

static const char *power_state_name(Slipway__V1__PowerState state)
{
    static const char *const names[] = {
        [SLIPWAY__V1__POWER_STATE__POWER_STATE_UNSPECIFIED] = "unknown",
        [SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING] = "running",
        [SLIPWAY__V1__POWER_STATE__POWER_STATE_STOPPED] = "stopped",
        [SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING] = "missing",
    };

    return (size_t)state < ARRAY_LENGTH(names) ? names[state] : names[0];
}

bool result_note_power(struct machine *machine, Slipway__V1__PowerState state,
                       int64_t occurred_at_us)
{
    if (state == SLIPWAY__V1__POWER_STATE__POWER_STATE_UNSPECIFIED ||
        occurred_at_us <= machine->inspected_at_us)
        return false;
    machine->power_state = power_state_name(state);
    machine->inspected_at_us = occurred_at_us;
    machine->changed = true;
    return true;
}

void result_give_up_place(struct batch *batch, struct machine *machine)
{
    const struct catalog_plan *plan = catalog_find_plan(batch->catalog, machine->plan_code);

    if (plan != NULL)
        placement_store_push_freed(
            &batch->writes.placement, machine->node_id,
            &(struct placement_size){plan->vcpu, plan->ram_mb, plan->disk_gb});
    if (machine->address[0] != '\0')
        placement_store_push_given(&batch->writes.placement, machine->address,
                                   machine->location_code, machine->pool_id);
    machine->address = "";
}

bool result_is_silent(const Slipway__V1__MachineResult *result)
{
    return result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED &&
           result->build_failed->node_silent;
}

/* Observations may come in any order; the latest one stands. */
static void apply_observation(struct job *job, struct machine *machine)
{
    const Slipway__V1__MachineResult *result = job->result;

    if (machine->status != VPS_FAILED && machine->status != VPS_DELETED)
        job->effect.applied =
            result_note_power(machine, result->observed->power_state, result->occurred_at_us);
    job->effect.vps_id = result->vps_id;
}

/* INV-5: a machine was built whose server is no more. One that the register knows was deleted with
 * it, so this is only an old result that came again. */
static bool is_stray(const struct machine *machine, const Slipway__V1__MachineResult *result)
{
    return result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT &&
           (machine->status == VPS_DELETED || machine->status == VPS_FAILED) &&
           strcmp(machine->machine_uuid, result->built->machine_uuid) != 0;
}

/* A build was given up because its node did not answer; now it does, and nothing is left there. */
static bool is_cleared(const struct machine *machine, const Slipway__V1__MachineResult *result)
{
    return result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_DELETED &&
           machine->status == VPS_FAILED && machine->address[0] != '\0';
}

static void clear(struct batch *batch, struct job *job, struct machine *machine)
{
    const Slipway__V1__MachineResult *result = job->result;

    placement_store_push_answering(&batch->writes.placement, machine->node_id);
    result_give_up_place(batch, machine);
    machine->applied_sequence = (int64_t)result->sequence;
    machine->changed = true;
    job->effect.vps_id = result->vps_id;
    job->effect.applied = true;
}

static int apply(struct batch *batch, struct job *job, struct machine *machine, struct error *error)
{
    const Slipway__V1__MachineResult *result = job->result;

    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED) {
        apply_observation(job, machine);
        return 0;
    }
    if (is_stray(machine, result))
        return machine_order_remove_stray(batch, machine, result->traceparent, error);
    if (is_cleared(machine, result)) {
        clear(batch, job, machine);
        return 0;
    }
    if (result->sequence > BUILD_SEQUENCE)
        return result_apply_operation(batch, job, machine, error);
    return result_apply_build(batch, job, machine, error);
}

int result_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__MachineResult *result = job->result;
    struct machine *machine = batch_find_machine(batch, (int64_t)result->vps_id);

    if (machine == NULL)
        job->outcome = error_set(&job->error, FAULT_HARD, "unknown vps");
    else if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME__NOT_SET)
        job->outcome = error_set(&job->error, FAULT_HARD, "a result without an outcome");
    else if ((int64_t)result->sequence > machine->sequence)
        job->outcome = error_set(&job->error, FAULT_HARD, "a sequence that was never issued");
    else
        return apply(batch, job, machine, error);
    return 0;
}
