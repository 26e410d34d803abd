#include "lib/kafka/consumer.h"

#include "lib/base/clock.h"
#include "lib/base/condition.h"
#include "lib/base/log.h"
#include "lib/kafka/consumer_private.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

enum {
    POLL_MS = 20,
    COMMIT_MS = 200,
    RECORDS_AT_ONCE = 64,
    /* What librdkafka may hold ready, KiB. */
    FETCHED_KIB = 8192,
    /* So many workers that the one kept free of a lone party is a small price. */
    KEPT_FREE_FROM = 4,
};

/* ---- the poller ---- */

static void accept_message(struct kafka_consumer *consumer, rd_kafka_message_t *message)
{
    struct partition *partition;
    bool taken = false;

    (void)pthread_mutex_lock(&consumer->mutex);
    partition = partition_find(consumer, rd_kafka_topic_name(message->rkt), message->partition);
    if (partition != NULL)
        taken = lanes_accept(consumer, partition, message);
    (void)pthread_cond_signal(&consumer->ready_changed);
    (void)pthread_mutex_unlock(&consumer->mutex);
    if (!taken)
        rd_kafka_message_destroy(message);
}

static void take_message(struct kafka_consumer *consumer, rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        accept_message(consumer, message);
        return;
    }
    log_event(LOG_WARNING, NULL, "kafka consumer", LOG_TEXT("group", consumer->options.group),
              LOG_TEXT("error", rd_kafka_message_errstr(message)));
    rd_kafka_message_destroy(message);
}

/* Rebalances, answers to commits, errors: whatever is no record. */
static void serve_events(struct kafka_consumer *consumer)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->client, 0);

    if (message != NULL)
        take_message(consumer, message);
}

/* How many more may be in flight; waits a little when there is no room. */
static size_t await_room(struct kafka_consumer *consumer)
{
    const size_t limit = consumer->options.in_flight_limit;
    const struct timespec deadline = condition_deadline_in(POLL_MS);
    size_t in_flight;

    (void)pthread_mutex_lock(&consumer->mutex);
    while (consumer->in_flight >= limit)
        if (pthread_cond_timedwait(&consumer->begun_changed, &consumer->mutex, &deadline) != 0)
            break;
    in_flight = consumer->in_flight;
    (void)pthread_mutex_unlock(&consumer->mutex);
    return in_flight < limit ? limit - in_flight : 0;
}

/* What is not taken stays with librdkafka, which stops fetching when it holds enough. Pausing
 * partitions instead would throw away what is fetched, each time. */
static void take_records(struct kafka_consumer *consumer)
{
    const size_t room = await_room(consumer);

    for (size_t i = 0; i < room && i < RECORDS_AT_ONCE; ++i) {
        rd_kafka_message_t *message =
            rd_kafka_consume_queue(consumer->records, i == 0 ? POLL_MS : 0);

        if (message == NULL)
            return;
        take_message(consumer, message);
    }
}

static void wake_due(struct kafka_consumer *consumer)
{
    (void)pthread_mutex_lock(&consumer->mutex);
    if (lanes_wake(consumer, clock_monotonic_ms()))
        (void)pthread_cond_broadcast(&consumer->ready_changed);
    (void)pthread_mutex_unlock(&consumer->mutex);
}

static void *poll_forever(void *context)
{
    struct kafka_consumer *consumer = context;
    int64_t next_commit_ms = clock_monotonic_ms() + COMMIT_MS;

    while (!atomic_load(&consumer->poller_ends)) {
        serve_events(consumer);
        take_records(consumer);
        wake_due(consumer);
        if (clock_monotonic_ms() >= next_commit_ms) {
            partitions_commit(consumer, false);
            next_commit_ms = clock_monotonic_ms() + COMMIT_MS;
        }
    }
    return NULL;
}

/* ---- beginning and end ---- */

static int make_client(struct kafka_consumer *consumer, struct error *error)
{
    const struct kafka_consumer_options *options = &consumer->options;
    const struct kafka_setting settings[] = {
        {"group.id",                           options->group,       0                               },
        {"enable.auto.commit",                 "false",              0                               },
        {"enable.auto.offset.store",           "false",              0                               },
        {"auto.offset.reset",                  "earliest",           0                               },
        {"partition.assignment.strategy",      "cooperative-sticky", 0                               },
        {"session.timeout.ms",                 NULL,                 options->session_timeout_ms     },
        {"heartbeat.interval.ms",              NULL,                 options->session_timeout_ms / 10},
        {"fetch.wait.max.ms",                  NULL,                 20                              },
        {"fetch.error.backoff.ms",             NULL,                 100                             },
        {"queued.max.messages.kbytes",         NULL,                 FETCHED_KIB                     },
        {"topic.metadata.refresh.interval.ms", NULL,                 30000                           },
        {"group.instance.id",                  options->instance_id, 0                               },
    };
    /* The last one is left out for dynamic membership. */
    const size_t count = ARRAY_LENGTH(settings) - (options->instance_id == NULL);
    CLEANUP(kafka_conf_destroy) rd_kafka_conf_t *conf = NULL;
    char text[256];
    int result = kafka_conf_new(options->brokers, settings, count, &conf, error);

    if (result != 0)
        return result;
    rd_kafka_conf_set_opaque(conf, consumer);
    rd_kafka_conf_set_rebalance_cb(conf, partitions_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, partitions_committed);
    consumer->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
    if (consumer->client == NULL)
        return error_set(error, FAULT_HARD, "kafka consumer: %s", text);
    conf = NULL; /* the client's now */
    (void)rd_kafka_poll_set_consumer(consumer->client);
    consumer->records = rd_kafka_queue_new(consumer->client);
    return 0;
}

static int subscribe(struct kafka_consumer *consumer, struct error *error)
{
    rd_kafka_topic_partition_list_t *topics =
        rd_kafka_topic_partition_list_new((int)consumer->options.topic_count);
    rd_kafka_resp_err_t code;

    for (size_t i = 0; i < consumer->options.topic_count; ++i)
        (void)rd_kafka_topic_partition_list_add(topics, consumer->options.topics[i],
                                                RD_KAFKA_PARTITION_UA);
    code = rd_kafka_subscribe(consumer->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? 0
               : error_set(error, FAULT_HARD, "kafka consumer: %s", rd_kafka_err2str(code));
}

static int start_threads(struct kafka_consumer *consumer, struct error *error)
{
    consumer->workers = calloc(consumer->options.workers, sizeof(*consumer->workers));
    if (consumer->workers == NULL)
        return error_set(error, FAULT_HARD, "kafka consumer: no memory");
    for (; consumer->worker_count < consumer->options.workers; ++consumer->worker_count)
        if (pthread_create(&consumer->workers[consumer->worker_count], NULL, deliveries_work,
                           consumer) != 0)
            return error_set(error, FAULT_HARD, "kafka consumer: no thread");
    if (pthread_create(&consumer->poller, NULL, poll_forever, consumer) != 0)
        return error_set(error, FAULT_HARD, "kafka consumer: no thread");
    return 0;
}

static void end_workers(struct kafka_consumer *consumer)
{
    (void)pthread_mutex_lock(&consumer->mutex);
    consumer->workers_end = true;
    (void)pthread_cond_broadcast(&consumer->ready_changed);
    (void)pthread_mutex_unlock(&consumer->mutex);
    for (unsigned i = 0; i < consumer->worker_count; ++i)
        (void)pthread_join(consumer->workers[i], NULL);
}

static void destroy(struct kafka_consumer *consumer)
{
    partitions_free(consumer);
    if (consumer->records != NULL)
        rd_kafka_queue_destroy(consumer->records);
    if (consumer->client != NULL)
        rd_kafka_destroy(consumer->client);
    (void)pthread_cond_destroy(&consumer->ready_changed);
    (void)pthread_cond_destroy(&consumer->begun_changed);
    (void)pthread_mutex_destroy(&consumer->mutex);
    free(consumer->workers);
    free(consumer);
}

static void init_conditions(struct kafka_consumer *consumer)
{
    (void)pthread_mutex_init(&consumer->mutex, NULL);
    condition_init(&consumer->ready_changed);
    condition_init(&consumer->begun_changed);
}

int kafka_consumer_new(const struct kafka_consumer_options *options,
                       struct kafka_consumer **ret_consumer, struct error *error)
{
    struct kafka_consumer *consumer = calloc(1, sizeof(*consumer));
    int result;

    assert(options->workers > 0 && options->in_flight_limit > 0 && options->topic_count > 0 &&
           options->dead_letters != NULL);
    if (consumer == NULL)
        return error_set(error, FAULT_HARD, "kafka consumer: no memory");
    consumer->options = *options;
    consumer->turns.busy_limit = options->workers;
    if (options->party != NULL && options->workers >= KEPT_FREE_FROM)
        --consumer->turns.busy_limit;
    init_conditions(consumer);
    result = make_client(consumer, error);
    if (result == 0)
        result = subscribe(consumer, error);
    if (result == 0)
        result = start_threads(consumer, error);
    if (result != 0) {
        end_workers(consumer);
        destroy(consumer);
        return result;
    }
    *ret_consumer = consumer;
    return 0;
}

/* Nothing new begins; waits for the handlers that run. False: some still run. */
static bool quiet_down(struct kafka_consumer *consumer, int64_t timeout_ms)
{
    const struct timespec deadline = condition_deadline_in(timeout_ms);
    bool quiet;

    (void)pthread_mutex_lock(&consumer->mutex);
    consumer->closing = true;
    /* What is left is dropped, by whichever worker comes first. */
    consumer->turns.busy_limit = UINT_MAX;
    (void)pthread_cond_broadcast(&consumer->ready_changed);
    while (consumer->begun > 0)
        if (pthread_cond_timedwait(&consumer->begun_changed, &consumer->mutex, &deadline) != 0)
            break;
    quiet = consumer->begun == 0;
    consumer->abandoned = !quiet;
    (void)pthread_mutex_unlock(&consumer->mutex);
    return quiet;
}

void kafka_consumer_free(struct kafka_consumer *consumer, int64_t timeout_ms)
{
    bool quiet;

    if (consumer == NULL)
        return;
    quiet = quiet_down(consumer, timeout_ms);
    atomic_store(&consumer->poller_ends, true);
    (void)pthread_join(consumer->poller, NULL);
    partitions_commit(consumer, true);
    (void)rd_kafka_consumer_close(consumer->client);
    if (!quiet) {
        /* Handlers still hold deliveries, which point here: better a leak at the end of the process
         * than a use of freed memory. */
        log_event(LOG_WARNING, NULL, "consumer left with handlers running",
                  LOG_TEXT("group", consumer->options.group));
        return;
    }
    wake_due(consumer);
    end_workers(consumer);
    destroy(consumer);
}

/* ---- state ---- */

/* -1: unknown yet. */
static int64_t lag_of(const struct kafka_consumer *consumer, const struct partition *partition)
{
    const int64_t position = offsets_position(&partition->offsets);
    int64_t low = 0, high = 0;

    if (rd_kafka_get_watermark_offsets(consumer->client, partition->topic, partition->number, &low,
                                       &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0)
        return -1;
    /* Fetched from, and nothing came: it is at the end. */
    return position < 0 || high < position ? 0 : high - position;
}

static int64_t total_lag(const struct kafka_consumer *consumer)
{
    int64_t total = -1;

    for (const struct partition *p = consumer->partitions; p != NULL; p = p->next) {
        const int64_t lag = lag_of(consumer, p);

        if (lag >= 0)
            total = (total < 0 ? 0 : total) + lag;
    }
    return total;
}

static int64_t oldest_of(const struct kafka_consumer *consumer)
{
    int64_t oldest_ms = 0;

    for (const struct partition *p = consumer->partitions; p != NULL; p = p->next) {
        const int64_t began_ms = offsets_oldest_ms(&p->offsets);

        if (began_ms != 0 && (oldest_ms == 0 || began_ms < oldest_ms))
            oldest_ms = began_ms;
    }
    return oldest_ms;
}

void kafka_consumer_state(struct kafka_consumer *consumer, struct kafka_consumer_state *ret_state)
{
    struct kafka_consumer_state state = {0};
    int64_t oldest_ms;

    (void)pthread_mutex_lock(&consumer->mutex);
    for (const struct partition *p = consumer->partitions; p != NULL; p = p->next)
        ++state.partitions;
    oldest_ms = oldest_of(consumer);
    state.oldest_ms = oldest_ms == 0 ? 0 : clock_monotonic_ms() - oldest_ms;
    state.in_flight = (int64_t)consumer->in_flight;
    state.lag = total_lag(consumer);
    state.finished = consumer->finished;
    state.retried = consumer->retried;
    state.dead = consumer->dead;
    state.partitions_lost = consumer->partitions_lost;
    state.failed = rd_kafka_fatal_error(consumer->client, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
    (void)pthread_mutex_unlock(&consumer->mutex);
    *ret_state = state;
}
