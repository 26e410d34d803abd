#include "services/gateway/batch_reader.h"
#include "services/gateway/batch_watch.h"
#include "services/gateway/gateway.h"
#include "services/gateway/handlers.h"
#include "services/gateway/prefer.h"

#include <stdio.h>
#include <string.h>

static void reply_now(struct request *request, const struct batch_snapshot *snapshot)
{
    struct buffer body = {0};

    batch_snapshot_render(snapshot, &body);
    request_reply_json(request, 200, &body);
}

static int begin_stream(struct request *request, const struct batch_snapshot *snapshot,
                        struct error *error)
{
    struct gateway *gateway = request->gateway;
    const int result = batch_watch_stream(gateway->batches, request, snapshot,
                                          gateway->config->batch_stream_ms, error);

    if (result != BATCH_WATCH_FULL)
        return result;
    return error_set(error, FAULT_RETRY, "batch watch: as many watch as may");
}

/* Over the bound nobody is refused: the answer comes at once instead of later. */
static int begin_wait(struct request *request, const struct batch_snapshot *snapshot,
                      uint32_t wait_s, struct error *error)
{
    char applied[24];
    int result;

    (void)snprintf(applied, sizeof(applied), "wait=%u", wait_s);
    http_exchange_set_header(request->exchange, "Preference-Applied", applied);
    result = batch_watch_wait(request->gateway->batches, request, snapshot, (int64_t)wait_s * 1000,
                              reply_now, error);
    if (result != BATCH_WATCH_FULL)
        return result;
    reply_now(request, snapshot);
    return 0;
}

static int answer(struct request *request, const struct batch_snapshot *snapshot,
                  struct error *error)
{
    const char *accept = http_exchange_header(request->exchange, "Accept");
    const uint32_t wait_s = prefer_wait_s(http_exchange_header(request->exchange, "Prefer"));

    if (accept_names(accept, "text/event-stream"))
        return begin_stream(request, snapshot, error);
    if (wait_s > 0 && !batch_snapshot_has_ended(snapshot))
        return begin_wait(request, snapshot, wait_s, error);
    reply_now(request, snapshot);
    return 0;
}

static void state_read(void *context, int outcome, const struct batch_snapshot *snapshot,
                       const struct error *error)
{
    struct request *request = context;
    struct error text = {0};
    int result = outcome;

    if (outcome == BATCH_NOT_FOUND) {
        (void)request_refuse_not_found(request);
        request_reply_problem(request);
        return;
    }
    if (outcome == 0)
        result = answer(request, snapshot, &text);
    if (result != 0)
        request_reply_fault(request, result, outcome == 0 ? &text : error);
}

int handle_batch(struct request *request, struct error *error)
{
    struct batch_question question = {.key = request->key};
    const char *batch_id = request->match.parameters[0];

    if (!batch_id_is_shaped(batch_id))
        return request_refuse_not_found(request);
    /* The shape bounds the length. */
    memcpy(question.batch_id, batch_id, strlen(batch_id) + 1);
    memcpy(question.request_id, request_id_text(request), strlen(request_id_text(request)) + 1);
    return batch_read(request->gateway, &question, state_read, request, error);
}
