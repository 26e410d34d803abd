#include "services/billing/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void result_want(struct batch *batch, const struct job *job)
{
    const Slipway__V1__MachineResult *result = job->result;
    const int64_t vps_id = (int64_t)result->vps_id;

    pg_array_push_number(batch->wants.vps_ids, vps_id);
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED)
        pg_array_push_number(batch->wants.left_vps_ids, vps_id);
    batch->wants.ids[SEQUENCE_TRANSFER] += 1;
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

/* A fault: the books don't allow it; the result goes to the dead letters and a person looks. */
static int capture(struct batch *batch, const struct machine *machine, struct error *error)
{
    const struct batch_movement movement = {
        .debit = &batch->system[LEDGER_IN_PROGRESS],
        .credit = &batch->system[LEDGER_REVENUE],
        .amount_cents = machine->price_cents,
        .rule = LEDGER_SPEND,
        .transfer = {.kind = LEDGER_CAPTURE, .vps_id = machine->id, .batch_id = machine->batch_id},
    };

    if (batch_move(batch, &movement, NULL) != 0)
        return error_set(error, FAULT_HARD, "a charge can't be captured");
    return 0;
}

static int refund(struct batch *batch, const struct machine *machine, struct error *error)
{
    struct wallet *wallet = batch_find_wallet(batch, machine->user_id);

    if (wallet == NULL)
        return error_set(error, FAULT_HARD, "a server's owner has no wallet");
    const struct batch_movement movement = {
        .debit = &batch->system[LEDGER_IN_PROGRESS],
        .credit = &wallet->account,
        .amount_cents = machine->price_cents,
        .rule = LEDGER_SPEND,
        .transfer = {.kind = LEDGER_REFUND,
                     .vps_id = machine->id,
                     .batch_id = machine->batch_id,
                     .reason = machine->error_code},
        .wallet = &wallet->account,
    };

    if (batch_move(batch, &movement, NULL) != 0)
        return error_set(error, FAULT_HARD, "a charge can't be refunded");
    return 0;
}

/* The room and the address of a server that will never be. */
static void give_up_place(struct batch *batch, struct machine *machine)
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

static enum vps_event event_of(const Slipway__V1__MachineResult *result)
{
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT)
        return EVENT_BUILT;
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED)
        return EVENT_BUILD_FAILED;
    return EVENT_BUILD_STARTED;
}

static int apply_effect(struct batch *batch, struct machine *machine, enum vps_effect effect,
                        struct error *error)
{
    int result = 0;

    if (effect == EFFECT_CAPTURE)
        result = capture(batch, machine, error);
    if (effect == EFFECT_REFUND)
        result = refund(batch, machine, error);
    if (result == 0 && effect == EFFECT_REFUND)
        give_up_place(batch, machine);
    return result;
}

/* What the worker says, into the row. */
static void take_over(struct machine *machine, const Slipway__V1__MachineResult *result)
{
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT) {
        machine->built = result->built;
        machine->power_state = power_state_name(result->built->power_state);
        machine->inspected_at_us = result->occurred_at_us;
    }
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED) {
        machine->error_code = result->build_failed->code;
        machine->error_detail = result->build_failed->detail;
    }
}

static int apply_build(struct batch *batch, struct job *job, struct machine *machine)
{
    const Slipway__V1__MachineResult *result = job->result;
    const struct lifecycle_transition *transition =
        lifecycle_find(machine->status, event_of(result));
    struct machine changed = *machine;
    int fault;

    if ((int64_t)result->sequence != machine->sequence ||
        machine->applied_sequence >= machine->sequence || transition == NULL)
        return 0;
    take_over(&changed, result);
    fault = apply_effect(batch, &changed, transition->effect, &job->error);
    if (fault < 0)
        return fault;
    changed.status = transition->to;
    if (transition->effect != EFFECT_NONE)
        changed.applied_sequence = changed.sequence;
    changed.changed = true;
    *machine = changed;
    job->effect.applied = true;
    return 0;
}

/* Observations may come in any order; the latest one stands. */
static void apply_observation(struct job *job, struct machine *machine)
{
    const Slipway__V1__MachineResult *result = job->result;

    if (machine->status == VPS_FAILED || machine->status == VPS_DELETED ||
        result->occurred_at_us <= machine->inspected_at_us)
        return;
    machine->power_state = power_state_name(result->observed->power_state);
    machine->inspected_at_us = result->occurred_at_us;
    machine->changed = true;
    job->effect.applied = true;
}

static void describe(const struct machine *machine, bool watched, struct writer_outcome *outcome)
{
    outcome->vps_id = (uint64_t)machine->id;
    outcome->item_index = machine->item_index;
    if (watched)
        (void)snprintf(outcome->batch_id, sizeof(outcome->batch_id), "checkout:%" PRId64,
                       machine->batch_id);
    (void)snprintf(outcome->status, sizeof(outcome->status), "%s",
                   lifecycle_status_name(machine->status));
    outcome->final = machine->applied_sequence >= machine->sequence;
    outcome->charged_cents = machine->price_cents;
    outcome->refunded_cents = machine->status == VPS_FAILED ? machine->price_cents : 0;
    (void)snprintf(outcome->error_code, sizeof(outcome->error_code), "%s", machine->error_code);
    (void)snprintf(outcome->error_detail, sizeof(outcome->error_detail), "%s",
                   machine->error_detail);
}

int result_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__MachineResult *result = job->result;
    struct machine *machine = batch_find_machine(batch, (int64_t)result->vps_id);
    const bool is_build = result->outcome_case != SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED;

    (void)error;
    if (machine == NULL)
        job->outcome = error_set(&job->error, FAULT_HARD, "unknown vps");
    else if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME__NOT_SET)
        job->outcome = error_set(&job->error, FAULT_HARD, "a result without an outcome");
    else if ((int64_t)result->sequence > machine->sequence)
        job->outcome = error_set(&job->error, FAULT_HARD, "a sequence that was never issued");
    else if (is_build)
        job->outcome = apply_build(batch, job, machine);
    else
        apply_observation(job, machine);
    if (machine != NULL && job->outcome == 0)
        describe(machine, is_build, &job->effect);
    return 0;
}
