#include "services/billing/writer.h"

#include "lib/base/queue.h"
#include "services/billing/commands.h"
#include "services/billing/settle.h"
#include "services/billing/writer_metrics.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Rows that one transaction may write for its jobs, so that bulk purchases don't hold locks for
 * long. */
static const size_t weight_limit = 2048;

struct shard {
    struct writer *writer;
    struct queue *queue;
    struct settler *settler;
    struct job **jobs;
    pthread_t thread;
    bool is_running;
};

struct writer {
    struct writer_options options;
    struct inflight *inflight;
    struct writer_metrics *counters;
    /* Monotonic; after it everything is given up. INT64_MAX: not stopping. */
    _Atomic int64_t stop_at_ms;
    size_t shard_count;
    struct shard shards[];
};

/* Before the answer, so that who has it finds the gateways told or about to be. */
static void tell_changes(const struct writer_options *options, const struct job *job)
{
    if (job->key_changed && options->key_changed != NULL)
        options->key_changed(options->changed_context, job->changed_key);
    if (job->changed_user != 0 && options->user_changed != NULL)
        options->user_changed(options->changed_context, job->changed_user);
}

static void settled(void *context, struct job *job)
{
    struct writer *writer = context;

    writer_metrics_count_job(writer->counters, job);
    if (job->result != NULL) {
        job->applied(job->context, job->outcome, &job->effect, &job->error);
        job_free(job);
        return;
    }
    tell_changes(&writer->options, job);
    const Slipway__V1__Answer view = answer_view(&job->answer);

    /* Before the answer, so that who has it may ask again at once. */
    if (!job->is_own)
        inflight_remove(writer->inflight, &job->key);
    if (job->opened != NULL)
        job->opened(job->context, job->stored != NULL ? job->stored : &view,
                    job->has_order ? &job->order : NULL);
    else
        job->answered(job->context, job->stored != NULL ? job->stored : &view);
    job_free(job);
}

/* Leaves out jobs that have waited too long already. Returns how many stay, in order. */
static size_t drop_late(struct shard *shard, size_t count)
{
    const int64_t now_ms = clock_monotonic_ms();
    const int64_t stop_at_ms = atomic_load(&shard->writer->stop_at_ms);
    size_t kept = 0;

    for (size_t i = 0; i < count; ++i) {
        struct job *job = shard->jobs[i];

        if (job->deadline_ms > stop_at_ms)
            job->deadline_ms = stop_at_ms;
        if (job->deadline_ms <= now_ms)
            settler_give_up(shard->settler, job);
        else
            shard->jobs[kept++] = job;
    }
    return kept;
}

/* How many of the first jobs may go into one transaction; at least one. */
static size_t cut(struct job *const *jobs, size_t count)
{
    size_t weight = commands_weight(jobs[0]), taken = 1;

    while (taken < count && (weight += commands_weight(jobs[taken])) <= weight_limit)
        ++taken;
    return taken;
}

static void settle_all(struct shard *shard, size_t count)
{
    for (size_t done = 0; done < count;) {
        const size_t part = cut(shard->jobs + done, count - done);
        const int64_t began_us = clock_monotonic_us();

        settler_settle(shard->settler, shard->jobs + done, part);
        writer_metrics_count_batch(shard->writer->counters, part, clock_monotonic_us() - began_us);
        done += part;
    }
}

static void *run_shard(void *context)
{
    struct shard *shard = context;
    const size_t limit = (size_t)shard->writer->options.batch_limit;
    size_t count;

    while ((count = queue_take(shard->queue, (void **)shard->jobs, limit, -1)) > 0)
        settle_all(shard, drop_late(shard, count));
    return NULL;
}

static int64_t read_queue_length(void *context)
{
    return (int64_t)queue_length(context);
}

static int start_shard(struct writer *writer, size_t index, struct error *error)
{
    struct shard *shard = &writer->shards[index];
    const struct settler_options options = {
        .conninfo = writer->options.conninfo,
        .shard = (int64_t)index,
        .terms = writer->options.terms,
        .lock_timeout_ms = writer->options.lock_timeout_ms,
        .deadline_ms = writer->options.deadline_ms,
        .grace_days = writer->options.grace_days,
        .relay = writer->options.relay,
        .clock = writer->options.clock,
        .settled = settled,
        .context = writer,
        .batch_ended = writer->options.batch_ended,
        .batch_ended_context = writer->options.batch_ended_context,
    };
    char label[32];
    int result;

    shard->writer = writer;
    shard->queue = queue_new((size_t)writer->options.queue_limit);
    shard->jobs = calloc((size_t)writer->options.batch_limit, sizeof(struct job *));
    if (shard->queue == NULL || shard->jobs == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    result = settler_new(&options, &shard->settler, error);
    if (result < 0)
        return result;
    (void)snprintf(label, sizeof(label), "shard=\"%zu\"", index);
    metrics_gauge_read(writer->options.metrics, "slipway_billing_queue_jobs",
                       "Commands and results that wait for a writer.", label, read_queue_length,
                       shard->queue);
    if (pthread_create(&shard->thread, NULL, run_shard, shard) != 0)
        return error_set(error, FAULT_HARD, "no thread for a writer");
    shard->is_running = true;
    return 0;
}

int writer_new(const struct writer_options *options, struct writer **ret_writer,
               struct error *error)
{
    struct writer *writer =
        calloc(1, sizeof(*writer) + (size_t)options->shards * sizeof(writer->shards[0]));
    int result = 0;

    if (writer == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    writer->options = *options;
    writer->shard_count = (size_t)options->shards;
    atomic_init(&writer->stop_at_ms, INT64_MAX);
    writer->inflight = inflight_new();
    writer->counters = writer_metrics_new(options->metrics);
    if (writer->inflight == NULL || writer->counters == NULL)
        result = error_set(error, FAULT_HARD, "no memory");
    for (size_t i = 0; result == 0 && i < writer->shard_count; ++i)
        result = start_shard(writer, i, error);
    if (result < 0) {
        writer_free(writer, 0);
        return result;
    }
    *ret_writer = writer;
    return 0;
}

static void free_shard(struct shard *shard)
{
    settler_free(shard->settler);
    queue_free(shard->queue);
    free(shard->jobs);
}

void writer_free(struct writer *writer, int64_t timeout_ms)
{
    if (writer == NULL)
        return;
    atomic_store(&writer->stop_at_ms, clock_monotonic_ms() + timeout_ms);
    for (size_t i = 0; i < writer->shard_count; ++i)
        if (writer->shards[i].queue != NULL)
            queue_close(writer->shards[i].queue);
    for (size_t i = 0; i < writer->shard_count; ++i)
        if (writer->shards[i].is_running)
            (void)pthread_join(writer->shards[i].thread, NULL);
    for (size_t i = 0; i < writer->shard_count; ++i)
        free_shard(&writer->shards[i]);
    inflight_free(writer->inflight);
    writer_metrics_free(writer->counters);
    free(writer);
}

/* Fibonacci hashing: neighbouring ids go to different shards. */
static struct shard *shard_of(struct writer *writer, uint64_t id)
{
    return &writer->shards[(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) % writer->shard_count];
}

static struct job *job_new(const struct writer *writer, void *context)
{
    struct job *job = calloc(1, sizeof(*job));

    if (job == NULL)
        return NULL;
    job->context = context;
    job->deadline_ms = clock_monotonic_ms() + writer->options.deadline_ms;
    return job;
}

/* As writer_submit() says; `job` is freed on a refusal. */
static int submit_command(struct writer *writer, struct job *job, Slipway__V1__Command *command)
{
    if (job == NULL)
        return WRITER_BUSY;
    job->kind = commands_find(command->action_case);
    if (command->idempotency_hash.len == sizeof(job->key.hash))
        memcpy(job->key.hash, command->idempotency_hash.data, sizeof(job->key.hash));
    else
        randombytes_buf(job->key.hash, sizeof(job->key.hash));
    if (!job->is_own && !inflight_add(writer->inflight, &job->key)) {
        job_free(job);
        return WRITER_IN_PROGRESS;
    }
    job->command = command;
    if (queue_put(shard_of(writer, command->user_id)->queue, job) != 0) {
        if (!job->is_own)
            inflight_remove(writer->inflight, &job->key);
        job->command = NULL;
        job_free(job);
        return WRITER_BUSY;
    }
    return 0;
}

int writer_submit(struct writer *writer, Slipway__V1__Command *command, writer_answered_fn answered,
                  void *context)
{
    struct job *job = job_new(writer, context);

    if (job != NULL)
        job->answered = answered;
    return submit_command(writer, job, command);
}

int writer_submit_deposit(struct writer *writer, Slipway__V1__Command *command,
                          writer_opened_fn opened, void *context)
{
    struct job *job = job_new(writer, context);

    if (job != NULL) {
        job->opened = opened;
        randombytes_buf(&job->lease, sizeof(job->lease));
    }
    return submit_command(writer, job, command);
}

int writer_submit_own(struct writer *writer, Slipway__V1__Command *command,
                      writer_answered_fn answered, void *context)
{
    struct job *job = job_new(writer, context);

    if (job != NULL) {
        job->answered = answered;
        job->is_own = true;
    }
    return submit_command(writer, job, command);
}

int writer_submit_result(struct writer *writer, Slipway__V1__MachineResult *result,
                         writer_applied_fn applied, void *context)
{
    struct job *job = job_new(writer, context);

    if (job == NULL)
        return WRITER_BUSY;
    job->applied = applied;
    job->result = result;
    if (queue_put(shard_of(writer, result->vps_id)->queue, job) != 0) {
        job->result = NULL;
        job_free(job);
        return WRITER_BUSY;
    }
    return 0;
}
