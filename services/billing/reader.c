#include "services/billing/reader.h"

#include "lib/base/queue.h"
#include "services/billing/reader_lane.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { READER_THREADS_MAX = 64, SLOW_QUEUE_LIMIT = 8 };

/* Threads that take from one queue. */
struct lane {
    struct queue *queue;
    struct reader_lane_options options;
    pthread_t threads[READER_THREADS_MAX];
    size_t thread_count;
};

struct reader {
    struct lane fast, slow;
    atomic_bool is_up;
    struct metric *waiting_refused;
};

static void *run_lane(void *context)
{
    const struct lane *lane = context;

    reader_lane_run(lane->queue, &lane->options);
    return NULL;
}

static int lane_start(struct lane *lane, size_t threads, int64_t queue_limit, struct error *error)
{
    lane->queue = queue_new((size_t)queue_limit);
    if (lane->queue == NULL)
        return error_set(error, FAULT_HARD, "no memory for the readers");
    for (; lane->thread_count < threads; ++lane->thread_count)
        if (pthread_create(&lane->threads[lane->thread_count], NULL, run_lane, lane) != 0)
            return error_set(error, FAULT_HARD, "a reader's thread can't be started");
    return 0;
}

static void lane_stop(struct lane *lane)
{
    if (lane->queue == NULL)
        return;
    queue_close(lane->queue);
    for (size_t i = 0; i < lane->thread_count; ++i)
        (void)pthread_join(lane->threads[i], NULL);
    queue_free(lane->queue);
}

static struct reader_lane_options lane_options(const struct reader_options *options,
                                               int64_t statement_timeout_ms, size_t batch_limit,
                                               atomic_bool *is_up)
{
    return (struct reader_lane_options){
        .conninfo = options->conninfo,
        .statement_timeout_ms = statement_timeout_ms,
        .batch_limit = batch_limit,
        .deadline_ms = options->deadline_ms,
        .referral_basis_points = (uint32_t)options->referral_basis_points,
        .clock = options->clock,
        .is_up = is_up,
        .answered = metrics_histogram(options->metrics, "slipway_billing_query_seconds",
                                      "From a question's arrival to its answer.", ""),
        .failed = metrics_counter(options->metrics, "slipway_billing_queries_failed_total",
                                  "Questions that were refused for a fault.", ""),
    };
}

int reader_new(const struct reader_options *options, struct reader **ret_reader,
               struct error *error)
{
    struct reader *reader = calloc(1, sizeof(*reader));
    int result;

    if (reader == NULL)
        return error_set(error, FAULT_HARD, "no memory for the readers");
    assert(options->threads > 0 && options->threads <= READER_THREADS_MAX);
    assert(options->batch_limit > 0 && options->batch_limit <= READER_BATCH_MAX);
    atomic_init(&reader->is_up, false);
    reader->waiting_refused =
        metrics_counter(options->metrics, "slipway_billing_queries_busy_total",
                        "Questions that were refused because too many waited.", "");
    reader->fast.options = lane_options(options, options->statement_timeout_ms,
                                        (size_t)options->batch_limit, &reader->is_up);
    reader->fast.options.by_index = true;
    reader->slow.options = lane_options(options, options->slow_timeout_ms, 1, &reader->is_up);
    result = lane_start(&reader->fast, (size_t)options->threads, options->queue_limit, error);
    if (result == 0)
        result = lane_start(&reader->slow, 1, SLOW_QUEUE_LIMIT, error);
    if (result != 0) {
        reader_free(reader);
        return result;
    }
    *ret_reader = reader;
    return 0;
}

void reader_free(struct reader *reader)
{
    if (reader == NULL)
        return;
    lane_stop(&reader->fast);
    lane_stop(&reader->slow);
    free(reader);
}

int reader_submit(struct reader *reader, Slipway__V1__Query *query, reader_answered_fn answered,
                  void *context)
{
    const struct question *question = queries_find(query);
    struct reader_call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        return READER_BUSY;
    *call = (struct reader_call){query, question, answered, context, clock_monotonic_us()};
    if (queue_put(question->slow ? reader->slow.queue : reader->fast.queue, call) != 0) {
        metric_add(reader->waiting_refused, 1);
        free(call);
        return READER_BUSY;
    }
    return 0;
}

bool reader_is_up(const struct reader *reader)
{
    return atomic_load(&reader->is_up);
}
