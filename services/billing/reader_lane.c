#include "services/billing/reader_lane.h"

#include "lib/base/log.h"
#include "services/billing/catalog_store.h"
#include "services/billing/catalog_version_store.h"
#include "services/billing/planner_store.h"

#include <stdio.h>

/* How long a server that could not be reached twice in a row is left alone: once may be a session
 * that was ended while it began. */
static const int64_t reconnect_pause_ms = 200;
/* Looking for PostgreSQL while nobody asks, so that readiness follows it. */
static const int64_t idle_check_ms = 1000;

struct reader_lane {
    const struct reader_lane_options *options;
    struct pg *pg;
    /* Monotonic; no attempt to connect before it. */
    int64_t retry_at_ms;
    bool failed_before;
    /* As of the last question that needed it. */
    struct catalog *catalog;
    /* Reused from answer to answer, and from question to question. */
    struct buffer packed;
    struct pg_array *ids;
};

/* Ends the call. */
static void deliver(struct reader_lane *lane, struct reader_call *call)
{
    call->answered(call->context, lane->packed.data, lane->packed.length);
    metric_observe_us(lane->options->answered, clock_monotonic_us() - call->arrived_us);
    buffer_reset(&lane->packed);
    slipway__v1__query__free_unpacked(call->query, NULL);
    free(call);
}

/* A question that could not be answered: the loop that owns it logs it, once. */
static void refuse(struct reader_lane *lane, struct reader_call *call, int fault,
                   const struct error *error)
{
    struct trace trace = {0};
    int result;

    metric_add(lane->options->failed, 1);
    (void)snprintf(trace.request_id, sizeof(trace.request_id), "%s", call->query->request_id);
    log_event(LOG_WARNING, &trace, "a question was not answered",
              LOG_TEXT("fault", fault_name(fault)), LOG_TEXT("error", error->text));
    buffer_reset(&lane->packed);
    result = fault == FAULT_HARD ? queries_refuse_internal(call->query, &lane->packed, NULL)
                                 : queries_refuse_unavailable(call->query, &lane->packed, NULL);
    if (result != 0)
        buffer_reset(&lane->packed);
    deliver(lane, call);
}

static void answer(struct reader_lane *lane, struct reader_call *call, const struct pg_rows *rows)
{
    const struct query query = {
        .message = call->query,
        .catalog = lane->catalog,
        .now_us = clock_now_us(lane->options->clock),
        .referral_basis_points = lane->options->referral_basis_points,
    };
    struct error error = {0};
    const int result = call->question->answer(&query, rows, &lane->packed, &error);

    if (result == 0)
        deliver(lane, call);
    else
        refuse(lane, call, result, &error);
}

static int connect_if_due(struct reader_lane *lane, struct error *error)
{
    const struct pg_options options = {
        .conninfo = lane->options->conninfo,
        .application_name = "slipway-billing-reader",
        .statement_timeout_ms = lane->options->statement_timeout_ms,
        /* PostgreSQL itself gives up first, unless it is gone without a word. */
        .answer_timeout_ms = lane->options->statement_timeout_ms + 1000,
    };
    int result;

    if (lane->pg != NULL)
        return 0;
    if (clock_monotonic_ms() < lane->retry_at_ms)
        return error_set(error, FAULT_RETRY, "PostgreSQL was not there a moment ago");
    result = pg_new(&options, &lane->pg, error);
    if (result != 0 && lane->failed_before)
        lane->retry_at_ms = clock_monotonic_ms() + reconnect_pause_ms;
    lane->failed_before = result != 0;
    return result;
}

/* A connection whose pipeline failed is made anew: what is left in it is of no use to anybody. */
static void note_outcome(struct reader_lane *lane, int result)
{
    atomic_store(lane->options->is_up, result == 0 || result == FAULT_HARD);
    if (result == 0)
        return;
    pg_free(lane->pg);
    lane->pg = NULL;
}

static int read_version(struct reader_lane *lane, int64_t *ret_version, struct error *error)
{
    int result = catalog_version_store_queue(lane->pg, error);

    if (result == 0)
        result = pg_pipeline_sync(lane->pg, error);
    if (result == 0)
        result = catalog_version_store_take(lane->pg, ret_version, error);
    return result;
}

static int refresh_catalog(struct reader_lane *lane, struct error *error)
{
    struct catalog *fresh = NULL;
    int64_t version;
    int result = read_version(lane, &version, error);

    if (result != 0 || (lane->catalog != NULL && lane->catalog->version == version))
        return result;
    result = catalog_store_read(lane->pg, &fresh, error);
    if (result != 0)
        return result;
    catalog_free(lane->catalog);
    lane->catalog = fresh;
    return 0;
}

static int prepare(struct reader_lane *lane, struct reader_call *const *calls, size_t count,
                   struct error *error)
{
    bool needs_catalog = false;
    int result = connect_if_due(lane, error);

    for (size_t i = 0; i < count; ++i)
        needs_catalog = needs_catalog || calls[i]->question->needs_catalog;
    if (result == 0 && needs_catalog)
        result = refresh_catalog(lane, error);
    return result;
}

/* The ids of a question that is about many, as its first argument. */
static int list_ids(struct reader_lane *lane, const struct reader_call *call, struct pg_args *args,
                    struct error *error)
{
    if (call->question->list == NULL)
        return 0;
    if (lane->ids == NULL)
        lane->ids = pg_array_new(PG_ARRAY_I64);
    if (lane->ids == NULL)
        return error_set(error, FAULT_HARD, "no memory for ids");
    pg_array_reset(lane->ids);
    call->question->list(call->query, lane->ids);
    pg_args_array(args, lane->ids);
    return 0;
}

/* Queues the question's statement; *ret_queued tells whether it has one. */
static int queue_question(struct reader_lane *lane, const struct reader_call *call,
                          bool *ret_queued, struct error *error)
{
    struct pg_args args = {0};
    const struct pg_statement *statement;
    int result = list_ids(lane, call, &args, error);

    if (result != 0)
        return result;
    statement = call->question->ask == NULL ? NULL : call->question->ask(call->query, &args);
    *ret_queued = statement != NULL;
    return statement == NULL ? 0 : pg_pipeline_queue(lane->pg, statement, &args, error);
}

/* Asks `count` questions over one pipeline and answers from the front until one fails;
 * *ret_answered tells how many are done with. */
static int ask_all(struct reader_lane *lane, struct reader_call **calls, size_t count,
                   size_t *ret_answered, struct error *error)
{
    bool queued[READER_BATCH_MAX];
    const bool by_index = lane->options->by_index;
    int result = by_index ? planner_store_queue(lane->pg, error) : 0;

    *ret_answered = 0;
    for (size_t i = 0; result == 0 && i < count; ++i)
        result = queue_question(lane, calls[i], &queued[i], error);
    if (result == 0)
        result = pg_pipeline_sync(lane->pg, error);
    if (result == 0 && by_index)
        result = planner_store_take(lane->pg, error);
    for (size_t i = 0; result == 0 && i < count; ++i) {
        CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

        if (queued[i])
            result = pg_pipeline_take(lane->pg, &rows, error);
        if (result == 0) {
            answer(lane, calls[i], rows);
            *ret_answered = i + 1;
        }
    }
    return result;
}

/* One question that shared a pipeline with a failure, asked again on its own. */
static void ask_alone(struct reader_lane *lane, struct reader_call *call)
{
    struct error error = {0};
    size_t answered = 0;
    int result = prepare(lane, &call, 1, &error);

    if (result == 0)
        result = ask_all(lane, &call, 1, &answered, &error);
    note_outcome(lane, result);
    if (answered == 0)
        refuse(lane, call, result, &error);
}

/* Refuses what has waited too long; returns how many are left, in order. */
static size_t drop_late(struct reader_lane *lane, struct reader_call **calls, size_t count)
{
    const struct error error = {.text = "it waited too long"};
    const int64_t oldest_us = clock_monotonic_us() - lane->options->deadline_ms * 1000;
    size_t kept = 0;

    for (size_t i = 0; i < count; ++i)
        if (calls[i]->arrived_us < oldest_us)
            refuse(lane, calls[i], FAULT_RETRY, &error);
        else
            calls[kept++] = calls[i];
    return kept;
}

static void serve(struct reader_lane *lane, struct reader_call **calls, size_t count)
{
    struct error error = {0};
    size_t answered = 0;
    int result;

    if (count == 0)
        return;
    result = prepare(lane, calls, count, &error);
    if (result == 0)
        result = ask_all(lane, calls, count, &answered, &error);
    note_outcome(lane, result);
    count = answered + drop_late(lane, calls + answered, count - answered);
    for (size_t i = answered; i < count; ++i)
        ask_alone(lane, calls[i]);
}

static void check_while_idle(struct reader_lane *lane)
{
    struct error error = {0};
    int64_t version;
    int result = connect_if_due(lane, &error);

    if (result == 0)
        result = read_version(lane, &version, &error);
    note_outcome(lane, result);
}

void reader_lane_run(struct queue *queue, const struct reader_lane_options *options)
{
    struct reader_lane lane = {.options = options};
    struct reader_call *calls[READER_BATCH_MAX];
    void *taken[READER_BATCH_MAX];

    check_while_idle(&lane);
    for (;;) {
        const size_t count = queue_take(queue, taken, options->batch_limit, idle_check_ms);

        if (count == 0 && queue_is_closed(queue))
            break;
        for (size_t i = 0; i < count; ++i)
            calls[i] = taken[i];
        if (count > 0)
            serve(&lane, calls, drop_late(&lane, calls, count));
        else
            check_while_idle(&lane);
    }
    pg_free(lane.pg);
    catalog_free(lane.catalog);
    pg_array_free(lane.ids);
    buffer_deinit(&lane.packed);
}
