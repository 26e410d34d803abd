#include "services/provisioner/worker.h"

#include "lib/base/clock.h"
#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "services/provisioner/sweep.h"

#include <string.h>

/* Lives from the delivery to its end, past the handler when the result is under way. */
struct job {
    struct worker *worker;
    struct kafka_delivery *delivery;
    Slipway__V1__MachineCommand *command;
    struct trace trace;
    uint32_t attempt;
    int64_t began_us;
    struct machine_outcome outcome;
};

static void job_free(struct job *job)
{
    if (job == NULL)
        return;
    if (job->command != NULL)
        slipway__v1__machine_command__free_unpacked(job->command, NULL);
    free(job);
}
DEFINE_CLEANUP(struct job *, job_free)

void worker_init_metrics(struct worker *worker, struct metrics *metrics)
{
    static const char builds[] = "slipway_provisioner_builds_total";
    static const char help[] = "Build commands by outcome";
    static const char orders[] = "slipway_provisioner_orders_total";
    static const char orders_help[] = "Orders to machines that stand, by outcome";

    worker->built = metrics_counter(metrics, builds, help, "outcome=\"built\"");
    worker->repeated = metrics_counter(metrics, builds, help, "outcome=\"repeated\"");
    worker->failed = metrics_counter(metrics, builds, help, "outcome=\"failed\"");
    worker->observed = metrics_counter(metrics, "slipway_provisioner_observations_total",
                                       "Commands answered with what the node shows", "");
    worker->orders_done = metrics_counter(metrics, orders, orders_help, "outcome=\"done\"");
    worker->orders_repeated = metrics_counter(metrics, orders, orders_help, "outcome=\"repeated\"");
    worker->orders_failed = metrics_counter(metrics, orders, orders_help, "outcome=\"failed\"");
    worker->orders_early = metrics_counter(metrics, "slipway_provisioner_orders_early_total",
                                           "Orders that came before earlier ones and waited", "");
    worker->build_duration =
        metrics_histogram(metrics, "slipway_provisioner_build_duration_seconds",
                          "From the command's begin to its machine", "");
    worker->command_wait = metrics_histogram(metrics, "slipway_provisioner_command_wait_seconds",
                                             "From the commit of a command to its begin", "");
    worker->status.errors = metrics_counter(metrics, "slipway_provisioner_redis_errors_total",
                                            "Status updates that did not reach Redis", "");
}

static int check_command(const Slipway__V1__MachineCommand *command, struct error *error)
{
    if (!sweep_is_meant(command) && (command->vps_id == 0 || command->sequence == 0))
        return error_set(error, FAULT_HARD, "command without a VPS or a sequence");
    if (command->placement == NULL || command->placement->node_uri[0] == '\0')
        return error_set(error, FAULT_HARD, "command without a placement");
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION__NOT_SET)
        return error_set(error, FAULT_HARD, "command without an action that is known here");
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL &&
        command->reinstall->build == NULL)
        return error_set(error, FAULT_HARD, "reinstallation without what is to be built");
    return 0;
}

static int job_new(struct worker *worker, struct kafka_delivery *delivery, struct job **ret_job,
                   struct error *error)
{
    const struct kafka_record *record = kafka_delivery_record(delivery);
    CLEANUP(job_free_cleanup) struct job *job = calloc(1, sizeof(*job));
    int result;

    if (job == NULL)
        return error_set(error, FAULT_RETRY, "out of memory");
    job->worker = worker;
    job->delivery = delivery;
    job->attempt = record->attempt;
    job->began_us = clock_monotonic_us();
    job->command = slipway__v1__machine_command__unpack(NULL, record->value_length, record->value);
    if (job->command == NULL)
        return error_set(error, FAULT_HARD, "not a MachineCommand");
    result = check_command(job->command, error);
    if (result != 0)
        return result;
    trace_begin(job->command->traceparent, NULL, &job->trace);
    *ret_job = TAKE(job);
    return 0;
}

static int listen_started(void *context, struct error *error)
{
    const struct job *job = context;

    return results_send_started(&job->worker->results, job->command, error);
}

static void listen_step(void *context, const char *name, uint32_t percent)
{
    const struct job *job = context;

    status_write_step(&job->worker->status, job->command, name, percent);
}

static bool listen_is_settled(void *context)
{
    const struct job *job = context;

    return status_is_final(&job->worker->status, job->command);
}

static bool is_spent(const struct job *job)
{
    return job->attempt >= job->worker->attempts;
}

static bool is_build(const struct job *job)
{
    return job->command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD;
}

/* A deletion that nobody watches nobody could order again. A build that comes here is one whose
 * node was not even reached: its customer has waited long enough, and billing has it removed. */
static bool may_be_given_up(const struct job *job)
{
    const Slipway__V1__MachineCommand *command = job->command;

    if (is_build(job))
        return command->sequence == 1;
    return machine_is_operation(command->action_case) &&
           (command->action_case != SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE ||
            command->batch_id[0] != '\0');
}

static int carry_out(struct job *job, const struct machine_request *request, struct error *error)
{
    int result;

    if (machine_is_operation(job->command->action_case))
        return machine_operate(request, &job->outcome, error);
    if (!is_build(job))
        return machine_inspect(request, &job->outcome, error);
    result = machine_build(request, &job->outcome, error);
    if (result == FAULT_RETRY && is_spent(job))
        result = machine_abandon(request, &job->outcome, error);
    return result;
}

static int reach_node(struct job *job, struct hypervisor **ret_hypervisor, struct error *error)
{
    const int result = connections_get(job->worker->connections, job->command->placement->node_uri,
                                       ret_hypervisor, error);

    if (result == CONNECTIONS_NOT_ALLOWED)
        return error_set(error, FAULT_HARD, "the node is not among those allowed here");
    return result;
}

static int try_job(struct job *job, struct error *error)
{
    CLEANUP(hypervisor_unref_cleanup) struct hypervisor *hypervisor = NULL;
    const struct machine_listener listener = {listen_started, listen_step, listen_is_settled, job};
    const int result = reach_node(job, &hypervisor, error);

    if (result != 0)
        return result;
    return carry_out(job,
                     &(struct machine_request){.hypervisor = hypervisor,
                                               .settings = &job->worker->machine_settings,
                                               .command = job->command,
                                               .listener = &listener},
                     error);
}

static int job_run(struct job *job, struct error *error)
{
    const int result = try_job(job, error);

    if (result != FAULT_RETRY || !is_spent(job) || !may_be_given_up(job))
        return result;
    machine_give_up(&job->outcome);
    job->outcome.node_silent = is_build(job);
    return 0;
}

static void record_built(const struct job *job)
{
    const struct worker *worker = job->worker;
    const struct machine_outcome *outcome = &job->outcome;
    const Slipway__V1__MachineCommand *command = job->command;

    metric_add(outcome->repeated ? worker->repeated : worker->built, 1);
    metric_observe_us(worker->build_duration, clock_monotonic_us() - job->began_us);
    watcher_note_built(worker->watcher, command->placement->node_uri, command->vps_id,
                       outcome->metadata.sequence);
    log_event(LOG_INFO, &job->trace, outcome->repeated ? "machine was built" : "machine built",
              LOG_NUMBER("vps_id", command->vps_id), LOG_TEXT("machine_uuid", outcome->uuid),
              LOG_TEXT("node", command->placement->node_name));
}

static void record_failed(const struct job *job, const struct error *reason)
{
    const bool is_operation = machine_is_operation(job->command->action_case);

    metric_add(is_operation ? job->worker->orders_failed : job->worker->failed, 1);
    log_event(
        LOG_WARNING, &job->trace, is_operation ? "order failed" : "build failed",
        LOG_NUMBER("vps_id", job->command->vps_id), LOG_NUMBER("sequence", job->command->sequence),
        LOG_TEXT("code", machine_failure(job->outcome.refusal)->code),
        LOG_TEXT("error", reason->text), LOG_TEXT("node", job->command->placement->node_name));
}

static void record_done(const struct job *job)
{
    metric_add(job->outcome.repeated ? job->worker->orders_repeated : job->worker->orders_done, 1);
    log_event(LOG_INFO, &job->trace, job->outcome.repeated ? "order was done" : "order done",
              LOG_NUMBER("vps_id", job->command->vps_id),
              LOG_NUMBER("sequence", job->command->sequence),
              LOG_TEXT("node", job->command->placement->node_name));
}

/* Once for each outcome, from what the machine has become. */
static void record_outcome(const struct job *job, const struct error *reason)
{
    switch (job->outcome.kind) {
    case MACHINE_BUILT: record_built(job); break;
    case MACHINE_FAILED: record_failed(job, reason); break;
    case MACHINE_OBSERVED: metric_add(job->worker->observed, 1); break;
    case MACHINE_POWERED:
    case MACHINE_PASSWORD_SET:
    case MACHINE_DELETED: record_done(job); break;
    }
}

static void finish(struct kafka_delivery *delivery, const struct job *job, int outcome,
                   const struct error *error)
{
    if (outcome != 0)
        log_event(outcome == FAULT_RETRY ? LOG_WARNING : LOG_ERROR,
                  job != NULL ? &job->trace : NULL, "command not done",
                  LOG_TEXT("fault", fault_name(outcome)), LOG_TEXT("error", error->text),
                  LOG_NUMBER("vps_id", job != NULL ? job->command->vps_id : 0),
                  LOG_NUMBER("attempt", kafka_delivery_record(delivery)->attempt));
    kafka_delivery_finish(delivery, outcome, error);
}

/* Those before it may have come behind it: billing had died before it told of them, say. */
static void defer(struct job *job, const struct error *error)
{
    metric_add(job->worker->orders_early, 1);
    log_event(LOG_INFO, &job->trace, "order waits for those before it",
              LOG_TEXT("error", error->text), LOG_NUMBER("vps_id", job->command->vps_id),
              LOG_NUMBER("attempt", job->attempt));
    kafka_delivery_defer(job->delivery);
}

static void on_delivered(void *context, int outcome, const struct error *error)
{
    CLEANUP(job_free_cleanup) struct job *job = context;

    /* Whatever Kafka says of the result, the command is only done when the result is there; carried
     * out again it gives the same one. */
    finish(job->delivery, job, outcome == 0 ? 0 : FAULT_RETRY, error);
}

static int job_report(struct job *job, struct error *error)
{
    return results_send_outcome(&job->worker->results, job->command, &job->outcome, on_delivered,
                                job, error);
}

static int carry_out_and_report(struct job *job, struct error *error)
{
    const int result = job_run(job, error);

    if (result != 0)
        return result;
    crash_point("provisioner_before_result");
    record_outcome(job, error);
    return job_report(job, error);
}

/* Nobody waits for it: what can't be done now is asked for again by a later sweep. */
static void sweep_node(struct job *job)
{
    CLEANUP(hypervisor_unref_cleanup) struct hypervisor *hypervisor = NULL;
    struct error error = {""};
    int result = reach_node(job, &hypervisor, &error);

    if (result == 0)
        result = sweep_run(&(struct machine_request){.hypervisor = hypervisor,
                                                     .settings = &job->worker->machine_settings,
                                                     .command = job->command},
                           &job->worker->results, &error);
    if (result != 0)
        log_event(LOG_WARNING, &job->trace, "node not swept", LOG_TEXT("fault", fault_name(result)),
                  LOG_TEXT("error", error.text),
                  LOG_TEXT("node", job->command->placement->node_name));
    kafka_delivery_finish(job->delivery, 0, NULL);
}

uint64_t worker_party(const struct kafka_record *record)
{
    Slipway__V1__MachineCommand *command =
        slipway__v1__machine_command__unpack(NULL, record->value_length, record->value);
    uint64_t user_id;

    if (command == NULL)
        return 0;
    user_id = command->user_id;
    slipway__v1__machine_command__free_unpacked(command, NULL);
    return user_id;
}

void worker_handle(void *context, struct kafka_delivery *delivery)
{
    struct worker *worker = context;
    struct job *job = NULL;
    struct error error = {""};
    int result = job_new(worker, delivery, &job, &error);

    if (job == NULL) {
        finish(delivery, NULL, result, &error);
        return;
    }
    if (sweep_is_meant(job->command)) {
        sweep_node(job);
        job_free(job);
        return;
    }
    if (job->attempt == 1 && job->command->issued_at_us > 0)
        metric_observe_us(worker->command_wait, clock_now_us(NULL) - job->command->issued_at_us);
    result = carry_out_and_report(job, &error);
    /* On success on_delivered() owns the job and may have freed it already. */
    if (result == MACHINE_EARLY)
        defer(job, &error);
    else if (result != 0)
        finish(delivery, job, result, &error);
    if (result != 0)
        job_free(job);
}
