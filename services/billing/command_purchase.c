#include "lib/base/money.h"
#include "proto/commands.pb-c.h"
#include "services/billing/commands.h"
#include "services/billing/events.h"
#include "services/billing/machine_order.h"
#include "services/billing/pricing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The API's limit of a bulk purchase. */
enum { ITEMS_MAX = 100 };

/* One item as it is decided. */
struct item {
    struct pricing_choice choice;
    struct placement placement;
    /* PRICING_… bits. */
    int refusal;
    bool accepted;
};

struct purchase {
    const Slipway__V1__PurchaseVps *request;
    struct wallet *wallet;
    struct item *items;
    uint32_t accepted;
    int64_t total_cents;
};

/* What may be wrong with an item, in the words of the API. */
static const struct refusal_text {
    int bit;
    const char *member, *code, *detail;
} refusal_texts[] = {
    {PRICING_UNKNOWN_PLAN,     "plan_code",     "unknown_plan",     "There is no such plan on sale."             },
    {PRICING_UNKNOWN_LOCATION, "location_code", "unknown_location",
     "There is no such location on sale."                                                                        },
    {PRICING_UNKNOWN_OS,       "os_code",       "unknown_os",       "There is no such operating system on offer."},
    {PRICING_OS_NOT_SUPPORTED, "os_code",       "os_not_supported",
     "The plan has less memory or disk than this system needs."                                                  },
    {PRICING_UNKNOWN_PERIOD,   "period_months", "unknown_period",
     "Servers are not sold for this period."                                                                     },
    {PRICING_OUT_OF_RANGE,     "period_months", "out_of_range",     "The price does not fit."                    },
};

static const char sold_out_detail[] = "No node of this location has room for this plan.";

void purchase_want(struct batch *batch, const struct job *job)
{
    const Slipway__V1__PurchaseVps *request = job->command->purchase;
    const int64_t count = (int64_t)request->n_items;

    if (request->n_items > ITEMS_MAX)
        return;
    for (size_t i = 0; i < request->n_items; ++i)
        batch_want_location(batch, request->items[i]->location_code, 1);
    batch->wants.ids[SEQUENCE_TRANSFER] += count;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
}

static void price(const struct catalog *catalog, struct purchase *purchase)
{
    for (size_t i = 0; i < purchase->request->n_items; ++i) {
        const Slipway__V1__PurchaseItem *wish = purchase->request->items[i];
        const struct pricing_request request = {
            .plan_code = wish->plan_code,
            .location_code = wish->location_code,
            .os_code = wish->os_code,
            .period_months = wish->period_months,
        };

        purchase->items[i].refusal = pricing_choose(catalog, &request, &purchase->items[i].choice);
    }
}

/* Places what has a price, as far as there is stock. 0 or BATCH_STOCK_SHORT. */
static int place(struct batch *batch, struct purchase *purchase)
{
    for (size_t i = 0; i < purchase->request->n_items; ++i) {
        struct item *item = &purchase->items[i];
        const struct pricing_choice *choice = &item->choice;
        size_t location;

        if (item->refusal != 0)
            continue;
        location = (size_t)(choice->location - batch->catalog->locations);
        item->accepted =
            placement_take(&batch->placement.stock, location,
                           &(struct placement_size){choice->plan->vcpu, choice->plan->ram_mb,
                                                    choice->plan->disk_gb},
                           &item->placement) == 0;
        if (item->accepted)
            ++purchase->accepted;
        else if (batch_reach_further(batch, location))
            return BATCH_STOCK_SHORT;
    }
    return 0;
}

/* True: the sum does not fit. */
static bool sum_up(struct purchase *purchase)
{
    for (size_t i = 0; i < purchase->request->n_items; ++i)
        if (purchase->items[i].accepted &&
            money_add(purchase->total_cents, purchase->items[i].choice.price_cents,
                      &purchase->total_cents))
            return true;
    return false;
}

static void unplace(struct purchase *purchase)
{
    for (size_t i = purchase->request->n_items; i > 0; --i)
        if (purchase->items[i - 1].accepted)
            placement_undo(&purchase->items[i - 1].placement);
}

static void add_item_errors(const struct purchase *purchase, size_t index, struct problem *problem)
{
    char pointer[64];

    for (size_t i = 0; i < ARRAY_LENGTH(refusal_texts); ++i) {
        const struct refusal_text *text = &refusal_texts[i];

        if ((purchase->items[index].refusal & text->bit) == 0)
            continue;
        if (purchase->request->bulk)
            (void)snprintf(pointer, sizeof(pointer), "/items/%zu/%s", index, text->member);
        else
            (void)snprintf(pointer, sizeof(pointer), "/%s", text->member);
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, text->code, pointer, "%s",
                                text->detail);
    }
}

/* Nothing was accepted: everything that is wrong, at once. */
static void refuse_all(const struct purchase *purchase, struct job *job)
{
    struct problem problem = {0};

    for (size_t i = 0; i < purchase->request->n_items; ++i)
        add_item_errors(purchase, i, &problem);
    if (problem.field_count == 0)
        (void)problem_set(&problem, PROBLEM_SOLD_OUT, "%s", sold_out_detail);
    else
        (void)problem_set(&problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
    answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
}

static void refuse_funds(const struct purchase *purchase, struct job *job)
{
    struct problem problem = {
        .required_cents = purchase->total_cents,
        .balance_cents = purchase->wallet->account.balance_cents,
    };
    char required[MONEY_TEXT_SIZE], balance[MONEY_TEXT_SIZE];

    (void)problem_set(&problem, PROBLEM_INSUFFICIENT_FUNDS,
                      "The wallet holds %s USD, the purchase costs %s USD.",
                      money_format(problem.balance_cents, balance),
                      money_format(problem.required_cents, required));
    answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
}

/* The first thing that is wrong stands for the item. */
static struct answer_rejected rejected_item(const struct item *item, uint32_t index)
{
    for (size_t i = 0; i < ARRAY_LENGTH(refusal_texts); ++i)
        if ((item->refusal & refusal_texts[i].bit) != 0)
            return (struct answer_rejected){index, refusal_texts[i].code, refusal_texts[i].detail};
    return (struct answer_rejected){index, "sold_out", sold_out_detail};
}

static void answer_accepted(const struct purchase *purchase, int64_t batch_id, struct job *job)
{
    struct answer_rejected rejected[ITEMS_MAX];
    struct answer_checkout checkout = {
        .batch_id = batch_id,
        .accepted = purchase->accepted,
        .bulk = purchase->request->bulk,
        .rejected = rejected,
    };

    for (size_t i = 0; i < purchase->request->n_items; ++i)
        if (!purchase->items[i].accepted)
            rejected[checkout.rejected_count++] = rejected_item(&purchase->items[i], (uint32_t)i);
    answer_render_checkout(&job->answer, &checkout);
}

static bool tell_provisioner(struct batch *batch, const struct job *job, const struct item *item,
                             const struct vps_order *order)
{
    Slipway__V1__MachineCommand command = SLIPWAY__V1__MACHINE_COMMAND__INIT;
    Slipway__V1__Placement placement = SLIPWAY__V1__PLACEMENT__INIT;
    Slipway__V1__BuildMachine build;
    char batch_name[48], topic[32 + CATALOG_CODE_SIZE];

    (void)snprintf(batch_name, sizeof(batch_name), "checkout:%" PRId64, order->batch_id);
    (void)snprintf(topic, sizeof(topic), "vps.commands.%s", order->location_code);
    placement.location_code = batch_lend(order->location_code);
    placement.node_name = batch_lend(item->placement.node->name);
    placement.node_uri = batch_lend(item->placement.node->uri);
    placement.address = batch_lend(order->address);
    placement.prefix_length = (uint32_t)item->placement.prefix_length;
    placement.gateway = batch_lend(item->placement.gateway);
    placement.address6 = batch_lend(item->placement.address6);
    placement.prefix_length6 = (uint32_t)item->placement.prefix_length6;
    placement.gateway6 = batch_lend(item->placement.gateway6);
    machine_order_describe_build(item->choice.plan, item->choice.os, &build);
    command.vps_id = (uint64_t)order->id;
    command.sequence = 1;
    command.user_id = (uint64_t)order->user_id;
    command.batch_id = batch_name;
    command.item_index = order->item_index;
    command.traceparent = job->command->traceparent;
    command.issued_at_us = batch->now_us;
    command.placement = &placement;
    command.action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD;
    command.build = &build;
    return batch_tell(
        batch, &(struct batch_message){.topic = topic, .key = order->id, .value = &command.base});
}

static int charge_item(struct batch *batch, const struct purchase *purchase,
                       const struct vps_order *order, struct error *error)
{
    const struct batch_movement movement = {
        .debit = &purchase->wallet->account,
        .credit = &batch->system[LEDGER_IN_PROGRESS],
        .amount_cents = order->price_cents,
        .rule = LEDGER_SPEND,
        .transfer = {.id = order->id,
                     .kind = LEDGER_PURCHASE,
                     .vps_id = order->id,
                     .batch_id = order->batch_id},
        .wallet = &purchase->wallet->account,
    };

    if (batch_move(batch, &movement, NULL) != 0)
        return error_set(error, FAULT_HARD, "a checked purchase can't be charged");
    return 0;
}

/* Where an item stands in the batch that the customer watches: `index` counts the accepted ones. */
struct position {
    int64_t id, batch_id;
    uint32_t index;
};

static int order_item(struct batch *batch, const struct job *job, const struct purchase *purchase,
                      const struct item *item, const struct position *position, struct error *error)
{
    const int64_t expires_at_us = clock_add_months(batch->now_us, item->choice.period->months);
    const struct vps_order order = {
        .id = position->id,
        .user_id = purchase->wallet->account.id,
        .batch_id = position->batch_id,
        .item_index = position->index,
        .plan_code = item->choice.plan->code,
        .location_code = item->choice.location->code,
        .os_code = item->choice.os->code,
        .period_months = item->choice.period->months,
        .price_cents = item->choice.price_cents,
        .node_id = item->placement.node->id,
        .pool_id = item->placement.pool_id,
        .address = item->placement.address,
        .expires_at_us = expires_at_us,
        .due_at_us = lifecycle_first_due_us(expires_at_us),
    };
    int result = charge_item(batch, purchase, &order, error);

    if (result < 0)
        return result;
    vps_store_push_order(&batch->writes.orders, &order);
    if (tell_provisioner(batch, job, item, &order))
        return error_set(error, FAULT_HARD, "no memory for a command");
    return 0;
}

/* One event for the whole batch: that a server is being built is told when a worker has begun. */
static int tell_accepted(struct batch *batch, const struct job *job,
                         const struct purchase *purchase, uint64_t *vps_ids, struct error *error)
{
    Slipway__V1__CheckoutEvent event = SLIPWAY__V1__CHECKOUT_EVENT__INIT;

    event.user_id = job->command->user_id;
    event.total = purchase->accepted;
    event.charged_cents = purchase->total_cents;
    event.n_vps_ids = purchase->accepted;
    event.vps_ids = vps_ids;
    if (events_tell_checkout(batch, EVENT_TYPE_CHECKOUT_ACCEPTED, (int64_t)vps_ids[0], &event,
                             job->command->traceparent))
        return error_set(error, FAULT_HARD, "no memory for an event");
    return 0;
}

static int order_items(struct batch *batch, const struct job *job, const struct purchase *purchase,
                       const uint64_t *vps_ids, struct error *error)
{
    struct position position = {.batch_id = (int64_t)vps_ids[0]};

    for (size_t i = 0; i < purchase->request->n_items; ++i) {
        int result;

        if (!purchase->items[i].accepted)
            continue;
        position.id = (int64_t)vps_ids[position.index];
        result = order_item(batch, job, purchase, &purchase->items[i], &position, error);
        if (result < 0)
            return result;
        ++position.index;
    }
    return 0;
}

/* Told before its servers are ordered, so that nothing that comes of the orders is told before. */
static int accept_purchase(struct batch *batch, struct job *job, const struct purchase *purchase,
                           struct error *error)
{
    /* That of the first is the batch's number too. */
    uint64_t vps_ids[ITEMS_MAX];
    int result;

    for (uint32_t i = 0; i < purchase->accepted; ++i)
        vps_ids[i] = (uint64_t)batch_next_id(batch, SEQUENCE_TRANSFER);
    result = tell_accepted(batch, job, purchase, vps_ids, error);
    if (result == 0)
        result = order_items(batch, job, purchase, vps_ids, error);
    if (result < 0)
        return result;
    vps_store_push_batch(&batch->writes.batches, (int64_t)vps_ids[0], "checkout",
                         purchase->wallet->account.id, purchase->accepted);
    answer_accepted(purchase, (int64_t)vps_ids[0], job);
    return 0;
}

static bool refuse_count(const Slipway__V1__PurchaseVps *request, struct job *job)
{
    const int most = request->bulk ? ITEMS_MAX : 1;
    struct problem problem = {0};

    if (request->n_items > (size_t)most)
        (void)problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, "too_many_items", "/items",
                                "At most %d items are bought at once.", most);
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

int purchase_decide(struct batch *batch, struct job *job, struct error *error)
{
    struct item items[ITEMS_MAX];
    struct purchase purchase = {
        .request = job->command->purchase,
        .wallet = batch_find_wallet(batch, (int64_t)job->command->user_id),
        .items = items,
    };

    if (refuse_count(purchase.request, job))
        return 0;
    memset(items, 0, purchase.request->n_items * sizeof(items[0]));
    price(batch->catalog, &purchase);
    if (place(batch, &purchase) != 0)
        return BATCH_STOCK_SHORT;
    if (sum_up(&purchase)) {
        unplace(&purchase);
        answer_render_refusal(&job->answer, PROBLEM_VALIDATION_FAILED, "The price does not fit.",
                              job_request_id(job));
        return 0;
    }
    if (purchase.accepted == 0) {
        refuse_all(&purchase, job);
        return 0;
    }
    if (purchase.total_cents > purchase.wallet->account.balance_cents && purchase.total_cents > 0) {
        unplace(&purchase);
        refuse_funds(&purchase, job);
        return 0;
    }
    return accept_purchase(batch, job, &purchase, error);
}
