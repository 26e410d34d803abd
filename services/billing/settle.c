#include "services/billing/settle.h"

#include "lib/base/backoff.h"
#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "lib/pg/transaction.h"
#include "services/billing/batch_io.h"
#include "services/billing/catalog_store.h"
#include "services/billing/chain_store.h"
#include "services/billing/commands.h"
#include "services/billing/relay.h"

#include <limits.h>
#include <string.h>

/* Rows of the outbox that one transaction deletes at most. */
enum { ACKNOWLEDGED_MAX = 256 };

static const int64_t first_wait_ms = 2;
static const int64_t longest_wait_ms = 100;
static const int64_t idle_in_transaction_ms = 5000;
static const int64_t day_us = INT64_C(24) * 60 * 60 * 1000000;

struct settler {
    struct settler_options options;
    char *conninfo;
    struct pg *pg;
    struct catalog *catalog;
    /* By the catalog's locations. */
    struct batch_reach *reaches;
    struct batch batch;
    bool has_accounts;
};

int settler_new(const struct settler_options *options, struct settler **ret_settler,
                struct error *error)
{
    struct settler *settler = calloc(1, sizeof(*settler));

    if (settler == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    settler->options = *options;
    settler->conninfo = strdup(options->conninfo);
    settler->catalog = calloc(1, sizeof(*settler->catalog));
    settler->reaches = calloc(1, sizeof(*settler->reaches));
    if (settler->conninfo == NULL || settler->catalog == NULL || settler->reaches == NULL ||
        batch_init(&settler->batch, options->shard, options->grace_days * day_us, options->terms)) {
        settler_free(settler);
        return error_set(error, FAULT_HARD, "no memory");
    }
    /* No catalog has this version: the first batch reads the one that stands. */
    settler->catalog->version = -1;
    *ret_settler = settler;
    return 0;
}

void settler_free(struct settler *settler)
{
    if (settler == NULL)
        return;
    pg_free(settler->pg);
    catalog_free(settler->catalog);
    free(settler->reaches);
    batch_deinit(&settler->batch);
    free(settler->conninfo);
    free(settler);
}

static int connect_once(struct settler *settler, struct error *error)
{
    const struct pg_options options = {
        .conninfo = settler->conninfo,
        .application_name = "slipway-billing-writer",
        .lock_timeout_ms = settler->options.lock_timeout_ms,
        .statement_timeout_ms = settler->options.deadline_ms,
        .idle_in_transaction_timeout_ms = idle_in_transaction_ms,
        .answer_timeout_ms = settler->options.deadline_ms,
    };
    int result = 0;

    if (settler->pg == NULL)
        result = pg_new(&options, &settler->pg, error);
    if (result == 0 && !settler->has_accounts) {
        result = wallet_store_ensure_system(settler->pg, settler->options.shard, error);
        if (result == 0)
            result = chain_store_ensure(settler->pg, settler->options.shard, error);
        settler->has_accounts = result == 0;
    }
    /* Making the accounts may be repeated, so it does not matter whether it was done. */
    return result == FAULT_UNCERTAIN ? (int)FAULT_RETRY : result;
}

static int connect_until(struct settler *settler, int64_t deadline_ms, struct error *error)
{
    struct backoff backoff = {.first_ms = first_wait_ms, .longest_ms = longest_wait_ms};
    int result = connect_once(settler, error);

    while (result == FAULT_RETRY && clock_monotonic_ms() < deadline_ms) {
        clock_sleep_ms(backoff_next_ms(&backoff));
        result = connect_once(settler, error);
    }
    return result;
}

static int reload_catalog(struct settler *settler, struct pg *pg, struct error *error)
{
    struct catalog *catalog;
    struct batch_reach *reaches;
    int result = catalog_store_read(pg, &catalog, error);

    if (result < 0)
        return result;
    reaches = calloc(catalog->location_count + 1, sizeof(*reaches));
    if (reaches == NULL) {
        catalog_free(catalog);
        return error_set(error, FAULT_HARD, "no memory");
    }
    catalog_free(settler->catalog);
    free(settler->reaches);
    settler->catalog = catalog;
    settler->reaches = reaches;
    return BATCH_CATALOG_CHANGED;
}

struct run {
    struct settler *settler;
    struct job **jobs;
    size_t count;
};

static int settle_work(struct pg *pg, void *context, struct error *error)
{
    const struct run *run = context;
    struct settler *settler = run->settler;
    struct batch *batch = &settler->batch;
    int result;

    if (batch_begin(batch, run->jobs, run->count, settler->catalog, settler->reaches,
                    clock_now_us(settler->options.clock)))
        return error_set(error, FAULT_HARD, "no memory");
    result = batch_read(pg, batch, error);
    if (result == BATCH_CATALOG_CHANGED)
        return reload_catalog(settler, pg, error);
    crash_point("billing_after_claim");
    for (size_t i = 0; result == 0 && i < run->count; ++i)
        result = commands_decide(batch, run->jobs[i], error);
    if (result == 0)
        result = batch_queue_writes(pg, batch, relay_id(settler->options.relay), error);
    crash_point("billing_before_commit");
    return result;
}

/* Ids stay in the array until a commit has deleted their rows. */
static void take_acknowledged(struct settler *settler)
{
    struct pg_array *acknowledged = settler->batch.writes.acknowledged;
    int64_t ids[ACKNOWLEDGED_MAX];
    size_t count;

    if (pg_array_length(acknowledged) > 0)
        return;
    count = relay_take_acknowledged(settler->options.relay, ids, ARRAY_LENGTH(ids));
    for (size_t i = 0; i < count; ++i)
        pg_array_push_number(acknowledged, ids[i]);
}

/* Stock that was scarce a moment ago still is; elsewhere the own share comes first again. */
static void reset_reaches(struct settler *settler)
{
    const int64_t now_ms = clock_monotonic_ms();

    for (size_t i = 0; i < settler->catalog->location_count; ++i)
        settler->reaches[i].reach =
            settler->reaches[i].scarce_until_ms > now_ms ? PLACEMENT_RECALL : PLACEMENT_OWN;
}

static int settle_once(struct settler *settler, struct job **jobs, size_t count,
                       struct error *error)
{
    const struct pg_transaction_options options = {
        .attempts = UINT_MAX,
        .first_wait_ms = first_wait_ms,
        .longest_wait_ms = longest_wait_ms,
        .deadline_ms = jobs[0]->deadline_ms,
        .idempotent = true,
    };
    struct run run = {settler, jobs, count};
    int result = connect_until(settler, options.deadline_ms, error);

    if (result < 0)
        return result;
    take_acknowledged(settler);
    reset_reaches(settler);
    do
        result = pg_transaction(settler->pg, &options, settle_work, &run, error);
    while (result == BATCH_CATALOG_CHANGED || result == BATCH_STOCK_SHORT);
    return result;
}

static void publish(struct settler *settler)
{
    struct batch_writes *writes = &settler->batch.writes;

    crash_point("billing_after_commit");
    pg_array_reset(writes->acknowledged);
    if (writes->outbox.length > 0)
        relay_publish(settler->options.relay, writes->outbox_id, writes->outbox.data,
                      writes->outbox.length);
    for (size_t i = 0; i < writes->ended_count && settler->options.batch_ended != NULL; ++i)
        settler->options.batch_ended(settler->options.batch_ended_context, &writes->ended[i]);
}

static void hand_on(struct settler *settler, struct job **jobs, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        settler->options.settled(settler->options.context, jobs[i]);
        crash_point("billing_mid_batch");
    }
}

static void fail(struct settler *settler, struct job *job, int fault, const struct error *error)
{
    struct trace trace;

    job_reset(job);
    job->outcome = fault;
    job->error = *error;
    if (job->command != NULL) {
        trace_begin(job->command->traceparent, job->command->request_id, &trace);
        log_event(LOG_ERROR, &trace, "a command can't be settled", LOG_TEXT("error", error->text));
        answer_render_refusal(&job->answer, PROBLEM_INTERNAL, "Something went wrong on our side.",
                              job->command->request_id);
    }
    settler->options.settled(settler->options.context, job);
}

void settler_give_up(struct settler *settler, struct job *job)
{
    job_reset(job);
    job->outcome = error_set(&job->error, FAULT_RETRY, "not settled in time");
    if (job->command != NULL)
        answer_render_refusal(&job->answer, PROBLEM_UNAVAILABLE,
                              "The request was not settled in time. Repeat it with the same key.",
                              job_request_id(job));
    settler->options.settled(settler->options.context, job);
}

/* Keeps the jobs that still have time, in order. Returns how many. */
static size_t give_up_late(struct settler *settler, struct job **jobs, size_t count)
{
    const int64_t now_ms = clock_monotonic_ms();
    size_t kept = 0;

    for (size_t i = 0; i < count; ++i) {
        if (jobs[i]->deadline_ms <= now_ms)
            settler_give_up(settler, jobs[i]);
        else
            jobs[kept++] = jobs[i];
    }
    return kept;
}

/* A batch that fails for good is halved until the culprit stands alone. */
void settler_settle(struct settler *settler, struct job **jobs, size_t count)
{
    size_t part = count;

    while (count > 0) {
        const size_t tried = part < count ? part : count;
        struct error error = {.text = ""};
        const int result = settle_once(settler, jobs, tried, &error);

        if (result == FAULT_HARD && tried > 1) {
            part = tried / 2;
            continue;
        }
        if (result == FAULT_RETRY || result == FAULT_UNCERTAIN) {
            log_event(LOG_WARNING, NULL, "a batch waits for PostgreSQL",
                      LOG_TEXT("error", error.text), LOG_NUMBER("jobs", count));
            clock_sleep_ms(1);
            count = give_up_late(settler, jobs, count);
            continue;
        }
        if (result == 0) {
            publish(settler);
            hand_on(settler, jobs, tried);
        } else {
            fail(settler, jobs[0], result, &error);
        }
        part = result == 0 ? part : count;
        jobs += tried;
        count -= tried;
    }
}
