#include "services/billing/commands.h"

#include <inttypes.h>
#include <stdio.h>

void adjust_balance_want(struct batch *batch, const struct job *job)
{
    (void)job;
    batch->wants.ids[SEQUENCE_TRANSFER] += 1;
}

static int refuse_amount(struct job *job, const char *detail)
{
    struct problem problem = {0};

    (void)problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/amount_usd",
                            "%s", detail);
    (void)problem_set(&problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
    answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
    return 0;
}

int adjust_balance_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__AdjustBalance *request = job->command->adjust_balance;
    struct ledger_account *wallet =
        &batch_find_wallet(batch, (int64_t)job->command->user_id)->account;
    struct ledger_account *adjustments = &batch->system[LEDGER_ADJUSTMENTS];
    const bool gives = request->amount_cents > 0;
    const struct batch_movement movement = {
        .debit = gives ? adjustments : wallet,
        .credit = gives ? wallet : adjustments,
        .amount_cents = gives ? request->amount_cents : -request->amount_cents,
        .rule = LEDGER_OPERATOR,
        .transfer = {.kind = LEDGER_ADJUSTMENT, .reason = request->reason},
        .wallet = wallet,
    };
    int64_t transfer_id;

    (void)error;
    if (request->amount_cents == 0)
        return refuse_amount(job, "An adjustment moves at least one cent.");
    if (request->amount_cents == INT64_MIN || batch_move(batch, &movement, &transfer_id) != 0)
        return refuse_amount(job, "The balance would not fit.");
    answer_render_balance(&job->answer, wallet->id, wallet->balance_cents, transfer_id);
    return 0;
}
