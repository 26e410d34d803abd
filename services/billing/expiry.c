#include "services/billing/expiry.h"

#include "lib/base/backoff.h"
#include "lib/base/log.h"
#include "lib/base/queue.h"
#include "services/billing/expiry_store.h"

#include <pthread.h>
#include <string.h>

static const int64_t statement_timeout_ms = 5000;
/* What fails for good is tried again ever more rarely, and what healed soon enough. */
static const int64_t longest_pause_ms = 15000;

struct expiry {
    struct expiry_options options;
    /* Never filled: closed to end the thread's sleep. */
    struct queue *stop;
    pthread_t thread;
    struct pg *pg;
    pthread_mutex_t mutex;
    pthread_cond_t settled;
    /* Servers that are with the writer, and those of this look that it could not settle. */
    size_t open, unsettled;
    struct metric *looked, *failed;
};

static void free_command(Slipway__V1__Command **command)
{
    if (*command != NULL)
        slipway__v1__command__free_unpacked(*command, NULL);
}

/* NULL: no memory. */
static Slipway__V1__Command *make_command(int64_t vps_id, int64_t user_id)
{
    CLEANUP(free_command) Slipway__V1__Command *command = malloc(sizeof(*command));
    struct trace trace;

    if (command == NULL)
        return NULL;
    slipway__v1__command__init(command);
    command->advance = malloc(sizeof(*command->advance));
    if (command->advance == NULL)
        return NULL;
    slipway__v1__advance_vps__init(command->advance);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_ADVANCE;
    command->advance->vps_id = (uint64_t)vps_id;
    command->user_id = (uint64_t)user_id;
    trace_begin(NULL, NULL, &trace);
    command->request_id = strdup(trace.request_id);
    command->traceparent = strdup(trace.traceparent);
    return command->request_id == NULL || command->traceparent == NULL ? NULL : TAKE(command);
}

static void answered(void *context, const Slipway__V1__Answer *answer)
{
    struct expiry *expiry = context;
    const bool was_settled = answer->status < 400;

    metric_add(was_settled ? expiry->looked : expiry->failed, 1);
    (void)pthread_mutex_lock(&expiry->mutex);
    expiry->unsettled += !was_settled;
    if (--expiry->open == 0)
        (void)pthread_cond_signal(&expiry->settled);
    (void)pthread_mutex_unlock(&expiry->mutex);
}

static void count_open(struct expiry *expiry)
{
    (void)pthread_mutex_lock(&expiry->mutex);
    ++expiry->open;
    (void)pthread_mutex_unlock(&expiry->mutex);
}

static void uncount_open(struct expiry *expiry)
{
    (void)pthread_mutex_lock(&expiry->mutex);
    --expiry->open;
    (void)pthread_mutex_unlock(&expiry->mutex);
}

/* Returns how many of them were not settled. */
static size_t await_settled(struct expiry *expiry)
{
    size_t unsettled;

    (void)pthread_mutex_lock(&expiry->mutex);
    while (expiry->open > 0)
        (void)pthread_cond_wait(&expiry->settled, &expiry->mutex);
    unsettled = expiry->unsettled;
    expiry->unsettled = 0;
    (void)pthread_mutex_unlock(&expiry->mutex);
    return unsettled;
}

/* A walk over what is due. */
struct walk {
    int64_t until_us;
    struct expiry_cursor cursor;
    /* Of the last page, and of all that could not be settled. */
    int64_t page_length;
    size_t unsettled;
};

static int submit(struct expiry *expiry, int64_t vps_id, int64_t user_id, struct error *error)
{
    CLEANUP(free_command) Slipway__V1__Command *command = make_command(vps_id, user_id);

    if (command == NULL)
        return error_set(error, FAULT_RETRY, "no memory for a command");
    count_open(expiry);
    if (writer_submit_own(expiry->options.writer, command, answered, expiry) != 0) {
        uncount_open(expiry);
        return error_set(error, FAULT_RETRY, "the writer is busy");
    }
    (void)TAKE(command);
    return 0;
}

/* The next page, until the writer is done with it. */
static int look_at_page(struct expiry *expiry, struct walk *walk, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    int64_t user_id;
    int result = expiry_store_list(expiry->pg, &walk->cursor, walk->until_us, expiry->options.limit,
                                   &rows, error);

    if (result != 0)
        return result;
    walk->page_length = pg_rows_count(rows);
    for (int row = 0; result == 0 && row < walk->page_length; ++row) {
        expiry_store_row(rows, row, &walk->cursor, &user_id);
        result = submit(expiry, walk->cursor.vps_id, user_id, error);
    }
    walk->unsettled += await_settled(expiry);
    return result;
}

static int connect_if_due(struct expiry *expiry, struct error *error)
{
    const struct pg_options options = {.conninfo = expiry->options.conninfo,
                                       .application_name = "slipway-billing-expiry",
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .answer_timeout_ms = statement_timeout_ms + 1000};

    return expiry->pg != NULL ? 0 : pg_new(&options, &expiry->pg, error);
}

/* All that is due now, each server once: one that fails does not hold up those behind it, and is
 * tried again at another look. False: not all could be settled. */
static bool look(struct expiry *expiry)
{
    struct walk walk = {.until_us = clock_now_us(expiry->options.clock),
                        .page_length = expiry->options.limit};
    struct error error = {0};
    int result = connect_if_due(expiry, &error);

    while (result == 0 && walk.page_length == expiry->options.limit &&
           !queue_is_closed(expiry->stop))
        result = look_at_page(expiry, &walk, &error);
    if (result < 0)
        log_event(LOG_WARNING, NULL, "servers that are due could not be looked at",
                  LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error.text));
    return result == 0 && walk.unsettled == 0;
}

static void *run(void *context)
{
    struct expiry *expiry = context;
    const int64_t interval_ms = expiry->options.interval_ms;
    struct backoff backoff = {.first_ms = interval_ms, .longest_ms = longest_pause_ms};
    void *nothing;

    while (!queue_is_closed(expiry->stop)) {
        int64_t pause_ms = interval_ms;

        if (look(expiry))
            backoff_reset(&backoff);
        else
            pause_ms += backoff_next_ms(&backoff);
        (void)queue_take(expiry->stop, &nothing, 1, pause_ms);
    }
    return NULL;
}

static void destroy(struct expiry *expiry)
{
    (void)pthread_cond_destroy(&expiry->settled);
    (void)pthread_mutex_destroy(&expiry->mutex);
    queue_free(expiry->stop);
    pg_free(expiry->pg);
    free(expiry);
}

int expiry_new(const struct expiry_options *options, struct expiry **ret_expiry,
               struct error *error)
{
    struct expiry *expiry = calloc(1, sizeof(*expiry));

    if (expiry == NULL)
        return error_set(error, FAULT_HARD, "no memory for the expiry");
    expiry->options = *options;
    (void)pthread_mutex_init(&expiry->mutex, NULL);
    (void)pthread_cond_init(&expiry->settled, NULL);
    expiry->looked = metrics_counter(options->metrics, "slipway_billing_due_servers_total",
                                     "Servers that were due and looked at.", "");
    expiry->failed = metrics_counter(options->metrics, "slipway_billing_due_servers_failed_total",
                                     "Servers that were due and are tried again.", "");
    expiry->stop = queue_new(1);
    if (expiry->stop == NULL || pthread_create(&expiry->thread, NULL, run, expiry) != 0) {
        destroy(expiry);
        return error_set(error, FAULT_HARD, "the expiry's thread can't be started");
    }
    *ret_expiry = expiry;
    return 0;
}

void expiry_free(struct expiry *expiry)
{
    if (expiry == NULL)
        return;
    queue_close(expiry->stop);
    (void)pthread_join(expiry->thread, NULL);
    destroy(expiry);
}
