#include "services/notifier/intake.h"

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "lib/base/queue.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BATCH_MAX = 128 };

static const int64_t retry_first_ms = 50;
static const int64_t retry_longest_ms = 5000;
static const int64_t statement_timeout_ms = 10000;
static const int64_t room_wait_ms = 50;
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
    /* No more tries: what fails is left for the next start. */
    atomic_bool is_stopping;
    /* Something failed while it was stopping: nothing that came after it may be stored. */
    bool has_given_up;
    /* The last batch did. */
    bool brings_deliveries;
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

static int store(struct intake *intake, const struct intake_batch *batch,
                 const struct intake_lease *lease, struct pg_rows **ret_rows, struct error *error)
{
    int result = connect_if_due(intake, error);

    if (result == 0)
        result = forget_plans_if_due(intake, error);
    if (result == 0)
        result = intake_store_write(intake->pg, batch, lease, clock_now_us(NULL), ret_rows, error);
    return result;
}

/* While events bring deliveries, it waits a little for room to lease them all: what is written
 * without a lease costs a claim, and many such cost each claim more. */
static struct intake_lease reserve(const struct intake *intake, size_t count)
{
    const struct intake_lease none = {.room = 0};

    return intake->options.dispatch == NULL
               ? none
               : dispatch_reserve(intake->options.dispatch, (int64_t)count,
                                  intake->brings_deliveries ? room_wait_ms : 0);
}

/* One try. What was leased goes out. */
static int try_batch(struct intake *intake, const struct intake_batch *batch, size_t count,
                     struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    const struct intake_lease lease = reserve(intake, count);
    const int result = store(intake, batch, &lease, &rows, error);

    if (result == 0)
        crash_point("notifier_after_intake");
    intake->brings_deliveries = result == 0 && pg_rows_count(rows) > 0;
    if (intake->options.dispatch != NULL)
        dispatch_take_over(intake->options.dispatch, rows, lease.room);
    return result;
}

/* Until it is stored, for later events of the same servers come behind it: even what fails for good
 * is our fault and not the event's, and must not be lost. */
static int store_batch(struct intake *intake, const struct intake_batch *batch, size_t count,
                       struct error *error)
{
    struct backoff backoff = {.first_ms = retry_first_ms, .longest_ms = retry_longest_ms};
    int result = FAULT_RETRY;

    while (!intake->has_given_up) {
        result = try_batch(intake, batch, count, error);
        if (result == 0)
            return 0;
        log_event(LOG_WARNING, NULL, "events could not be stored",
                  LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error->text),
                  LOG_NUMBER("events", count));
        intake->has_given_up = atomic_load(&intake->is_stopping);
        if (!intake->has_given_up)
            clock_sleep_ms(backoff_next_ms(&backoff));
    }
    return result;
}

/* Stores the batch of those deliveries and finishes them. */
static void take_in_batch(struct intake *intake, const struct intake_batch *batch,
                          struct kafka_delivery **waiting, size_t count)
{
    struct error error = {"the intake is stopping"};
    const int result = store_batch(intake, batch, count, &error);

    for (size_t i = 0; i < count; ++i)
        kafka_delivery_finish(waiting[i], result == 0 ? 0 : FAULT_RETRY, &error);
    if (result != 0)
        return;
    metric_add(intake->received, (int64_t)count);
    intake->options.stored(intake->options.context);
}

static struct intake_batch *make_batch(const struct intake *intake)
{
    struct intake_batch *batch;

    while ((batch = intake_batch_new(&intake->options.channels)) == NULL)
        clock_sleep_ms(retry_first_ms);
    return batch;
}

static void take_in(struct intake *intake, void **items, size_t count)
{
    CLEANUP(intake_batch_free_cleanup) struct intake_batch *batch = make_batch(intake);
    struct kafka_delivery *waiting[BATCH_MAX];
    size_t waiting_count = 0;

    for (size_t i = 0; i < count; ++i)
        if (add_event(intake, items[i], batch))
            waiting[waiting_count++] = items[i];
    if (waiting_count > 0)
        take_in_batch(intake, batch, waiting, waiting_count);
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
        .keys_overlap = true,
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
    atomic_store(&intake->is_stopping, true);
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
