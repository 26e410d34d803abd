#include "services/billing/commands.h"
#include "services/billing/deposit_settlement.h"

void mark_deposit_want(struct batch *batch, const struct job *job)
{
    deposit_settlement_want(batch, job->command->mark_deposit->deposit_id);
}

static int refuse(struct job *job, enum problem_code code, const char *detail)
{
    answer_render_refusal(&job->answer, code, detail, job_request_id(job));
    return 0;
}

static int refuse_state(struct job *job, const struct deposit *deposit)
{
    struct problem problem = {0};

    (void)problem_set(&problem, PROBLEM_STATE_CONFLICT, "The deposit is %s.",
                      deposit_status_name(deposit->status));
    answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
    return 0;
}

/* The operator's word for a pending deposit; repeated, it only stands more firmly: what failed by
 * itself may not be paid afterwards. */
static int apply(struct batch *batch, const struct job *job, struct deposit *deposit,
                 struct error *error)
{
    const bool is_pending = deposit->status == DEPOSIT_PENDING;

    deposit->changed = deposit->changed || !deposit->by_operator;
    deposit->by_operator = true;
    if (!is_pending)
        return 0;
    if (job->command->mark_deposit->completed)
        return deposit_settlement_complete(batch, job, deposit, deposit->amount_cents, error);
    return deposit_settlement_close(batch, job, deposit, DEPOSIT_FAILED, "operator", error);
}

int mark_deposit_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__MarkDeposit *request = job->command->mark_deposit;
    struct deposit *deposit = deposit_settlement_find(batch, request->deposit_id);
    const enum deposit_status wanted = request->completed ? DEPOSIT_COMPLETED : DEPOSIT_FAILED;
    int result;

    if (deposit == NULL)
        return refuse(job, PROBLEM_NOT_FOUND, "There is no such deposit.");
    if (deposit->status == DEPOSIT_CREATING)
        return refuse(job, PROBLEM_STATE_CONFLICT, "The provider has not made the invoice yet.");
    if (deposit->status != DEPOSIT_PENDING && deposit->status != wanted)
        return refuse_state(job, deposit);
    result = apply(batch, job, deposit, error);
    if (result == 0)
        answer_render_deposit(&job->answer, 200, deposit);
    return result;
}
