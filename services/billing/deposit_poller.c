#include "services/billing/deposit_poller.h"

#include "lib/base/log.h"
#include "lib/base/queue.h"
#include "services/billing/deposit_poll_store.h"
#include "services/billing/own_command.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const int64_t statement_timeout_ms = 5000;
static const int64_t us_per_ms = 1000;

/* What a look has found, for the metric. */
enum outcome {
    OUTCOME_OPEN,
    OUTCOME_NEWS,
    OUTCOME_NOT_FOUND,
    OUTCOME_FAILED,
    OUTCOME_RESUMED,
    OUTCOME_COUNT,
};

static const char *const outcome_names[OUTCOME_COUNT] = {"open", "news", "not_found", "failed",
                                                         "resumed"};

struct deposit_poller {
    struct deposit_poller_options options;
    /* Never filled: closed to end the thread's sleep. */
    struct queue *stop;
    pthread_t thread;
    bool is_running;
    struct pg *pg;
    atomic_llong open;
    struct metric *looks[OUTCOME_COUNT];
};

/* One deposit that is asked after. */
struct look {
    struct deposit_poller *poller;
    struct trace trace;
    struct deposit_order order;
    bool has_ended;
};

static void end(struct look *look, enum outcome outcome)
{
    metric_add(look->poller->looks[outcome], 1);
    atomic_fetch_sub(&look->poller->open, 1);
    free(look);
}

static void settled(void *context, const Slipway__V1__Answer *answer)
{
    end(context, answer->status == 200 ? OUTCOME_NEWS : OUTCOME_FAILED);
}

static void settle(struct look *look, const struct provider_invoice *invoice)
{
    Slipway__V1__Command *command =
        own_command_settle(&look->order, invoice, look->trace.request_id, look->trace.traceparent);

    if (command != NULL &&
        writer_submit_own(look->poller->options.writer, command, settled, look) == 0)
        return;
    if (command != NULL)
        slipway__v1__command__free_unpacked(command, NULL);
    end(look, OUTCOME_FAILED);
}

static void told(void *context, int outcome, const struct provider_invoice *invoice,
                 const struct error *error)
{
    static const struct provider_invoice gone = {.state = PROVIDER_EXPIRED};
    struct look *look = context;

    if (outcome == PROVIDER_NOT_FOUND && look->has_ended) {
        /* Providers forget what nobody has paid. */
        settle(look, &gone);
    } else if (outcome == PROVIDER_NOT_FOUND) {
        end(look, OUTCOME_NOT_FOUND);
    } else if (outcome != 0) {
        log_event(LOG_WARNING, &look->trace, "a provider could not be asked after a deposit",
                  LOG_TEXT("provider", look->order.provider->name),
                  LOG_NUMBER("deposit_id", look->order.id), LOG_TEXT("error", error->text));
        end(look, OUTCOME_FAILED);
    } else if (invoice->state == PROVIDER_OPEN && invoice->paid_cents == 0 && !look->has_ended) {
        end(look, OUTCOME_OPEN);
    } else {
        settle(look, invoice);
    }
}

static void ask(struct deposit_poller *poller, const struct deposit *deposit, int64_t now_us)
{
    struct look *look = calloc(1, sizeof(*look));
    struct error error = {.text = ""};
    int result;

    if (look == NULL)
        return;
    look->poller = poller;
    look->has_ended = now_us > deposit->expires_at_us;
    trace_begin(NULL, NULL, &look->trace);
    deposit_order_of(deposit, &look->order);
    atomic_fetch_add(&poller->open, 1);
    result = provider_client_ask(poller->options.client, PROVIDER_FIND, &look->order,
                                 poller->options.terms->provider_timeout_ms, told, look, &error);
    if (result != 0)
        told(look, result, NULL, &error);
}

static void resume(struct deposit_poller *poller, const struct deposit *deposit)
{
    struct deposit_order order;

    deposit_order_of(deposit, &order);
    metric_add(poller->looks[OUTCOME_RESUMED], 1);
    invoicer_resume(poller->options.invoicer, &order);
}

/* When somebody is to look again, should this look come to nothing. */
static void plan(void *context, struct deposit *deposit)
{
    const struct deposit_poller *poller = context;
    const struct deposit_terms *terms = poller->options.terms;
    const int64_t now_us = clock_now_us(poller->options.clock);

    ++deposit->tries;
    if (deposit->status != DEPOSIT_CREATING) {
        deposit->due_at_us =
            deposit_next_look_us(&terms->schedule, deposit, now_us, randombytes_random());
        return;
    }
    randombytes_buf(&deposit->lease, sizeof(deposit->lease));
    deposit->leased_until_us = now_us + terms->lease_ms * us_per_ms;
    deposit->due_at_us = deposit->leased_until_us + deposit_retry_wait_us(deposit->tries);
}

static int connect_if_due(struct deposit_poller *poller, struct error *error)
{
    const struct pg_options options = {.conninfo = poller->options.conninfo,
                                       .application_name = "slipway-billing-deposits",
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .answer_timeout_ms = statement_timeout_ms + 1000};

    return poller->pg != NULL ? 0 : pg_new(&options, &poller->pg, error);
}

static int look_around(struct deposit_poller *poller, struct error *error)
{
    CLEANUP(deposit_rows_deinit) struct deposit_rows due = {0};
    const int64_t now_us = clock_now_us(poller->options.clock);
    const int64_t limit = poller->options.limit - atomic_load(&poller->open);
    int result = connect_if_due(poller, error);

    if (result == 0 && limit > 0)
        result = deposit_poll_store_take(poller->pg, now_us, limit, plan, poller, &due, error);
    for (size_t i = 0; result == 0 && i < due.count; ++i) {
        const struct deposit *deposit = &due.deposits[i];

        if (provider_find(deposit->provider) == NULL)
            continue;
        if (deposit->status == DEPOSIT_CREATING)
            resume(poller, deposit);
        else
            ask(poller, deposit, now_us);
    }
    return result;
}

static void *run(void *context)
{
    struct deposit_poller *poller = context;
    struct error error = {.text = ""};
    void *nothing;

    while (!queue_is_closed(poller->stop)) {
        (void)queue_take(poller->stop, &nothing, 1, poller->options.interval_ms);
        if (!queue_is_closed(poller->stop) && look_around(poller, &error) < 0)
            log_event(LOG_WARNING, NULL, "deposits could not be looked at",
                      LOG_TEXT("error", error.text));
    }
    return NULL;
}

static void register_metrics(struct deposit_poller *poller)
{
    char labels[48];

    for (size_t i = 0; i < OUTCOME_COUNT; ++i) {
        (void)snprintf(labels, sizeof(labels), "outcome=\"%s\"", outcome_names[i]);
        poller->looks[i] =
            metrics_counter(poller->options.metrics, "slipway_billing_deposit_looks_total",
                            "Looks at deposits that were due.", labels);
    }
}

int deposit_poller_new(const struct deposit_poller_options *options,
                       struct deposit_poller **ret_poller, struct error *error)
{
    struct deposit_poller *poller = calloc(1, sizeof(*poller));

    if (poller == NULL)
        return error_set(error, FAULT_HARD, "no memory for the poller");
    poller->options = *options;
    register_metrics(poller);
    poller->stop = queue_new(1);
    poller->is_running =
        poller->stop != NULL && pthread_create(&poller->thread, NULL, run, poller) == 0;
    if (!poller->is_running) {
        deposit_poller_free(poller);
        return error_set(error, FAULT_HARD, "the poller can't be started");
    }
    *ret_poller = poller;
    return 0;
}

void deposit_poller_stop(struct deposit_poller *poller)
{
    if (!poller->is_running)
        return;
    queue_close(poller->stop);
    (void)pthread_join(poller->thread, NULL);
    poller->is_running = false;
}

void deposit_poller_free(struct deposit_poller *poller)
{
    if (poller == NULL)
        return;
    deposit_poller_stop(poller);
    queue_free(poller->stop);
    pg_free(poller->pg);
    free(poller);
}
