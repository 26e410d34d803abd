#include "lib/base/money.h"
#include "services/billing/commands.h"
#include "services/billing/events.h"

#include <inttypes.h>
#include <stdio.h>

void adjust_balance_want(struct batch *batch, const struct job *job)
{
    (void)job;
    batch->wants.ids[SEQUENCE_TRANSFER] += 1;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
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

static void note_act(struct job *job, int64_t amount_cents, int64_t transfer_id)
{
    struct act_note *note = &job->note;
    char amount[MONEY_TEXT_SIZE];

    note->reason = job->command->adjust_balance->reason;
    (void)snprintf(note->target, sizeof(note->target), "transaction:%" PRId64, transfer_id);
    (void)snprintf(note->detail, sizeof(note->detail), "%s USD",
                   money_format(amount_cents, amount));
}

static bool tell(struct batch *batch, const struct job *job, const struct ledger_account *wallet,
                 int64_t transfer_id)
{
    const Slipway__V1__AdjustBalance *request = job->command->adjust_balance;
    Slipway__V1__BalanceEvent data = SLIPWAY__V1__BALANCE_EVENT__INIT;

    data.transaction_id = (uint64_t)transfer_id;
    data.user_id = (uint64_t)wallet->id;
    data.amount_cents = request->amount_cents;
    data.balance_cents = wallet->balance_cents;
    data.reason = request->reason;
    return events_tell_balance(batch, EVENT_TYPE_BALANCE_ADJUSTED, &data,
                               job->command->traceparent);
}

/* `amount_cents` can be negated. */
static int adjust(struct batch *batch, struct job *job, int64_t amount_cents, struct error *error)
{
    struct ledger_account *wallet =
        &batch_find_wallet(batch, (int64_t)job->command->user_id)->account;
    struct ledger_account *adjustments = &batch->system[LEDGER_ADJUSTMENTS];
    const bool gives = amount_cents > 0;
    const struct batch_movement movement = {
        .debit = gives ? adjustments : wallet,
        .credit = gives ? wallet : adjustments,
        .amount_cents = gives ? amount_cents : -amount_cents,
        .rule = LEDGER_OPERATOR,
        .transfer = {.kind = LEDGER_ADJUSTMENT, .reason = job->command->adjust_balance->reason},
        .wallet = wallet,
    };
    int64_t transfer_id;

    if (batch_move(batch, &movement, &transfer_id) != 0)
        return refuse_amount(job, "The balance would not fit.");
    if (tell(batch, job, wallet, transfer_id))
        return error_set(error, FAULT_HARD, "no memory for an event");
    note_act(job, amount_cents, transfer_id);
    answer_render_balance(&job->answer, wallet->id, wallet->balance_cents, transfer_id);
    return 0;
}

int adjust_balance_decide(struct batch *batch, struct job *job, struct error *error)
{
    const int64_t amount_cents = job->command->adjust_balance->amount_cents;

    if (amount_cents == 0)
        return refuse_amount(job, "An adjustment moves at least one cent.");
    if (amount_cents == INT64_MIN)
        return refuse_amount(job, "The balance would not fit.");
    return adjust(batch, job, amount_cents, error);
}
