#include "services/gateway/batch_reader.h"

#include "lib/base/clock.h"
#include "services/gateway/gateway.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* A batch whose mirror has been still for so long is compared with billing's record: a final
     * status may have been lost while Redis was away. */
    MIRROR_TRUSTED_US = 5 * 1000000,
};

struct reading {
    struct gateway *gateway;
    struct batch_question question;
    batch_read_fn read;
    void *context;
    struct batch_snapshot mirror;
};

static bool is_allowed(const struct reading *reading, const struct batch_snapshot *snapshot)
{
    return key_record_is_operator(reading->question.key) ||
           key_record_user_id(reading->question.key) == snapshot->user_id;
}

/* An old mirror is better than nothing. */
static void tell_fault(struct reading *reading, int outcome, const struct error *error)
{
    if (batch_snapshot_is_complete(&reading->mirror) && is_allowed(reading, &reading->mirror))
        reading->read(reading->context, 0, &reading->mirror, NULL);
    else
        reading->read(reading->context, outcome, NULL, error);
}

/* Best effort: whoever reads next tries again. */
static void rebuild_mirror(struct gateway *gateway, const struct batch_snapshot *snapshot)
{
    struct batch_item_status items[BATCH_ITEMS_MAX];
    struct buffer texts[BATCH_ITEMS_MAX] = {0};
    CLEANUP(buffer_deinit) struct buffer head = {0};
    bool overflown;

    batch_snapshot_render_head(snapshot, &head);
    overflown = head.overflown;
    for (size_t i = 0; i < snapshot->total; ++i) {
        batch_snapshot_render_item(&snapshot->items[i], &texts[i]);
        overflown = overflown || texts[i].overflown;
        items[i] = (struct batch_item_status){
            .index = (uint32_t)i,
            .rank = snapshot->items[i].rank,
            .updated_at_us = snapshot->items[i].updated_at_us,
            .json = texts[i].data,
        };
    }
    if (!overflown)
        (void)!batch_status_rebuild(gateway->redis, snapshot->batch_id, head.data, items,
                                    snapshot->total, NULL, NULL, NULL);
    for (size_t i = 0; i < snapshot->total; ++i)
        buffer_deinit(&texts[i]);
}

static void tell_record(struct reading *reading, const Slipway__V1__Batch *batch)
{
    CLEANUP(cleanup_free) struct batch_snapshot *record = malloc(sizeof(*record));
    const struct error broken = {"batch: no memory, or a record without items"};

    if (record != NULL)
        batch_snapshot_read_record(record, batch);
    if (record == NULL || record->total == 0 || !batch_snapshot_is_complete(record)) {
        tell_fault(reading, FAULT_RETRY, &broken);
        return;
    }
    if (!atomic_load(&reading->gateway->stopping))
        rebuild_mirror(reading->gateway, record);
    batch_snapshot_merge(record, &reading->mirror);
    reading->read(reading->context, 0, record, NULL);
}

static void record_told(void *context, int outcome, const Slipway__V1__QueryResult *result,
                        const struct error *error)
{
    CLEANUP(cleanup_free) struct reading *reading = context;
    const struct error refused = {"billing can't read batches now"};

    if (outcome != 0)
        tell_fault(reading, outcome, error);
    else if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_BATCH)
        tell_record(reading, result->batch);
    else if (result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND)
        reading->read(reading->context, BATCH_NOT_FOUND, NULL, NULL);
    else
        tell_fault(reading, FAULT_RETRY, &refused);
}

/* Takes the reading on success. */
static int ask_record(struct reading *reading, struct error *error)
{
    Slipway__V1__Principal principal = SLIPWAY__V1__PRINCIPAL__INIT;
    Slipway__V1__GetBatch question = SLIPWAY__V1__GET_BATCH__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    key_record_fill_principal(reading->question.key, &principal);
    question.batch_id = reading->question.batch_id;
    query.principal = &principal;
    query.request_id = reading->question.request_id;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_BATCH;
    query.get_batch = &question;
    return billing_client_ask(reading->gateway->billing, &query, record_told, reading, error);
}

/* Another tenant's batch is asked of billing as one that does not exist would be: same answer, same
 * work. */
static bool is_mirror_enough(const struct reading *reading)
{
    const struct batch_snapshot *mirror = &reading->mirror;

    return batch_snapshot_is_complete(mirror) && is_allowed(reading, mirror) &&
           (batch_snapshot_has_ended(mirror) ||
            clock_now_us(NULL) - batch_snapshot_updated_at_us(mirror) < MIRROR_TRUSTED_US);
}

static void mirror_told(void *context, int outcome, const struct redisReply *reply,
                        const struct error *error)
{
    CLEANUP(cleanup_free) struct reading *reading = context;
    struct batch_item_status items[BATCH_ITEMS_MAX] = {0};
    struct batch_status_view view = {.items = items, .capacity = BATCH_ITEMS_MAX};
    struct error asked = {0};
    int result;

    (void)error;
    if (outcome == 0) {
        batch_status_parse(reply, &view);
        batch_snapshot_read_mirror(&reading->mirror, &view);
    }
    if (is_mirror_enough(reading)) {
        reading->read(reading->context, 0, &reading->mirror, NULL);
        return;
    }
    result = ask_record(reading, &asked);
    if (result == 0)
        reading = NULL; /* the answer's */
    else
        tell_fault(reading, result, &asked);
}

int batch_read(struct gateway *gateway, const struct batch_question *question, batch_read_fn read,
               void *context, struct error *error)
{
    struct reading *reading = calloc(1, sizeof(*reading));
    int result;

    if (reading == NULL)
        return error_set(error, FAULT_RETRY, "batch: no memory");
    reading->gateway = gateway;
    reading->question = *question;
    reading->read = read;
    reading->context = context;
    result = batch_status_read(gateway->redis, question->batch_id, mirror_told, reading, NULL);
    if (result == 0)
        return 0;
    result = ask_record(reading, error); /* Redis is down */
    if (result != 0)
        free(reading);
    return result;
}
