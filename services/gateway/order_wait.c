#include "services/gateway/order_wait.h"

#include "services/gateway/gateway.h"
#include "services/gateway/prefer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void order_wait_free(struct order_wait *order)
{
    if (order == NULL)
        return;
    buffer_deinit(&order->accepted);
    free(order);
}

void order_wait_reply_accepted(struct request *request)
{
    http_exchange_set_header(request->exchange, "Location", request->order->location);
    request_reply_json(request, 202, &request->order->accepted);
}

/* What went wrong, as the worker has put it. */
static void reply_failed(struct request *request, const struct batch_item *item)
{
    struct problem *problem = &request->problem;

    (void)problem_add_field(problem, PROBLEM_STATE_CONFLICT, item->error_code, "", "%s",
                            item->error_detail);
    (void)problem_set(problem, PROBLEM_STATE_CONFLICT, "%s", item->error_detail);
    request_reply_problem(request);
}

static void waited(struct request *request, const struct batch_snapshot *snapshot)
{
    struct error error = {0};
    int result;

    if (!batch_snapshot_has_ended(snapshot)) {
        request->order->ending->pending(request);
        return;
    }
    if (batch_snapshot_count_failed(snapshot) > 0) {
        reply_failed(request, &snapshot->items[0]);
        return;
    }
    result = request->order->ending->done(request, &error);
    if (result != 0)
        request_reply_refusal(request, result, &error);
}

/* 0: the request waits. */
static int begin_wait(struct request *request)
{
    CLEANUP(cleanup_free) struct batch_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    const struct order_wait *order = request->order;

    if (snapshot == NULL)
        return FAULT_RETRY;
    snapshot->total = 1;
    memcpy(snapshot->batch_id, order->batch_id, sizeof(snapshot->batch_id));
    return batch_watch_wait(request->gateway->batches, request, snapshot,
                            (int64_t)order->wait_s * 1000, waited, NULL);
}

/* True: it has no batch that can be watched. */
static bool keep_answer(struct order_wait *order, const Slipway__V1__Answer *answer)
{
    const char *slash = strrchr(answer->location, '/');

    buffer_append(&order->accepted, answer->body.data, answer->body.len);
    (void)snprintf(order->location, sizeof(order->location), "%s", answer->location);
    (void)snprintf(order->batch_id, sizeof(order->batch_id), "%s", slash != NULL ? slash + 1 : "");
    return !batch_id_is_shaped(order->batch_id);
}

/* Whoever can't wait, as too many do, is told at once: the order stands. */
static void accepted(struct request *request, const Slipway__V1__Answer *answer)
{
    struct order_wait *order = request->order;

    if (keep_answer(order, answer) || order->wait_s == 0 || begin_wait(request) != 0)
        order->ending->pending(request);
}

static uint32_t read_wait(struct request *request)
{
    uint32_t wait_s = ORDER_WAIT_S;
    char applied[24];

    if (prefer_wait(http_exchange_header(request->exchange, "Prefer"), &wait_s)) {
        (void)snprintf(applied, sizeof(applied), "wait=%u", wait_s);
        http_exchange_set_header(request->exchange, "Preference-Applied", applied);
    }
    return wait_s;
}

int order_wait_submit(struct request *request, const Slipway__V1__Command *command, uint64_t vps_id,
                      const struct order_ending *ending, struct error *error)
{
    struct order_wait *order = calloc(1, sizeof(*order));

    if (order == NULL)
        return error_set(error, FAULT_RETRY, "order: no memory");
    order->ending = ending;
    order->vps_id = vps_id;
    order->wait_s = read_wait(request);
    request->order = order;
    request->accepted = accepted;
    return request_submit(request, command, NULL, error);
}
