#include "services/billing/commands.h"

#include "lib/base/money.h"
#include "services/billing/events.h"
#include "services/billing/machine_order.h"
#include "services/billing/pricing.h"

/* The API's limit of a bulk renewal. */
enum { ITEMS_MAX = 100 };

/* A renewal that can be made. */
struct extension {
    struct wallet *wallet;
    struct machine *machine;
    const struct lifecycle_transition *step;
    int64_t price_cents, expires_at_us;
};

void renew_want(struct batch *batch, const struct job *job)
{
    const Slipway__V1__RenewVps *request = job->command->renew;

    if (request->n_items > ITEMS_MAX)
        return;
    for (size_t i = 0; i < request->n_items; ++i)
        machine_order_want(batch, request->items[i]->vps_id);
    batch->wants.ids[SEQUENCE_TRANSFER] += (int64_t)request->n_items;
}

/* The refusals are false, for whoever asks whether a renewal can be made. */
static bool refuse(struct problem *problem, enum problem_code code, const char *detail)
{
    (void)problem_set(problem, code, "%s", detail);
    return false;
}

static bool refuse_period(struct problem *problem, const char *code, const char *detail)
{
    (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, code, "/period_months", "%s",
                            detail);
    return refuse(problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
}

static bool refuse_status(struct problem *problem, enum vps_status status)
{
    if (status == VPS_PENDING || status == VPS_BUILDING)
        return refuse(problem, PROBLEM_STATE_CONFLICT,
                      "The server is still being built; renew it once it is active.");
    (void)problem_set(problem, PROBLEM_STATE_CONFLICT, "The server is %s and can't be renewed.",
                      lifecycle_status_name(status));
    return false;
}

static bool refuse_funds(struct problem *problem, const struct extension *extension)
{
    char required[MONEY_TEXT_SIZE], balance[MONEY_TEXT_SIZE];

    problem->required_cents = extension->price_cents;
    problem->balance_cents = extension->wallet->account.balance_cents;
    (void)problem_set(problem, PROBLEM_INSUFFICIENT_FUNDS,
                      "The wallet holds %s USD, the renewal costs %s USD.",
                      money_format(problem->balance_cents, balance),
                      money_format(problem->required_cents, required));
    return false;
}

/* In the caller's eyes another user's server is not there. */
static bool is_known(const struct machine *machine, const struct wallet *wallet)
{
    return machine != NULL && machine->user_id == wallet->account.id;
}

static bool has_price(const struct batch *batch, uint32_t months, struct extension *extension,
                      struct problem *problem)
{
    const int refusal = pricing_renew(batch->catalog, extension->machine->plan_code, months,
                                      &extension->price_cents);

    if ((refusal & PRICING_UNKNOWN_PLAN) != 0)
        return refuse(problem, PROBLEM_STATE_CONFLICT, "The server's plan has no price any more.");
    if (refusal != 0)
        return refuse_period(problem, "out_of_range", "The price does not fit.");
    if (lifecycle_extend(extension->machine->expires_at_us, months, batch->now_us,
                         &extension->expires_at_us))
        return refuse_period(problem, "out_of_range", "Servers are not kept past the year 9999.");
    return true;
}

/* Fills the extension in; false: it can't be made, and `problem` says why. */
static bool can_be_made(const struct batch *batch, const Slipway__V1__RenewItem *wish,
                        struct extension *extension, struct problem *problem)
{
    if (catalog_find_period(batch->catalog, wish->period_months) == NULL)
        return refuse_period(problem, "unknown_period", "Servers are not sold for this period.");
    extension->machine = batch_find_machine(batch, (int64_t)wish->vps_id);
    if (!is_known(extension->machine, extension->wallet))
        return refuse(problem, PROBLEM_NOT_FOUND, "There is no such resource.");
    extension->step = lifecycle_find(extension->machine->status, EVENT_RENEWED);
    if (extension->step == NULL)
        return refuse_status(problem, extension->machine->status);
    if (!has_price(batch, wish->period_months, extension, problem))
        return false;
    if (extension->price_cents > 0 &&
        extension->price_cents > extension->wallet->account.balance_cents)
        return refuse_funds(problem, extension);
    return true;
}

/* The machine stands: nothing can fail that would give the money back, so it is earned at once. */
static int charge(struct batch *batch, const struct extension *extension, struct error *error)
{
    const struct batch_movement movement = {
        .debit = &extension->wallet->account,
        .credit = &batch->system[LEDGER_REVENUE],
        .amount_cents = extension->price_cents,
        .rule = LEDGER_SPEND,
        .transfer = {.kind = LEDGER_RENEWAL, .vps_id = extension->machine->id},
        .wallet = &extension->wallet->account,
    };

    if (batch_move(batch, &movement, NULL) != 0)
        return error_set(error, FAULT_HARD, "a checked renewal can't be charged");
    return 0;
}

/* Renewed, and resumed when it had been suspended. True: no memory. */
static bool tell(struct batch *batch, const struct job *job, const struct extension *extension,
                 const struct operation *start)
{
    const char *traceparent = job->command->traceparent;
    Slipway__V1__VpsEvent event;
    char batch_name[BATCH_NAME_SIZE];

    events_describe_vps(extension->machine, &event);
    event.charged_cents = extension->price_cents;
    if (events_tell_vps(batch, EVENT_TYPE_VPS_RENEWED, &event, traceparent))
        return true;
    if (start == NULL)
        return false;
    event.charged_cents = 0;
    event.batch_id = batch_lend(machine_order_batch_name(start, batch_name));
    return events_tell_vps(batch, EVENT_TYPE_VPS_RESUMED, &event, traceparent);
}

static int carry_out(struct batch *batch, const struct job *job, const struct extension *extension,
                     struct error *error)
{
    struct machine *machine = extension->machine;
    const struct operation *start = NULL;
    int result = charge(batch, extension, error);

    if (result < 0)
        return result;
    machine->expires_at_us = extension->expires_at_us;
    machine->due_at_us = lifecycle_first_due_us(extension->expires_at_us);
    machine->noticed_days = 0;
    result = machine_order_step(batch, machine, extension->step, job->command->traceparent, &start,
                                error);
    if (result == 0 && tell(batch, job, extension, start))
        return error_set(error, FAULT_HARD, "no memory for an event");
    return result;
}

static int renew(struct batch *batch, const struct job *job, const Slipway__V1__RenewItem *wish,
                 struct answer_renewal *ret_renewal, struct error *error)
{
    struct extension extension = {
        .wallet = batch_find_wallet(batch, (int64_t)job->command->user_id),
    };

    *ret_renewal = (struct answer_renewal){.vps_id = (int64_t)wish->vps_id};
    if (!can_be_made(batch, wish, &extension, &ret_renewal->problem))
        return 0;
    ret_renewal->charged_cents = extension.price_cents;
    ret_renewal->expires_at_us = extension.expires_at_us;
    return carry_out(batch, job, &extension, error);
}

static bool refuse_count(const Slipway__V1__RenewVps *request, struct job *job)
{
    const size_t most = request->bulk ? ITEMS_MAX : 1;
    struct problem problem = {0};

    if (request->n_items > most)
        (void)problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, "too_many_items", "/items",
                                "At most %zu servers are renewed at once.", most);
    else if (request->n_items == 0)
        (void)problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/items",
                                "At least one item is needed.");
    else
        return false;
    (void)problem_set(&problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
    answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
    return true;
}

static void answer(struct job *job, const struct answer_renewal *renewals, size_t count)
{
    if (job->command->renew->bulk)
        answer_render_renewals(&job->answer, renewals, count);
    else if (renewals[0].problem.code == PROBLEM_NONE)
        answer_render_renewal(&job->answer, &renewals[0]);
    else
        answer_render_problem(&job->answer, &renewals[0].problem, job_request_id(job));
}

/* Each item on its own, in order, on what the ones before have left. */
int renew_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__RenewVps *request = job->command->renew;
    struct answer_renewal renewals[ITEMS_MAX];
    size_t count = 0;
    int result = 0;

    if (refuse_count(request, job))
        return 0;
    while (result == 0 && count < request->n_items) {
        result = renew(batch, job, request->items[count], &renewals[count], error);
        ++count;
    }
    if (result == 0)
        answer(job, renewals, count);
    for (size_t i = 0; i < count; ++i)
        problem_deinit(&renewals[i].problem);
    return result;
}
