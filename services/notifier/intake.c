#include "services/notifier/intake.h"

#include "lib/base/clock.h"
#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "lib/base/queue.h"

#include <pthread.h>

enum { BATCH_MAX = 256 };

static const int64_t retry_first_ms = 50;
static const int64_t retry_longest_ms = 5000;
static const int64_t statement_timeout_ms = 10000;
/* How long a plan serves; the tables may grow fast. */
static const int64_t plans_interval_ms = 2000;

struct intake {
    struct intake_options options;
    /* Fetched, not stored; as large as what may be in flight, so that it is never full. */
    struct queue *queue;
    pthread_t thread;
    bool is_running;
    struct pg *pg;
    int64_t plans_due_ms;
    struct kafka_consumer *consumer;
    struct metric *received, *unknown, *malformed;
};

static void handle(void *context, struct kafka_delivery *delivery)
{
    struct intake *intake = context;
    const struct error error = {"the intake is full"};

    if (queue_put(intake->queue, delivery) != 0)
        kafka_delivery_finish(delivery, FAULT_RETRY, &error);
}

static struct event_text header(const struct kafka_delivery *delivery, const char *name)
{
    struct event_text text = {0};

    text.data = kafka_delivery_header(delivery, name, &text.length);
    return text;
}

static int read_event(const struct kafka_delivery *delivery, struct event *ret_event,
                      struct error *error)
{
    const struct kafka_record *record = kafka_delivery_record(delivery);
    const struct event_message message = {.id = header(delivery, "ce_id"),
                                          .type = header(delivery, "ce_type"),
                                          .subject = header(delivery, "ce_subject"),
                                          .time = header(delivery, "ce_time"),
                                          .value = record->value,
                                          .value_length = record->value_length};

    return event_read(&message, ret_event, error);
}

/* True: it waits for the batch to be stored; else it is finished. */
static bool add_event(struct intake *intake, struct kafka_delivery *delivery,
                      struct intake_batch *batch)
{
    CLEANUP(buffer_deinit) struct buffer body = {.limit = EVENT_BODY_LIMIT};
    CLEANUP(event_deinit) struct event event = {.data = NULL};
    struct error error = {0};
    int result = read_event(delivery, &event, &error);

    if (result == 0) {
        event_render(&event, &body);
        if (body.overflown)
            result = error_set(&error, FAULT_HARD, "the event is too large to be told");
    }
    if (result != 0) {
        metric_add(result == EVENT_UNKNOWN ? intake->unknown : intake->malformed, 1);
        kafka_delivery_finish(delivery, result == EVENT_UNKNOWN ? 0 : result, &error);
        return false;
    }
    intake_batch_add(batch, &event, body.data);
    return true;
}

static int connect_if_due(struct intake *intake, struct error *error)
{
    const struct pg_options options = {.conninfo = intake->options.conninfo,
                                       .application_name = "slipway-notifier-intake",
                                       .keeps_plans = true,
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .answer_timeout_ms = statement_timeout_ms + 1000};

    return intake->pg != NULL ? 0 : pg_new(&options, &intake->pg, error);
}

static int forget_plans_if_due(struct intake *intake, struct error *error)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (now_ms < intake->plans_due_ms)
        return 0;
    intake->plans_due_ms = now_ms + plans_interval_ms;
    return pg_forget_plans(intake->pg, error);
}

static int store(struct intake *intake, const struct intake_batch *batch, struct error *error)
{
    int result = connect_if_due(intake, error);

    if (result == 0)
        result = forget_plans_if_due(intake, error);
    if (result == 0)
        result = intake_store_write(intake->pg, batch, clock_now_us(NULL), error);
    return result;
}

static void take_in(struct intake *intake, void **items, size_t count)
{
    CLEANUP(intake_batch_free_cleanup)
    struct intake_batch *batch = intake_batch_new(&intake->options.channels);
    struct kafka_delivery *waiting[BATCH_MAX];
    struct error error = {"no memory for events"};
    size_t waiting_count = 0;
    int result = FAULT_RETRY;

    for (size_t i = 0; i < count; ++i)
        if (batch == NULL || add_event(intake, items[i], batch))
            waiting[waiting_count++] = items[i];
    if (waiting_count == 0)
        return;
    if (batch != NULL)
        result = store(intake, batch, &error);
    if (result != 0)
        log_event(LOG_WARNING, NULL, "events could not be stored",
                  LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error.text),
                  LOG_NUMBER("events", waiting_count));
    crash_point("notifier_after_intake");
    /* Even what fails for good is our fault and not the event's: it must not be lost. */
    for (size_t i = 0; i < waiting_count; ++i)
        kafka_delivery_finish(waiting[i], result == 0 ? 0 : FAULT_RETRY, &error);
    if (result != 0)
        return;
    metric_add(intake->received, (int64_t)waiting_count);
    intake->options.stored(intake->options.context);
}

static void *run(void *context)
{
    struct intake *intake = context;
    void *items[BATCH_MAX];
    size_t count;

    while ((count = queue_take(intake->queue, items, BATCH_MAX, -1)) > 0)
        take_in(intake, items, count);
    return NULL;
}

static int start(struct intake *intake, struct error *error)
{
    static const char *const topics[] = {"hosting.events"};
    const struct intake_options *options = &intake->options;
    const struct kafka_consumer_options consumer = {
        .brokers = options->brokers,
        .group = options->group,
        .instance_id = options->instance_id,
        .topics = topics,
        .topic_count = ARRAY_LENGTH(topics),
        .workers = 1,
        .in_flight_limit = (size_t)options->in_flight_limit,
        .retry_first_ms = retry_first_ms,
        .retry_longest_ms = retry_longest_ms,
        .session_timeout_ms = options->session_timeout_ms,
        .handle = handle,
        .context = intake,
        .dead_letters = options->dead_letters,
    };

    intake->queue = queue_new((size_t)options->in_flight_limit * 2);
    if (intake->queue == NULL || pthread_create(&intake->thread, NULL, run, intake) != 0)
        return error_set(error, FAULT_HARD, "the intake's thread can't be started");
    intake->is_running = true;
    return kafka_consumer_new(&consumer, &intake->consumer, error);
}

int intake_new(const struct intake_options *options, struct intake **ret_intake,
               struct error *error)
{
    struct intake *intake = calloc(1, sizeof(*intake));
    int result;

    if (intake == NULL)
        return error_set(error, FAULT_HARD, "no memory for the intake");
    intake->options = *options;
    intake->received =
        metrics_counter(options->metrics, "slipway_notifier_events_total", "Events taken in.", "");
    intake->unknown = metrics_counter(options->metrics, "slipway_notifier_events_unknown_total",
                                      "Events of types that this version does not know.", "");
    intake->malformed = metrics_counter(options->metrics, "slipway_notifier_events_malformed_total",
                                        "Messages that are no events; they are dead letters.", "");
    result = start(intake, error);
    if (result != 0) {
        intake_free(intake, 0);
        return result;
    }
    *ret_intake = intake;
    return 0;
}

void intake_free(struct intake *intake, int64_t timeout_ms)
{
    if (intake == NULL)
        return;
    if (intake->consumer != NULL)
        kafka_consumer_free(intake->consumer, timeout_ms);
    if (intake->is_running) {
        queue_close(intake->queue);
        (void)pthread_join(intake->thread, NULL);
    }
    queue_free(intake->queue);
    pg_free(intake->pg);
    free(intake);
}

void intake_state(struct intake *intake, struct kafka_consumer_state *ret_state)
{
    kafka_consumer_state(intake->consumer, ret_state);
}
