#include "services/notifier/dispatch_private.h"

#include "lib/base/clock.h"
#include "lib/base/crash_point.h"
#include "lib/base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_MAX = 256 };

static const int64_t statement_timeout_ms = 10000;
/* How long a plan serves; the tables may grow fast. */
static const int64_t plans_interval_ms = 2000;
static const int64_t prune_interval_ms = 60000;
static const int64_t prune_limit = 1000;
static const int64_t day_us = INT64_C(86400) * 1000000;

/* What stands in the queue for "look again". */
static void *wake_mark(struct dispatch *dispatch)
{
    return dispatch;
}

void dispatch_wake(struct dispatch *dispatch)
{
    atomic_store(&dispatch->is_asked, true);
    if (!atomic_exchange(&dispatch->is_woken, true) &&
        queue_put(dispatch->outcomes, wake_mark(dispatch)) != 0)
        atomic_store(&dispatch->is_woken, false);
}

/* ---- settling ---- */

/* What the server forgets of claims and outcomes when it crashes comes again, once by its id. */
static int connect_if_due(struct dispatch *dispatch, struct error *error)
{
    const struct pg_options options = {.conninfo = dispatch->options.conninfo,
                                       .application_name = "slipway-notifier-dispatch",
                                       .may_lose_commits = true,
                                       .keeps_plans = true,
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .answer_timeout_ms = statement_timeout_ms + 1000};

    return dispatch->pg != NULL ? 0 : pg_new(&options, &dispatch->pg, error);
}

static void count_outcome(const struct dispatch *dispatch, const struct delivery_outcome *outcome)
{
    struct metric *const metrics[] = {[DELIVERY_DELIVERED] = dispatch->delivered,
                                      [DELIVERY_RETRIED] = dispatch->retried,
                                      [DELIVERY_GIVEN_UP] = dispatch->given_up,
                                      [DELIVERY_GONE] = dispatch->given_up};

    metric_add(metrics[outcome->fate], 1);
}

static void log_switched_off(const struct dispatch *dispatch, const struct pg_rows *rows)
{
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        metric_add(dispatch->switched_off, 1);
        log_event(LOG_WARNING, NULL, "an endpoint was switched off",
                  LOG_NUMBER("endpoint_id", pg_rows_i64(rows, row, 0)),
                  LOG_TEXT("reason", pg_rows_text(rows, row, 1)));
    }
}

static void settle(struct dispatch *dispatch, const struct delivery_outcome *outcomes, size_t count)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *switched_off = NULL;
    const int64_t now_us = clock_now_us(NULL);
    const struct delivery_judgement rule = {.now_us = now_us,
                                            .failing_before_us =
                                                now_us - dispatch->options.failing_limit_ms * 1000,
                                            .channels = dispatch->options.channels};
    struct error error = {0};
    int result = connect_if_due(dispatch, &error);

    if (result == 0)
        result = delivery_store_settle(dispatch->pg, outcomes, count, &rule, &switched_off, &error);
    if (result != 0) {
        log_event(LOG_WARNING, NULL, "outcomes of webhooks could not be written; they come again",
                  LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error.text));
        return;
    }
    for (size_t i = 0; i < count; ++i)
        count_outcome(dispatch, &outcomes[i]);
    log_switched_off(dispatch, switched_off);
}

/* Settles and frees the results among what was taken from the queue. */
static void settle_taken(struct dispatch *dispatch, void **items, size_t count)
{
    struct delivery_outcome outcomes[BATCH_MAX];
    size_t outcome_count = 0;

    for (size_t i = 0; i < count; ++i) {
        if (items[i] == wake_mark(dispatch)) {
            atomic_store(&dispatch->is_woken, false);
            continue;
        }
        outcomes[outcome_count] = ((const struct result *)items[i])->outcome;
        traffic_end(dispatch->traffic, outcomes[outcome_count++].endpoint_id);
    }
    if (outcome_count > 0)
        crash_point("notifier_before_settle");
    if (outcome_count > 0)
        settle(dispatch, outcomes, outcome_count);
    for (size_t i = 0; i < count; ++i)
        if (items[i] != wake_mark(dispatch))
            free(items[i]);
}

/* ---- looking ---- */

static int forget_plans_if_due(struct dispatch *dispatch, struct error *error)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (now_ms < dispatch->plans_due_ms)
        return 0;
    dispatch->plans_due_ms = now_ms + plans_interval_ms;
    return pg_forget_plans(dispatch->pg, error);
}

static int prune_if_due(struct dispatch *dispatch, struct error *error)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (now_ms < dispatch->prune_due_ms)
        return 0;
    dispatch->prune_due_ms = now_ms + prune_interval_ms;
    return delivery_store_prune(dispatch->pg,
                                clock_now_us(NULL) - dispatch->options.keep_days * day_us,
                                prune_limit, error);
}

static void look(struct dispatch *dispatch)
{
    struct error error = {0};
    int result = connect_if_due(dispatch, &error);

    if (result == 0)
        result = forget_plans_if_due(dispatch, &error);
    if (result == 0)
        result = dispatch_send_due(dispatch, &error);
    if (result == 0)
        result = prune_if_due(dispatch, &error);
    if (result != 0)
        log_event(LOG_WARNING, NULL, "webhooks that are due could not be looked for",
                  LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error.text));
}

static void *run(void *context)
{
    struct dispatch *dispatch = context;
    void *items[BATCH_MAX];

    while (!queue_is_closed(dispatch->outcomes)) {
        const size_t count =
            queue_take(dispatch->outcomes, items, BATCH_MAX, dispatch->options.interval_ms);

        settle_taken(dispatch, items, count);
        look(dispatch);
    }
    return NULL;
}

/* ---- life ---- */

static void register_metrics(struct dispatch *dispatch, struct metrics *metrics)
{
    static const char name[] = "slipway_notifier_webhooks_total";
    static const char help[] = "Attempts to deliver a webhook, by what became of them.";

    dispatch->delivered = metrics_counter(metrics, name, help, "outcome=\"delivered\"");
    dispatch->retried = metrics_counter(metrics, name, help, "outcome=\"retried\"");
    dispatch->given_up = metrics_counter(metrics, name, help, "outcome=\"given_up\"");
    dispatch->switched_off =
        metrics_counter(metrics, "slipway_notifier_endpoints_switched_off_total",
                        "Endpoints that were switched off.", "");
}

static int start(struct dispatch *dispatch, struct error *error)
{
    const struct dispatch_options *options = &dispatch->options;
    const struct webhook_options webhooks = {.in_flight_limit = options->in_flight_limit,
                                             .connect_timeout_ms = options->connect_timeout_ms,
                                             .timeout_ms = options->timeout_ms,
                                             .ca_file = options->ca_file,
                                             .allows_loopback = options->allows_loopback,
                                             .secret_key = options->secret_key,
                                             .retry = options->retry};
    int result = in_flight_init(&dispatch->flight, options->in_flight_limit, error);

    if (result == 0)
        result = traffic_new(options->in_flight_limit, &dispatch->traffic, error);
    if (result != 0)
        return result;
    dispatch->outcomes = queue_new((size_t)options->in_flight_limit * 2 + 2);
    if (dispatch->outcomes == NULL)
        return error_set(error, FAULT_HARD, "no memory for the dispatch");
    result = webhook_client_new(&webhooks, &dispatch->webhooks, error);
    if (result != 0)
        return result;
    if (pthread_create(&dispatch->thread, NULL, run, dispatch) != 0)
        return error_set(error, FAULT_HARD, "the dispatch's thread can't be started");
    dispatch->is_running = true;
    return 0;
}

int dispatch_new(const struct dispatch_options *options, struct dispatch **ret_dispatch,
                 struct error *error)
{
    struct dispatch *dispatch = calloc(1, sizeof(*dispatch));
    int result;

    if (dispatch == NULL)
        return error_set(error, FAULT_HARD, "no memory for the dispatch");
    dispatch->options = *options;
    register_metrics(dispatch, options->metrics);
    result = start(dispatch, error);
    if (result != 0) {
        dispatch_free(dispatch);
        return result;
    }
    *ret_dispatch = dispatch;
    return 0;
}

static void drop_outcomes(struct dispatch *dispatch)
{
    void *items[BATCH_MAX];
    size_t count;

    while ((count = queue_take(dispatch->outcomes, items, BATCH_MAX, 0)) > 0)
        settle_taken(dispatch, items, count);
}

void dispatch_free(struct dispatch *dispatch)
{
    if (dispatch == NULL)
        return;
    if (dispatch->is_running) {
        queue_close(dispatch->outcomes);
        (void)pthread_join(dispatch->thread, NULL);
    }
    webhook_client_free(dispatch->webhooks);
    if (dispatch->outcomes != NULL)
        drop_outcomes(dispatch);
    queue_free(dispatch->outcomes);
    traffic_free(dispatch->traffic);
    in_flight_deinit(&dispatch->flight);
    pg_free(dispatch->pg);
    free(dispatch);
}
