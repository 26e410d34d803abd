#include "services/billing/writer_metrics.h"

#include "services/billing/commands.h"

#include <stdio.h>

enum outcome {
    OUTCOME_DONE,
    OUTCOME_REFUSED,
    OUTCOME_FAILED,
    OUTCOME_REPLAYED,
    OUTCOME_COUNT,
};

/* Larger than any number of an action. */
enum { ACTIONS = 32 };

struct writer_metrics {
    struct metric *batches, *jobs;
    struct metric *duration;
    struct metric *commands[ACTIONS][OUTCOME_COUNT];
    struct metric *results[OUTCOME_COUNT];
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_DONE] = "done",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_REPLAYED] = "replayed",
};

static struct metric *command_counter(struct metrics *metrics, const char *kind,
                                      enum outcome outcome)
{
    char labels[96];

    (void)snprintf(labels, sizeof(labels), "kind=\"%s\",outcome=\"%s\"", kind,
                   outcome_names[outcome]);
    return metrics_counter(metrics, "slipway_billing_commands_total",
                           "Commands and results by what became of them.", labels);
}

struct writer_metrics *writer_metrics_new(struct metrics *metrics)
{
    struct writer_metrics *counters = calloc(1, sizeof(*counters));

    if (counters == NULL)
        return NULL;
    counters->batches = metrics_counter(metrics, "slipway_billing_batches_total",
                                        "Transactions of the writer.", "");
    counters->jobs = metrics_counter(metrics, "slipway_billing_batch_jobs_total",
                                     "Commands and results in them.", "");
    counters->duration = metrics_histogram(metrics, "slipway_billing_batch_seconds",
                                           "How long a batch took to settle.", "");
    for (int outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
        for (int action = 0; action < ACTIONS; ++action) {
            const struct command_kind *kind =
                commands_find((Slipway__V1__Command__ActionCase)action);

            counters->commands[action][outcome] = command_counter(
                metrics, kind != NULL ? kind->name : "unknown", (enum outcome)outcome);
        }
        counters->results[outcome] = command_counter(metrics, "result", (enum outcome)outcome);
    }
    return counters;
}

void writer_metrics_free(struct writer_metrics *counters)
{
    free(counters);
}

void writer_metrics_count_batch(struct writer_metrics *counters, size_t jobs, int64_t duration_us)
{
    metric_add(counters->batches, 1);
    metric_add(counters->jobs, (int64_t)jobs);
    metric_observe_us(counters->duration, duration_us);
}

static enum outcome command_outcome(const struct job *job)
{
    if (job->stored != NULL)
        return OUTCOME_REPLAYED;
    if (job->answer.status >= 500)
        return OUTCOME_FAILED;
    return job->answer.status >= 400 ? OUTCOME_REFUSED : OUTCOME_DONE;
}

static enum outcome result_outcome(const struct job *job)
{
    if (job->outcome < 0)
        return OUTCOME_FAILED;
    return job->effect.applied ? OUTCOME_DONE : OUTCOME_REPLAYED;
}

void writer_metrics_count_job(struct writer_metrics *counters, const struct job *job)
{
    unsigned action;

    if (job->command == NULL) {
        metric_add(counters->results[result_outcome(job)], 1);
        return;
    }
    action = (unsigned)job->command->action_case;
    metric_add(counters->commands[action < ACTIONS ? action : 0][command_outcome(job)], 1);
}
