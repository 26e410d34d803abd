#include "services/billing/commands.h"

#include "services/billing/machine_order.h"

void repair_want(struct batch *batch, const struct job *job)
{
    machine_order_want(batch, job->command->repair->vps_id);
}

static int build_anew(struct batch *batch, const struct job *job, struct machine *machine,
                      struct error *error)
{
    const struct lifecycle_transition *step =
        lifecycle_find(machine->status, EVENT_REINSTALL_ORDERED);
    const struct catalog_plan *plan = catalog_find_plan(batch->catalog, machine->plan_code);
    const struct catalog_os *os = catalog_find_os(batch->catalog, machine->os_code);
    const struct operation *operation = NULL;
    Slipway__V1__BuildMachine build;
    int result;

    if (machine->status != VPS_ACTIVE || step == NULL)
        return 0;
    if (plan == NULL || os == NULL)
        return error_set(error, FAULT_HARD, "a server's plan or system is unknown");
    machine_order_describe_build(plan, os, &build);
    result = machine_order_issue(batch, machine,
                                 &(struct machine_order){.action = OPERATION_REINSTALL,
                                                         .build = &build,
                                                         .traceparent = job->command->traceparent},
                                 &operation, error);
    if (result == 0)
        machine->status = step->to;
    return result;
}

static int stop(struct batch *batch, const struct job *job, struct machine *machine,
                struct error *error)
{
    const struct operation *operation = NULL;

    if (machine->status != VPS_SUSPENDED)
        return 0;
    return machine_order_issue(
        batch, machine,
        &(struct machine_order){.action = OPERATION_STOP, .traceparent = job->command->traceparent},
        &operation, error);
}

/* The row under its lock decides: what is on its way to the machine may have mended it already. */
int repair_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__RepairVps *repair = job->command->repair;
    struct machine *machine = batch_find_machine(batch, (int64_t)repair->vps_id);
    int64_t first_sequence;

    answer_render_done(&job->answer);
    if (machine == NULL ||
        operation_rows_count_open(&batch->operations, machine->id, &first_sequence) > 0)
        return 0;
    if (repair->drift == SLIPWAY__V1__DRIFT__DRIFT_MISSING)
        return build_anew(batch, job, machine, error);
    return repair->drift == SLIPWAY__V1__DRIFT__DRIFT_RUNNING ? stop(batch, job, machine, error)
                                                              : 0;
}
