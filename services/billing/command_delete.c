#include "services/billing/command_manage.h"

void delete_want(struct batch *batch, const struct job *job)
{
    manage_want(batch, job, job->command->delete_->vps_id);
}

/* A repeat while it is being deleted is told of the same batch. True: it is not. */
static bool answer_repeat(const struct batch *batch, struct job *job, const struct machine *machine)
{
    const struct operation *operation =
        operation_rows_find_open(&batch->operations, machine->id, OPERATION_DELETE);
    char batch_name[BATCH_NAME_SIZE];

    if (machine->status != VPS_DELETING || operation == NULL)
        return true;
    answer_render_order(&job->answer, machine_order_batch_name(operation, batch_name));
    return false;
}

/* Whatever waits is superseded, so there is always room for a deletion. */
int delete_decide(struct batch *batch, struct job *job, struct error *error)
{
    const struct machine_order order = {.action = OPERATION_DELETE,
                                        .traceparent = job->command->traceparent};
    const struct lifecycle_transition *transition = NULL;
    struct machine *machine = NULL;
    int refusal = manage_find(batch, job, job->command->delete_->vps_id, &machine);

    if (refusal == 0 && machine->status == VPS_DELETED)
        refusal = manage_refuse(job, PROBLEM_NOT_FOUND, "There is no such resource.");
    if (refusal != 0 || !answer_repeat(batch, job, machine))
        return 0;
    refusal = manage_allow(job, machine, EVENT_DELETE_ORDERED, &transition);
    return refusal != 0 ? 0 : manage_order(batch, job, machine, transition, &order, error);
}
