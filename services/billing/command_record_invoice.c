/* What came of asking a provider for an invoice. Recorded with the answer that the caller and every
 * later repeat get. */
#include "lib/base/log.h"
#include "services/billing/commands.h"
#include "services/billing/deposit_settlement.h"

#include <sodium.h>
#include <string.h>

static const int64_t us_per_s = 1000000;

/* How long a request that nobody answered may still be travelling. */
static const int64_t travelling_us = INT64_C(2) * 1000000;

void record_invoice_want(struct batch *batch, const struct job *job)
{
    pg_array_push_number(batch->wants.deposits.ids,
                         (int64_t)job->command->record_invoice->deposit_id);
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
}

static int refuse(struct job *job, enum problem_code code, const char *detail)
{
    answer_render_refusal(&job->answer, code, detail, job_request_id(job));
    return 0;
}

static void describe(const struct batch *batch, const Slipway__V1__Invoice *invoice,
                     struct deposit *deposit)
{
    const struct provider_entry *entry = provider_book_find(batch->terms->book, deposit->provider);
    const int64_t lifetime_s = entry == NULL ? 0 : entry->lifetime_s;

    deposit->external_id = invoice->external_id;
    deposit->pay_url = invoice->pay_url;
    deposit->address = invoice->address;
    deposit->network = invoice->network;
    deposit->memo = invoice->memo;
    deposit->pay_amount = invoice->pay_amount;
    deposit->expires_at_us = invoice->expires_at_us != 0 ? invoice->expires_at_us
                                                         : batch->now_us + lifetime_s * us_per_s;
}

static int record(struct batch *batch, struct job *job, struct deposit *deposit,
                  struct error *error)
{
    const Slipway__V1__Invoice *invoice = job->command->record_invoice->invoice;

    describe(batch, invoice, deposit);
    deposit->status = DEPOSIT_PENDING;
    deposit->failure = "";
    deposit->leased_until_us = 0;
    deposit->tries = 0;
    /* One that was found again may have been paid meanwhile. */
    deposit->due_at_us = invoice->state == SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_OPEN
                             ? deposit_next_look_us(&batch->terms->schedule, deposit, batch->now_us,
                                                    randombytes_random())
                             : batch->now_us;
    deposit->changed = true;
    answer_render_deposit(&job->answer, 201, deposit);
    return deposit_settlement_tell(batch, job, deposit, EVENT_TYPE_DEPOSIT_CREATED, error);
}

/* Two have asked, against all leases: the first one's invoice stands, and the other one's is known
 * to nobody but the provider. */
static int keep_recorded(struct job *job, const struct deposit *deposit)
{
    const Slipway__V1__Invoice *invoice = job->command->record_invoice->invoice;

    if (invoice != NULL && strcmp(invoice->external_id, deposit->external_id) != 0)
        log_event(LOG_WARNING, NULL, "a deposit has a second invoice, which is left alone",
                  LOG_NUMBER("deposit_id", deposit->id),
                  LOG_TEXT("external_id", invoice->external_id));
    answer_render_deposit(&job->answer, 201, deposit);
    return 0;
}

static int tell_failure(struct job *job, Slipway__V1__InvoiceFailure failure)
{
    if (failure == SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_REFUSED)
        return refuse(job, PROBLEM_PROVIDER_ERROR, "The payment provider refused the invoice.");
    if (failure == SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_TIMED_OUT)
        return refuse(job, PROBLEM_TIMEOUT,
                      "The payment provider did not answer. Repeat it with the same key.");
    return refuse(job, PROBLEM_PROVIDER_ERROR,
                  "The payment provider failed. Repeat it with the same key.");
}

static int note_failure(struct batch *batch, struct job *job, struct deposit *deposit,
                        struct error *error)
{
    const Slipway__V1__RecordInvoice *request = job->command->record_invoice;
    const bool is_refused =
        request->failure == SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_REFUSED;
    const bool is_open =
        request->failure == SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_TIMED_OUT;

    if (deposit->status != DEPOSIT_CREATING || deposit->lease != request->lease) {
        (void)refuse(job, PROBLEM_IDEMPOTENCY_IN_PROGRESS,
                     "A request with this Idempotency-Key is still in work.");
        job->answer.retry_after_s = 1;
        return 0;
    }
    (void)tell_failure(job, request->failure);
    if (is_refused || deposit_is_given_up(deposit, batch->now_us))
        return deposit_settlement_close(batch, job, deposit, DEPOSIT_FAILED,
                                        is_refused ? "refused" : "given_up", error);
    deposit->leased_until_us = batch->now_us + (is_open ? travelling_us : 0);
    deposit->due_at_us = deposit->leased_until_us + deposit_retry_wait_us(deposit->tries);
    deposit->changed = true;
    return 0;
}

int record_invoice_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__RecordInvoice *request = job->command->record_invoice;
    struct deposit *deposit = deposit_settlement_find(batch, request->deposit_id);

    if (deposit == NULL)
        return refuse(job, PROBLEM_NOT_FOUND, "There is no such deposit.");
    if (deposit->external_id[0] != '\0')
        return keep_recorded(job, deposit);
    if (deposit->by_operator)
        return refuse(job, PROBLEM_STATE_CONFLICT,
                      "An operator has marked this deposit as failed.");
    if (request->invoice != NULL)
        return record(batch, job, deposit, error);
    return note_failure(batch, job, deposit, error);
}
