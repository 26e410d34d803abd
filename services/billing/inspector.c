#include "services/billing/inspector.h"

#include "lib/base/log.h"
#include "lib/base/queue.h"
#include "lib/base/trace.h"
#include "services/billing/inspection_store.h"
#include "services/billing/topics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Rows of the register walked in one statement, and stretches in one look. */
static const int64_t stretch_size = 5000;
static const int stretches_max = 100;
static const int64_t statement_timeout_ms = 5000;

struct inspector {
    struct inspector_options options;
    /* Never filled: closed to end the thread's sleep. */
    struct queue *stop;
    pthread_t thread;
    struct pg *pg;
    /* The last server of the walk; 0: it begins anew. */
    int64_t cursor;
    struct metric *sent;
};

/* Straight to Kafka, not through the outbox: a look changes nothing, so a lost or repeated command
 * does no harm, and the next round asks again. */
static int send_command(struct inspector *inspector, Slipway__V1__MachineCommand *command,
                        struct error *error)
{
    const size_t length = slipway__v1__machine_command__get_packed_size(command);
    CLEANUP(cleanup_free) uint8_t *value = malloc(length);
    char topic[64];
    char key[24];
    struct kafka_message message = {.topic = topic, .key = key, .value_length = length};

    if (value == NULL)
        return error_set(error, FAULT_HARD, "no memory for a command");
    message.value = value;
    (void)slipway__v1__machine_command__pack(command, value);
    (void)snprintf(topic, sizeof(topic), TOPIC_COMMANDS_PREFIX "%s",
                   command->placement->location_code);
    message.key_length = (size_t)snprintf(key, sizeof(key), "%" PRIu64, command->vps_id);
    return kafka_producer_send(inspector->options.producer, &message, NULL, NULL, error);
}

/* Orders one look at a server. > 0: the producer is full. */
static int inspect(struct inspector *inspector, const struct pg_rows *rows, int row,
                   struct error *error)
{
    Slipway__V1__InspectMachine action = SLIPWAY__V1__INSPECT_MACHINE__INIT;
    Slipway__V1__MachineCommand command;
    Slipway__V1__Placement placement;
    struct trace trace;
    int result;

    trace_begin(NULL, NULL, &trace);
    inspection_store_row(rows, row, &command, &placement);
    command.traceparent = trace.traceparent;
    command.issued_at_us = clock_now_us(inspector->options.clock);
    command.action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT;
    command.inspect = &action;
    result = send_command(inspector, &command, error);
    if (result == 0) {
        inspector->cursor = (int64_t)command.vps_id;
        metric_add(inspector->sent, 1);
    }
    return result;
}

/* One stretch of the register. *ret_sent counts up; > 0: the walk has come to the end, or the
 * producer is full. */
static int walk_stretch(struct inspector *inspector, int64_t before_us, int64_t *ret_sent,
                        struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    const int64_t limit = inspector->options.limit - *ret_sent;
    int64_t end = 0;
    int result =
        inspection_store_find_end(inspector->pg, inspector->cursor, stretch_size, &end, error);

    if (result != 0)
        return result;
    if (end == 0) {
        inspector->cursor = 0;
        return 1;
    }
    result = inspection_store_list(inspector->pg, inspector->cursor, end, before_us, limit, &rows,
                                   error);
    for (int row = 0; result == 0 && row < pg_rows_count(rows); ++row, ++*ret_sent)
        result = inspect(inspector, rows, row, error);
    /* The limit may have cut the stretch short. */
    if (result == 0 && pg_rows_count(rows) < limit)
        inspector->cursor = end;
    return result;
}

static int connect_if_due(struct inspector *inspector, struct error *error)
{
    const struct pg_options options = {.conninfo = inspector->options.conninfo,
                                       .application_name = "slipway-billing-inspector",
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .answer_timeout_ms = statement_timeout_ms + 1000};

    return inspector->pg != NULL ? 0 : pg_new(&options, &inspector->pg, error);
}

/* Goes on where the last look ended. */
static void look(struct inspector *inspector)
{
    const int64_t before_us =
        clock_now_us(inspector->options.clock) - inspector->options.interval_ms * 1000;
    struct error error = {0};
    int64_t sent = 0;
    int result = connect_if_due(inspector, &error);

    for (int i = 0; result == 0 && i < stretches_max && sent < inspector->options.limit; ++i)
        result = walk_stretch(inspector, before_us, &sent, &error);
    if (result < 0)
        log_event(LOG_WARNING, NULL, "servers could not be looked at",
                  LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error.text));
}

static void *run(void *context)
{
    struct inspector *inspector = context;
    void *nothing;

    while (!queue_is_closed(inspector->stop)) {
        (void)queue_take(inspector->stop, &nothing, 1, inspector->options.interval_ms);
        if (!queue_is_closed(inspector->stop))
            look(inspector);
    }
    return NULL;
}

int inspector_new(const struct inspector_options *options, struct inspector **ret_inspector,
                  struct error *error)
{
    struct inspector *inspector = calloc(1, sizeof(*inspector));

    if (inspector != NULL)
        inspector->stop = queue_new(1);
    if (inspector == NULL || inspector->stop == NULL) {
        free(inspector);
        return error_set(error, FAULT_HARD, "no memory for the inspector");
    }
    inspector->options = *options;
    inspector->sent = metrics_counter(options->metrics, "slipway_billing_inspections_total",
                                      "Commands to look at a server.", "");
    if (pthread_create(&inspector->thread, NULL, run, inspector) != 0) {
        queue_free(inspector->stop);
        free(inspector);
        return error_set(error, FAULT_HARD, "the inspector's thread can't be started");
    }
    *ret_inspector = inspector;
    return 0;
}

void inspector_free(struct inspector *inspector)
{
    if (inspector == NULL)
        return;
    queue_close(inspector->stop);
    (void)pthread_join(inspector->thread, NULL);
    queue_free(inspector->stop);
    pg_free(inspector->pg);
    free(inspector);
}
