#include "services/billing/reconciler.h"

#include "lib/base/log.h"
#include "lib/base/queue.h"
#include "lib/base/trace.h"
#include "services/billing/drift_store.h"
#include "services/billing/sweep_command.h"

#include <pthread.h>
#include <string.h>

static const int64_t statement_timeout_ms = 30000;
/* How soon a repair that was asked for is ordered. */
static const int64_t round_ms = 1000;
static const int64_t repairs_a_round = 100;

enum { NOTES_LIMIT = 1024 };

struct reconciler {
    struct reconciler_options options;
    /* Slipway__V1__MachineResult, NodeInspected. */
    struct queue *notes;
    pthread_t thread;
    struct pg *pg;
    struct metric *sweeps, *repairs, *failed;
};

static void free_result(Slipway__V1__MachineResult **result)
{
    if (*result != NULL)
        slipway__v1__machine_result__free_unpacked(*result, NULL);
}

static void free_command(Slipway__V1__Command **command)
{
    if (*command != NULL)
        slipway__v1__command__free_unpacked(*command, NULL);
}

/* NULL: no memory. */
static Slipway__V1__Command *make_repair(const struct drift *drift)
{
    CLEANUP(free_command) Slipway__V1__Command *command = malloc(sizeof(*command));
    struct trace trace;

    if (command == NULL)
        return NULL;
    slipway__v1__command__init(command);
    command->repair = malloc(sizeof(*command->repair));
    if (command->repair == NULL)
        return NULL;
    slipway__v1__repair_vps__init(command->repair);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_REPAIR;
    command->repair->vps_id = (uint64_t)drift->vps_id;
    command->repair->drift = strcmp(drift->kind, "missing") == 0
                                 ? SLIPWAY__V1__DRIFT__DRIFT_MISSING
                                 : SLIPWAY__V1__DRIFT__DRIFT_RUNNING;
    trace_begin(NULL, NULL, &trace);
    command->request_id = strdup(trace.request_id);
    command->traceparent = strdup(trace.traceparent);
    return command->request_id == NULL || command->traceparent == NULL ? NULL : TAKE(command);
}

/* What could not be ordered shows again in the next sweep. */
static void answered(void *context, const Slipway__V1__Answer *answer)
{
    const struct reconciler *reconciler = context;

    metric_add(answer->status < 400 ? reconciler->repairs : reconciler->failed, 1);
}

static int order_repair(struct reconciler *reconciler, const struct drift *drift,
                        struct error *error)
{
    CLEANUP(free_command) Slipway__V1__Command *command = NULL;
    int result;

    if (strcmp(drift->kind, "orphan") == 0) {
        result = sweep_command_remove(drift, reconciler->options.producer,
                                      clock_now_us(reconciler->options.clock), error);
        metric_add(result == 0 ? reconciler->repairs : reconciler->failed, 1);
        return result;
    }
    command = make_repair(drift);
    if (command == NULL ||
        writer_submit_own(reconciler->options.writer, command, answered, reconciler) != 0)
        return error_set(error, FAULT_RETRY, "no room for a repair");
    (void)TAKE(command);
    return 0;
}

static int repair(struct reconciler *reconciler, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct drift drift;
    int result = drift_store_take(reconciler->pg, reconciler->options.repairs, repairs_a_round,
                                  clock_now_us(reconciler->options.clock), &rows, error);

    for (int row = 0; result == 0 && row < pg_rows_count(rows); ++row) {
        drift_store_row(rows, row, &drift);
        result = order_repair(reconciler, &drift, error);
    }
    return result;
}

static int connect_if_due(struct reconciler *reconciler, struct error *error)
{
    const struct pg_options options = {.conninfo = reconciler->options.conninfo,
                                       .application_name = "slipway-billing-reconciler",
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .answer_timeout_ms = statement_timeout_ms + 1000};

    return reconciler->pg != NULL ? 0 : pg_new(&options, &reconciler->pg, error);
}

static void log_fault(const char *what, int result, const struct error *error)
{
    log_event(LOG_WARNING, NULL, what, LOG_TEXT("fault", fault_name(result)),
              LOG_TEXT("error", error->text));
}

/* Takes the result. */
static void compare(struct reconciler *reconciler, Slipway__V1__MachineResult *taken)
{
    CLEANUP(free_result) Slipway__V1__MachineResult *result = taken;
    struct error error = {0};
    int outcome = connect_if_due(reconciler, &error);

    if (outcome == 0)
        outcome = drift_store_compare(reconciler->pg, result->node_inspected,
                                      reconciler->options.settle_s, &error);
    if (outcome != 0)
        log_fault("a sweep could not be compared", outcome, &error);
    else if (result->node_inspected->last)
        metric_add(reconciler->sweeps, 1);
}

/* True: a sweep was asked for. */
static bool make_round(struct reconciler *reconciler, bool sweep_is_due)
{
    struct error error = {0};
    int result = connect_if_due(reconciler, &error);

    if (result == 0)
        result = repair(reconciler, &error);
    if (result == 0 && sweep_is_due)
        result = sweep_command_ask(reconciler->pg, reconciler->options.producer,
                                   clock_now_us(reconciler->options.clock), &error);
    if (result != 0)
        log_fault("nodes could not be swept", result, &error);
    return result == 0 && sweep_is_due;
}

static void *run(void *context)
{
    struct reconciler *reconciler = context;
    int64_t sweep_at_ms = clock_monotonic_ms() + reconciler->options.interval_ms;
    int64_t round_at_ms = 0;
    void *note;

    while (!queue_is_closed(reconciler->notes)) {
        if (queue_take(reconciler->notes, &note, 1, round_ms) == 1)
            compare(reconciler, note);
        if (clock_monotonic_ms() < round_at_ms)
            continue;
        round_at_ms = clock_monotonic_ms() + round_ms;
        if (make_round(reconciler, clock_monotonic_ms() >= sweep_at_ms))
            sweep_at_ms = clock_monotonic_ms() + reconciler->options.interval_ms;
    }
    return NULL;
}

void reconciler_note(void *context, Slipway__V1__MachineResult *result)
{
    struct reconciler *reconciler = context;

    if (queue_put(reconciler->notes, result) != 0)
        slipway__v1__machine_result__free_unpacked(result, NULL);
}

static void destroy(struct reconciler *reconciler)
{
    void *note;

    if (reconciler->notes != NULL) {
        queue_close(reconciler->notes);
        while (queue_take(reconciler->notes, &note, 1, 0) > 0)
            slipway__v1__machine_result__free_unpacked(note, NULL);
        queue_free(reconciler->notes);
    }
    pg_free(reconciler->pg);
    free(reconciler);
}

int reconciler_new(const struct reconciler_options *options, struct reconciler **ret_reconciler,
                   struct error *error)
{
    struct reconciler *reconciler = calloc(1, sizeof(*reconciler));

    if (reconciler == NULL)
        return error_set(error, FAULT_HARD, "no memory for the reconciler");
    reconciler->options = *options;
    reconciler->sweeps = metrics_counter(options->metrics, "slipway_billing_sweeps_total",
                                         "Nodes compared with the register.", "");
    reconciler->repairs = metrics_counter(options->metrics, "slipway_billing_repairs_total",
                                          "Repairs of machines that were ordered.", "");
    reconciler->failed = metrics_counter(options->metrics, "slipway_billing_repairs_failed_total",
                                         "Repairs that could not be ordered.", "");
    reconciler->notes = queue_new(NOTES_LIMIT);
    if (reconciler->notes == NULL ||
        pthread_create(&reconciler->thread, NULL, run, reconciler) != 0) {
        destroy(reconciler);
        return error_set(error, FAULT_HARD, "the reconciler's thread can't be started");
    }
    *ret_reconciler = reconciler;
    return 0;
}

void reconciler_stop(struct reconciler *reconciler)
{
    queue_close(reconciler->notes);
    (void)pthread_join(reconciler->thread, NULL);
}

void reconciler_free(struct reconciler *reconciler)
{
    if (reconciler != NULL)
        destroy(reconciler);
}
