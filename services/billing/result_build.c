#include "services/billing/machine_order.h"
#include "services/billing/result_private.h"

#include <inttypes.h>
#include <stdio.h>

/* A fault: the books don't allow it; the result goes to the dead letters and a person looks. */
static int capture(struct batch *batch, struct machine *machine, struct error *error)
{
    const struct batch_movement movement = {
        .debit = &batch->system[LEDGER_IN_PROGRESS],
        .credit = &batch->system[LEDGER_REVENUE],
        .amount_cents = machine->price_cents,
        .rule = LEDGER_SPEND,
        .transfer = {.kind = LEDGER_CAPTURE, .vps_id = machine->id, .batch_id = machine->batch_id},
    };

    if (batch_move(batch, &movement, &machine->settlement_id) != 0)
        return error_set(error, FAULT_HARD, "a charge can't be captured");
    return 0;
}

static int refund(struct batch *batch, struct machine *machine, struct error *error)
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

    if (batch_move(batch, &movement, &machine->settlement_id) != 0)
        return error_set(error, FAULT_HARD, "a charge can't be refunded");
    return 0;
}

/* True: no build has such an outcome. */
static bool find_event(const Slipway__V1__MachineResult *result, enum vps_event *ret_event)
{
    static const struct {
        Slipway__V1__MachineResult__OutcomeCase outcome;
        enum vps_event event;
    } events[] = {
        {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_STARTED, EVENT_BUILD_STARTED},
        {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT,         EVENT_BUILT        },
        {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED,  EVENT_BUILD_FAILED },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(events); ++i) {
        if (events[i].outcome == result->outcome_case) {
            *ret_event = events[i].event;
            return false;
        }
    }
    return true;
}

/* INV-5: of a node that did not answer nobody knows whether a part of the machine is there. It is
 * ordered away, and until that is done the place is nobody else's. */
static int leave_place(struct batch *batch, struct machine *machine,
                       const Slipway__V1__MachineResult *result, struct error *error)
{
    if (!result_is_silent(result)) {
        result_give_up_place(batch, machine);
        return 0;
    }
    placement_store_push_silent(&batch->writes.placement, machine->node_id);
    return machine_order_remove_stray(batch, machine, result->traceparent, error);
}

static int settle(struct batch *batch, struct machine *machine, enum vps_effect effect,
                  struct error *error)
{
    if (effect == EFFECT_CAPTURE)
        return capture(batch, machine, error);
    return effect == EFFECT_REFUND ? refund(batch, machine, error) : 0;
}

/* What the worker says, into the row. */
static void take_over(struct machine *machine, const Slipway__V1__MachineResult *result)
{
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT) {
        machine->built = result->built;
        (void)result_note_power(machine, result->built->power_state, result->occurred_at_us);
    }
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED) {
        machine->error_code = result->build_failed->code;
        machine->error_detail = result->build_failed->detail;
    }
}

static int apply(struct batch *batch, struct job *job, struct machine *machine,
                 enum vps_event event, struct error *error)
{
    const Slipway__V1__MachineResult *result = job->result;
    const struct lifecycle_transition *transition = lifecycle_find(machine->status, event);
    struct machine changed = *machine;
    int fault;

    if (machine->applied_sequence >= (int64_t)result->sequence || transition == NULL)
        return 0;
    take_over(&changed, result);
    job->outcome = settle(batch, &changed, transition->effect, &job->error);
    if (job->outcome != 0)
        return 0;
    fault = transition->effect == EFFECT_REFUND ? leave_place(batch, &changed, result, error) : 0;
    if (fault != 0)
        return fault;
    changed.status = transition->to;
    if (transition->effect != EFFECT_NONE)
        changed.applied_sequence = (int64_t)result->sequence;
    changed.changed = true;
    *machine = changed;
    job->effect.applied = true;
    return result_tell_build(batch, machine, result->traceparent, error);
}

/* The word of the batch for where the build has come: what was built once is "active", whatever
 * became of the server later. */
static const char *build_status(const struct machine *machine)
{
    if (machine->status == VPS_PENDING)
        return "queued";
    if (machine->status == VPS_BUILDING || machine->status == VPS_FAILED)
        return lifecycle_status_name(machine->status);
    return "active";
}

static void describe(const struct machine *machine, struct writer_outcome *outcome)
{
    outcome->vps_id = (uint64_t)machine->id;
    outcome->item_index = machine->item_index;
    (void)snprintf(outcome->batch_id, sizeof(outcome->batch_id), "checkout:%" PRId64,
                   machine->batch_id);
    (void)snprintf(outcome->status, sizeof(outcome->status), "%s", build_status(machine));
    outcome->final = machine->applied_sequence >= 1;
    outcome->charged_cents = machine->price_cents;
    outcome->refunded_cents = machine->status == VPS_FAILED ? machine->price_cents : 0;
    (void)snprintf(outcome->error_code, sizeof(outcome->error_code), "%s", machine->error_code);
    (void)snprintf(outcome->error_detail, sizeof(outcome->error_detail), "%s",
                   machine->error_detail);
}

int result_apply_build(struct batch *batch, struct job *job, struct machine *machine,
                       struct error *error)
{
    enum vps_event event;
    int fault = 0;

    if (find_event(job->result, &event))
        job->outcome = error_set(&job->error, FAULT_HARD, "an outcome that no build has");
    else
        fault = apply(batch, job, machine, event, error);
    if (fault == 0 && job->outcome == 0)
        describe(machine, &job->effect);
    return fault;
}
