#include "services/billing/results.h"

#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "proto/results.pb-c.h"
#include "services/billing/status.h"

#include <string.h>

static const unsigned worker_threads = 1;
static const int64_t retry_first_ms = 20;
static const int64_t retry_longest_ms = 2000;

struct results {
    struct kafka_consumer *consumer;
    struct writer *writer;
    struct redis *redis;
    void (*node_inspected)(void *context, Slipway__V1__MachineResult *result);
    void *node_context;
    const struct clock *clock;
};

/* One delivery between the writer and Redis. */
struct errand {
    struct results *results;
    struct kafka_delivery *delivery;
};

static void finish(struct kafka_delivery *delivery, int outcome, const struct error *error)
{
    const struct kafka_record *record = kafka_delivery_record(delivery);

    if (outcome == FAULT_HARD)
        log_event(LOG_ERROR, NULL, "a result goes to the dead letters",
                  LOG_TEXT("error", error->text), LOG_NUMBER("partition", record->partition),
                  LOG_NUMBER("offset", record->offset));
    /* Applying a result may be repeated, so what nobody knows of is simply done again. */
    kafka_delivery_finish(delivery, outcome == FAULT_UNCERTAIN ? (int)FAULT_RETRY : outcome, error);
}

/* Redis must hear of it before the offset moves on: the mirror has no other source for final states
 * until somebody rebuilds it. */
static void told(void *context, int outcome, const struct redisReply *reply,
                 const struct error *error)
{
    CLEANUP(cleanup_free) struct errand *errand = context;

    (void)reply;
    finish(errand->delivery, outcome == 0 ? 0 : FAULT_RETRY, error);
}

static void applied(void *context, int outcome, const struct writer_outcome *result,
                    const struct error *error)
{
    CLEANUP(cleanup_free) struct errand *errand = context;
    struct results *results = errand->results;
    struct error fault;

    if (outcome != 0) {
        finish(errand->delivery, outcome, error);
        return;
    }
    crash_point("billing_after_result");
    if (result->batch_id[0] == '\0') {
        finish(errand->delivery, 0, error);
        return;
    }
    outcome =
        status_tell(results->redis, result, clock_now_us(results->clock), told, errand, &fault);
    if (outcome == 0)
        (void)TAKE(errand);
    else
        finish(errand->delivery, FAULT_RETRY, &fault);
}

static void handle(void *context, struct kafka_delivery *delivery)
{
    struct results *results = context;
    const struct kafka_record *record = kafka_delivery_record(delivery);
    Slipway__V1__MachineResult *result =
        slipway__v1__machine_result__unpack(NULL, record->value_length, record->value);
    CLEANUP(cleanup_free) struct errand *errand = calloc(1, sizeof(*errand));
    struct error error;

    if (result == NULL) {
        finish(delivery, error_set(&error, FAULT_HARD, "not a MachineResult"), &error);
        return;
    }
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_NODE_INSPECTED) {
        results->node_inspected(results->node_context, result);
        finish(delivery, 0, NULL);
        return;
    }
    if (errand != NULL) {
        *errand = (struct errand){results, delivery};
        if (writer_submit_result(results->writer, result, applied, errand) == 0) {
            (void)TAKE(errand);
            return;
        }
    }
    slipway__v1__machine_result__free_unpacked(result, NULL);
    finish(delivery, error_set(&error, FAULT_RETRY, "the writer is full"), &error);
}

int results_new(const struct results_options *options, struct results **ret_results,
                struct error *error)
{
    static const char *const topics[] = {"vps.results"};
    struct results *results = calloc(1, sizeof(*results));
    const struct kafka_consumer_options consumer = {
        .brokers = options->brokers,
        .group = "billing-results",
        .instance_id = options->instance_id,
        .topics = topics,
        .topic_count = ARRAY_LENGTH(topics),
        .workers = worker_threads,
        .in_flight_limit = (size_t)options->in_flight_limit,
        .retry_first_ms = retry_first_ms,
        .retry_longest_ms = retry_longest_ms,
        .session_timeout_ms = options->session_timeout_ms,
        .handle = handle,
        .context = results,
        .dead_letters = options->dead_letters,
    };
    int result;

    if (results == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    results->writer = options->writer;
    results->redis = options->redis;
    results->node_inspected = options->node_inspected;
    results->node_context = options->node_context;
    results->clock = options->clock;
    result = kafka_consumer_new(&consumer, &results->consumer, error);
    if (result < 0) {
        free(results);
        return result;
    }
    *ret_results = results;
    return 0;
}

void results_free(struct results *results, int64_t timeout_ms)
{
    if (results == NULL)
        return;
    kafka_consumer_free(results->consumer, timeout_ms);
    free(results);
}

void results_state(struct results *results, struct kafka_consumer_state *ret_state)
{
    kafka_consumer_state(results->consumer, ret_state);
}
