#include "services/billing/command_manage.h"

#include <stdio.h>

static bool is_operator(const struct job *job)
{
    return job->command->principal->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR;
}

void manage_want(struct batch *batch, const struct job *job, uint64_t vps_id)
{
    machine_order_want(batch, vps_id);
    /* Whether its owner is banned stands beside the wallet. An operator may do it either way. */
    if (job->command->principal != NULL && !is_operator(job))
        pg_array_push_number(batch->wants.user_ids, (int64_t)job->command->principal->user_id);
}

int manage_refuse(struct job *job, enum problem_code code, const char *detail)
{
    answer_render_refusal(&job->answer, code, detail, job_request_id(job));
    return MANAGE_REFUSED;
}

/* The bytes of a path that does not exist. */
static int refuse_not_found(struct job *job)
{
    return manage_refuse(job, PROBLEM_NOT_FOUND, "There is no such resource.");
}

int manage_find(const struct batch *batch, struct job *job, uint64_t vps_id,
                struct machine **ret_machine)
{
    const int64_t user_id = (int64_t)job->command->principal->user_id;
    struct machine *machine = batch_find_machine(batch, (int64_t)vps_id);
    const struct wallet *wallet = is_operator(job) ? NULL : batch_find_wallet(batch, user_id);

    if (wallet != NULL && wallet->is_banned)
        return manage_refuse(job, PROBLEM_USER_BANNED, "The user is banned from making changes.");
    if (machine == NULL || (!is_operator(job) && (wallet == NULL || machine->user_id != user_id)))
        return refuse_not_found(job);
    *ret_machine = machine;
    return 0;
}

int manage_allow(struct job *job, const struct machine *machine, enum vps_event event,
                 const struct lifecycle_transition **ret_transition)
{
    const struct lifecycle_transition *transition = lifecycle_find(machine->status, event);
    char detail[96];

    if (transition == NULL) {
        (void)snprintf(detail, sizeof(detail), "The server is %s, which does not allow this.",
                       lifecycle_status_name(machine->status));
        return manage_refuse(job, PROBLEM_STATE_CONFLICT, detail);
    }
    *ret_transition = transition;
    return 0;
}

int manage_check_room(const struct batch *batch, struct job *job, const struct machine *machine)
{
    int64_t first_sequence;

    if (operation_rows_count_open(&batch->operations, machine->id, &first_sequence) <
        MANAGE_OPEN_MAX)
        return 0;
    return manage_refuse(job, PROBLEM_STATE_CONFLICT,
                         "The server has as many open orders as it may have; one must end first.");
}

int manage_order(struct batch *batch, struct job *job, struct machine *machine,
                 const struct lifecycle_transition *transition, const struct machine_order *order,
                 struct error *error)
{
    const struct operation *operation = NULL;
    char batch_name[BATCH_NAME_SIZE];
    const int result = machine_order_issue(batch, machine, order, &operation, error);

    if (result < 0)
        return result;
    machine->status = transition->to;
    answer_render_order(&job->answer, machine_order_batch_name(operation, batch_name));
    return 0;
}

int manage_decide(struct batch *batch, struct job *job, uint64_t vps_id, enum vps_event event,
                  enum operation_action action, struct error *error)
{
    const struct machine_order order = {.action = action, .traceparent = job->command->traceparent};
    const struct lifecycle_transition *transition = NULL;
    struct machine *machine = NULL;
    int refusal = manage_find(batch, job, vps_id, &machine);

    if (refusal == 0)
        refusal = manage_allow(job, machine, event, &transition);
    if (refusal == 0)
        refusal = manage_check_room(batch, job, machine);
    return refusal != 0 ? 0 : manage_order(batch, job, machine, transition, &order, error);
}
