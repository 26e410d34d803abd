/* What a callback or a look at the provider has told of a deposit: however often and by how many
 * ways it comes, it is applied once, under the locks of the row and the wallet. */
#include "lib/base/log.h"
#include "services/billing/commands.h"
#include "services/billing/deposit_settlement.h"

void settle_deposit_want(struct batch *batch, const struct job *job)
{
    deposit_settlement_want(batch, job->command->settle_deposit->deposit_id);
}

static enum provider_state state_of(Slipway__V1__InvoiceState state)
{
    static const enum provider_state states[] = {
        [SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_UNSPECIFIED] = PROVIDER_OPEN,
        [SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_OPEN] = PROVIDER_OPEN,
        [SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_PAID] = PROVIDER_PAID,
        [SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_EXPIRED] = PROVIDER_EXPIRED,
        [SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_FAILED] = PROVIDER_FAILED,
    };

    return (size_t)state < ARRAY_LENGTH(states) ? states[state] : PROVIDER_OPEN;
}

static int complete(struct batch *batch, const struct job *job, struct deposit *deposit,
                    struct error *error)
{
    int64_t credited_cents;

    if (deposit_credit(deposit->amount_cents, deposit->fee_cents, deposit->paid_cents,
                       &credited_cents))
        return error_set(error, FAULT_HARD, "a payment does not fit");
    return deposit_settlement_complete(batch, job, deposit, credited_cents, error);
}

static int apply(struct batch *batch, const struct job *job, struct deposit *deposit,
                 enum deposit_verdict verdict, struct error *error)
{
    switch (verdict) {
    case DEPOSIT_CREDIT: return complete(batch, job, deposit, error);
    case DEPOSIT_FAIL:
        return deposit_settlement_close(batch, job, deposit, DEPOSIT_FAILED, "provider", error);
    case DEPOSIT_FAIL_UNDERPAID:
        return deposit_settlement_close(batch, job, deposit, DEPOSIT_FAILED, "underpaid", error);
    case DEPOSIT_EXPIRE:
        return deposit_settlement_close(batch, job, deposit, DEPOSIT_EXPIRED, "", error);
    case DEPOSIT_OVERRULED:
        log_event(LOG_WARNING, NULL, "a deposit that an operator has marked failed was paid",
                  LOG_NUMBER("deposit_id", deposit->id),
                  LOG_NUMBER("paid_cents", deposit->paid_cents));
        return 0;
    case DEPOSIT_NOTE:
    case DEPOSIT_KEEP: break;
    }
    return 0;
}

int settle_deposit_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__SettleDeposit *request = job->command->settle_deposit;
    const struct deposit_news news = {state_of(request->state), request->paid_cents};
    struct deposit *deposit = deposit_settlement_find(batch, request->deposit_id);
    enum deposit_verdict verdict;
    int result;

    if (deposit == NULL) {
        answer_render_refusal(&job->answer, PROBLEM_NOT_FOUND, "There is no such deposit.",
                              job_request_id(job));
        return 0;
    }
    verdict = deposit_judge(deposit, &news, batch->now_us);
    if (news.paid_cents > deposit->paid_cents && verdict != DEPOSIT_KEEP) {
        deposit->paid_cents = news.paid_cents;
        deposit->changed = true;
    }
    result = apply(batch, job, deposit, verdict, error);
    if (result == 0)
        answer_render_heard(&job->answer, deposit_status_name(deposit->status));
    return result;
}
