/* What is told of a build: once for each server that it has begun, and how it has ended; once for
 * each checkout that all of it has ended. */
#include "services/billing/events.h"
#include "services/billing/result_private.h"

#include <inttypes.h>
#include <stdio.h>

static bool tell_server(struct batch *batch, const struct machine *machine, const char *traceparent)
{
    static const enum event_type types[VPS_STATUS_COUNT] = {
        [VPS_BUILDING] = EVENT_TYPE_VPS_BUILDING,
        [VPS_ACTIVE] = EVENT_TYPE_VPS_ACTIVE,
        [VPS_FAILED] = EVENT_TYPE_VPS_FAILED,
    };
    Slipway__V1__VpsEvent event;
    char batch_name[48];

    events_describe_vps(machine, &event);
    (void)snprintf(batch_name, sizeof(batch_name), "checkout:%" PRId64, machine->batch_id);
    event.batch_id = batch_name;
    if (machine->status == VPS_FAILED) {
        event.error_code = batch_lend(machine->error_code);
        event.error_detail = batch_lend(machine->error_detail);
    }
    return events_tell_vps(batch, types[machine->status], &event, traceparent);
}

/* What cost nothing gives nothing back. */
static bool tell_refund(struct batch *batch, const struct machine *machine, const char *traceparent)
{
    Slipway__V1__BalanceEvent event = SLIPWAY__V1__BALANCE_EVENT__INIT;
    char batch_name[48];

    if (machine->status != VPS_FAILED || machine->settlement_id == 0)
        return false;
    (void)snprintf(batch_name, sizeof(batch_name), "checkout:%" PRId64, machine->batch_id);
    event.transaction_id = (uint64_t)machine->settlement_id;
    event.user_id = (uint64_t)machine->user_id;
    event.amount_cents = machine->price_cents;
    event.balance_cents = batch_find_wallet(batch, machine->user_id)->account.balance_cents;
    event.reason = batch_lend(machine->error_code);
    event.vps_id = (uint64_t)machine->id;
    event.batch_id = batch_name;
    return events_tell_balance(batch, EVENT_TYPE_REFUND_ISSUED, &event, traceparent);
}

/* The checkout with this server ended in it. Only those of several servers were read. */
static struct checkout count_in(struct batch *batch, const struct machine *machine)
{
    struct checkout alone = {.id = machine->batch_id, .total = 1};
    struct checkout *checkout = batch_find_checkout(batch, machine->batch_id);

    if (checkout == NULL) {
        alone.charged_cents = machine->price_cents;
        checkout = &alone;
    }
    ++checkout->ended;
    if (machine->status == VPS_FAILED) {
        ++checkout->failed;
        checkout->refunded_cents += machine->price_cents;
    }
    return *checkout;
}

static bool tell_checkout(struct batch *batch, const struct machine *machine,
                          const char *traceparent)
{
    const struct checkout checkout = count_in(batch, machine);
    Slipway__V1__CheckoutEvent event = SLIPWAY__V1__CHECKOUT_EVENT__INIT;

    if (checkout.ended < checkout.total)
        return false;
    event.user_id = (uint64_t)machine->user_id;
    event.total = checkout.total;
    event.succeeded = checkout.total - checkout.failed;
    event.failed = checkout.failed;
    event.charged_cents = checkout.charged_cents;
    event.refunded_cents = checkout.refunded_cents;
    return events_tell_checkout(batch, checkout_end_type(checkout.failed, checkout.total),
                                checkout.id, &event, traceparent);
}

int result_tell_build(struct batch *batch, const struct machine *machine, const char *traceparent,
                      struct error *error)
{
    bool failed = tell_server(batch, machine, traceparent);

    if (!failed && machine->status != VPS_BUILDING)
        failed =
            tell_refund(batch, machine, traceparent) || tell_checkout(batch, machine, traceparent);
    return failed ? error_set(error, FAULT_HARD, "no memory for an event") : 0;
}
