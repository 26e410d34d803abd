#include "services/billing/commands.h"

#include "services/billing/events.h"
#include "services/billing/machine_order.h"
#include "services/billing/pricing.h"

void advance_want(struct batch *batch, const struct job *job)
{
    machine_order_want(batch, job->command->advance->vps_id);
}

/* What another month costs, and whether the wallet can pay it; nothing where the plan has no price
 * any more. */
static void describe_renewal(const struct batch *batch, const struct machine *machine,
                             Slipway__V1__VpsEvent *event)
{
    const struct wallet *wallet = batch_find_wallet(batch, machine->user_id);

    if (wallet == NULL ||
        pricing_renew(batch->catalog, machine->plan_code, 1, &event->renewal_cents) != 0)
        return;
    if (event->renewal_cents > wallet->account.balance_cents)
        event->shortfall_cents = event->renewal_cents - wallet->account.balance_cents;
}

static int give_notice(struct batch *batch, const struct job *job, struct machine *machine,
                       int64_t days, struct error *error)
{
    Slipway__V1__VpsEvent event;

    machine->noticed_days = days;
    events_describe_vps(machine, &event);
    event.days_left = (uint32_t)days;
    describe_renewal(batch, machine, &event);
    if (events_tell_vps(batch, EVENT_TYPE_VPS_EXPIRING, &event, job->command->traceparent))
        return error_set(error, FAULT_HARD, "no memory for an event");
    return 0;
}

/* A deletion is told of when it is done. */
static bool tell_step(struct batch *batch, const struct job *job, const struct machine *machine,
                      const struct operation *operation)
{
    Slipway__V1__VpsEvent event;
    char batch_name[BATCH_NAME_SIZE];

    if (machine->status != VPS_SUSPENDED)
        return false;
    events_describe_vps(machine, &event);
    event.batch_id = batch_lend(machine_order_batch_name(operation, batch_name));
    return events_tell_vps(batch, EVENT_TYPE_VPS_SUSPENDED, &event, job->command->traceparent);
}

static int take_step(struct batch *batch, const struct job *job, struct machine *machine,
                     const struct lifecycle_transition *step, struct error *error)
{
    const struct operation *operation = NULL;
    int result =
        machine_order_step(batch, machine, step, job->command->traceparent, &operation, error);

    if (result == 0 && tell_step(batch, job, machine, operation))
        return error_set(error, FAULT_HARD, "no memory for an event");
    return result;
}

static struct lifecycle_term term_of(const struct machine *machine)
{
    return (struct lifecycle_term){.status = machine->status,
                                   .expires_at_us = machine->expires_at_us,
                                   .due_at_us = machine->due_at_us,
                                   .noticed_days = machine->noticed_days};
}

static int advance(struct batch *batch, const struct job *job, struct machine *machine,
                   struct error *error)
{
    struct lifecycle_term term = term_of(machine);
    const struct lifecycle_due due = lifecycle_judge(&term, batch->grace_us, batch->now_us);
    int result = 0;

    if (due.notice_days != 0)
        result = give_notice(batch, job, machine, due.notice_days, error);
    else if (due.step != NULL)
        result = take_step(batch, job, machine, due.step, error);
    if (result < 0)
        return result;
    term = term_of(machine);
    machine->due_at_us = lifecycle_next_due_us(&term, batch->grace_us, batch->now_us);
    machine->changed = true;
    return 0;
}

/* The row under its lock decides whether anything is due: another billing, or an earlier run of
 * this, may have done it. */
int advance_decide(struct batch *batch, struct job *job, struct error *error)
{
    struct machine *machine = batch_find_machine(batch, (int64_t)job->command->advance->vps_id);

    answer_render_done(&job->answer);
    if (machine == NULL || machine->due_at_us == 0 || batch->now_us < machine->due_at_us)
        return 0;
    return advance(batch, job, machine, error);
}
