#include "services/billing/deposit_settlement.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

void deposit_settlement_want(struct batch *batch, uint64_t deposit_id)
{
    pg_array_push_number(batch->wants.deposits.ids, (int64_t)deposit_id);
    /* A bonus. The deposit's own transfer has its id already. */
    batch->wants.ids[SEQUENCE_TRANSFER] += 1;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
}

struct deposit *deposit_settlement_find(const struct batch *batch, uint64_t deposit_id)
{
    return deposit_rows_find(&batch->deposits, (int64_t)deposit_id);
}

int deposit_settlement_tell(struct batch *batch, const struct job *job,
                            const struct deposit *deposit, enum event_type type,
                            struct error *error)
{
    Slipway__V1__DepositEvent data = SLIPWAY__V1__DEPOSIT_EVENT__INIT;
    char subject[48];
    const struct event event = {
        .type = type,
        .user_id = deposit->user_id,
        .subject = subject,
        .data = &data.base,
        .traceparent = job->command->traceparent,
    };

    (void)snprintf(subject, sizeof(subject), "deposit:%" PRId64, deposit->id);
    data.transaction_id = (uint64_t)deposit->id;
    data.user_id = (uint64_t)deposit->user_id;
    data.provider = batch_lend(deposit->provider);
    data.external_id = batch_lend(deposit->external_id);
    data.amount_cents = deposit->amount_cents;
    data.fee_cents = deposit->fee_cents;
    data.credited_cents = deposit->credited_cents;
    data.paid_cents = deposit->paid_cents;
    data.reason = batch_lend(deposit->failure);
    if (events_tell(batch, &event))
        return error_set(error, FAULT_HARD, "no memory for an event");
    return 0;
}

static int credit(struct batch *batch, const struct deposit *deposit, struct wallet *wallet,
                  int64_t cents, struct error *error)
{
    const enum ledger_system clearing = ledger_clearing_of(deposit->provider);

    if (clearing == LEDGER_SYSTEM_COUNT)
        return error_set(error, FAULT_HARD, "nobody clears a deposit of this provider");
    const struct batch_movement movement = {
        .debit = &batch->system[clearing],
        .credit = &wallet->account,
        .amount_cents = cents,
        .rule = LEDGER_SPEND,
        .transfer = {.id = deposit->id, .kind = LEDGER_DEPOSIT},
        .wallet = &wallet->account,
    };

    if (batch_move(batch, &movement, NULL) != 0)
        return error_set(error, FAULT_HARD, "a deposit can't be credited");
    return 0;
}

static int pay_referrer(struct batch *batch, const struct deposit *deposit,
                        const struct wallet *wallet, int64_t credited_cents, struct error *error)
{
    struct wallet *referrer = batch_find_wallet(batch, wallet->referrer_id);
    char reason[48];
    int64_t bonus_cents;

    if (referrer == NULL)
        return error_set(error, FAULT_HARD, "a referrer has no wallet");
    if (deposit_bonus(credited_cents, batch->terms->referral_basis_points, &bonus_cents))
        return error_set(error, FAULT_HARD, "a bonus does not fit");
    (void)snprintf(reason, sizeof(reason), "deposit:%" PRId64, deposit->id);
    const struct batch_movement movement = {
        .debit = &batch->system[LEDGER_REFERRALS],
        .credit = &referrer->account,
        .amount_cents = bonus_cents,
        .rule = LEDGER_SPEND,
        .transfer = {.kind = LEDGER_REFERRAL_BONUS, .reason = reason},
        .wallet = &referrer->account,
    };

    if (batch_move(batch, &movement, NULL) != 0)
        return error_set(error, FAULT_HARD, "a bonus can't be paid");
    return 0;
}

/* The next look, by the new status. */
static void reschedule(const struct batch *batch, struct deposit *deposit)
{
    deposit->tries = 0;
    deposit->leased_until_us = 0;
    deposit->due_at_us =
        deposit_next_look_us(&batch->terms->schedule, deposit, batch->now_us, randombytes_random());
    deposit->changed = true;
}

int deposit_settlement_complete(struct batch *batch, const struct job *job, struct deposit *deposit,
                                int64_t credited_cents, struct error *error)
{
    struct wallet *wallet = batch_find_wallet(batch, deposit->user_id);
    int result;

    if (wallet == NULL)
        return error_set(error, FAULT_HARD, "a deposit's user has no wallet");
    result = credit(batch, deposit, wallet, credited_cents, error);
    if (result == 0 && wallet->referrer_id != 0)
        result = pay_referrer(batch, deposit, wallet, credited_cents, error);
    if (result < 0)
        return result;
    deposit->status = DEPOSIT_COMPLETED;
    deposit->credited_cents = credited_cents;
    deposit->failure = "";
    reschedule(batch, deposit);
    return deposit_settlement_tell(batch, job, deposit, EVENT_TYPE_DEPOSIT_COMPLETED, error);
}

int deposit_settlement_close(struct batch *batch, const struct job *job, struct deposit *deposit,
                             enum deposit_status status, const char *failure, struct error *error)
{
    deposit->status = status;
    deposit->failure = failure;
    reschedule(batch, deposit);
    return deposit_settlement_tell(
        batch, job, deposit,
        status == DEPOSIT_EXPIRED ? EVENT_TYPE_DEPOSIT_EXPIRED : EVENT_TYPE_DEPOSIT_FAILED, error);
}
