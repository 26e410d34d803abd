#include "services/billing/sweeper.h"

#include "lib/base/condition.h"
#include "lib/base/log.h"
#include "services/billing/idempotency_store.h"
#include "services/billing/outbox_store.h"
#include "services/billing/relay.h"

#include <pthread.h>
#include <string.h>

/* Rows that are read, or deleted, at once. */
enum { PAGE = 64, ACKNOWLEDGED_MAX = 1024 };

/* Dead relays swept at a time; more wait for the next look. */
enum { ADOPTED_MAX = 32 };

static const int64_t maintain_interval_ms = INT64_C(3600) * 1000;
static const int64_t statement_timeout_ms = INT64_C(30) * 1000;

struct sweeper {
    struct sweeper_options options;
    char *conninfo;
    struct pg *pg;
    int64_t own_id;
    int64_t adopted[ADOPTED_MAX];
    size_t adopted_count;
    int64_t maintained_at_ms;
    struct metric *backlog, *swept;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t stopping;
    bool is_stopping;
};

/* After a reconnect the lock is gone: taken again, or, when somebody sweeps for us already, a new
 * id. */
static int identify(struct sweeper *sweeper, struct error *error)
{
    bool locked = false;
    int result = 0;

    if (sweeper->own_id != 0)
        result = outbox_store_lock_relay(sweeper->pg, sweeper->own_id, &locked, error);
    if (result == 0 && !locked)
        result = outbox_store_new_relay(sweeper->pg, &sweeper->own_id, error);
    if (result == 0)
        relay_set_id(sweeper->options.relay, sweeper->own_id);
    return result;
}

static int open_session(struct sweeper *sweeper, struct error *error)
{
    const struct pg_options options = {
        .conninfo = sweeper->conninfo,
        .application_name = "slipway-billing-sweeper",
        .statement_timeout_ms = statement_timeout_ms,
        .answer_timeout_ms = statement_timeout_ms,
    };
    int result;

    if (sweeper->pg != NULL)
        return 0;
    sweeper->adopted_count = 0;
    result = pg_new(&options, &sweeper->pg, error);
    return result == 0 ? identify(sweeper, error) : result;
}

static int delete_acknowledged(struct sweeper *sweeper, struct error *error)
{
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = pg_array_new(PG_ARRAY_I64);
    int64_t ids[ACKNOWLEDGED_MAX];
    size_t count;

    if (array == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    count = relay_take_acknowledged(sweeper->options.relay, ids, ARRAY_LENGTH(ids));
    for (size_t i = 0; i < count; ++i)
        pg_array_push_number(array, ids[i]);
    return count == 0 ? 0 : outbox_store_delete(sweeper->pg, array, error);
}

static int sweep(struct sweeper *sweeper, int64_t relay_number, int64_t before_us,
                 struct error *error)
{
    struct relay *relay = sweeper->options.relay;
    int64_t after_id = 0;
    int count = PAGE;

    while (count == PAGE) {
        CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
        int result =
            outbox_store_list(sweeper->pg, relay_number, before_us, after_id, PAGE, &rows, error);

        if (result < 0)
            return result;
        count = pg_rows_count(rows);
        for (int row = 0; row < count; ++row) {
            size_t length;
            const void *messages = pg_rows_bytes(rows, row, 1, &length);

            after_id = pg_rows_i64(rows, row, 0);
            if (relay_holds(relay, after_id))
                continue;
            metric_add(sweeper->swept, 1);
            relay_publish(relay, after_id, messages, length);
        }
    }
    return 0;
}

static bool is_listed(const struct pg_rows *rows, int64_t relay_number)
{
    for (int row = 0; row < pg_rows_count(rows); ++row)
        if (pg_rows_i64(rows, row, 0) == relay_number)
            return true;
    return false;
}

/* Gives up the locks of dead relays whose rows are all gone. */
static int release_finished(struct sweeper *sweeper, const struct pg_rows *listed,
                            struct error *error)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < sweeper->adopted_count;) {
        if (is_listed(listed, sweeper->adopted[i])) {
            ++i;
            continue;
        }
        result = outbox_store_unlock_relay(sweeper->pg, sweeper->adopted[i], error);
        sweeper->adopted[i] = sweeper->adopted[--sweeper->adopted_count];
    }
    return result;
}

static int adopt(struct sweeper *sweeper, int64_t relay_number, bool *ret_adopted,
                 struct error *error)
{
    int result;

    for (size_t i = 0; i < sweeper->adopted_count; ++i) {
        if (sweeper->adopted[i] == relay_number) {
            *ret_adopted = true;
            return 0;
        }
    }
    *ret_adopted = false;
    if (sweeper->adopted_count == ADOPTED_MAX)
        return 0;
    result = outbox_store_lock_relay(sweeper->pg, relay_number, ret_adopted, error);
    if (result == 0 && *ret_adopted)
        sweeper->adopted[sweeper->adopted_count++] = relay_number;
    return result;
}

/* The locks are kept while rows are in flight, so that no third process sends them too. */
static int sweep_dead(struct sweeper *sweeper, int64_t now_us, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *relays = NULL;
    int result = outbox_store_list_relays(sweeper->pg, sweeper->own_id, &relays, error);

    if (result == 0)
        result = release_finished(sweeper, relays, error);
    for (int row = 0; result == 0 && row < pg_rows_count(relays); ++row) {
        const int64_t relay_number = pg_rows_i64(relays, row, 0);
        bool adopted;

        result = adopt(sweeper, relay_number, &adopted, error);
        if (result == 0 && adopted)
            result = sweep(sweeper, relay_number, now_us, error);
    }
    return result;
}

static int maintain(struct sweeper *sweeper, int64_t now_us, struct error *error)
{
    const int64_t now_ms = clock_monotonic_ms();
    int result;

    if (sweeper->maintained_at_ms != 0 && now_ms - sweeper->maintained_at_ms < maintain_interval_ms)
        return 0;
    result =
        idempotency_store_maintain(sweeper->pg, now_us, (int32_t)sweeper->options.keep_days, error);
    if (result == 0)
        sweeper->maintained_at_ms = now_ms;
    return result;
}

static int look(struct sweeper *sweeper, struct error *error)
{
    const int64_t now_us = clock_now_us(sweeper->options.clock);
    int64_t backlog = 0;
    int result = open_session(sweeper, error);

    if (result == 0)
        result = delete_acknowledged(sweeper, error);
    if (result == 0)
        result = sweep_dead(sweeper, now_us, error);
    if (result == 0)
        result =
            sweep(sweeper, sweeper->own_id, now_us - sweeper->options.own_age_ms * 1000, error);
    if (result == 0)
        result = maintain(sweeper, now_us, error);
    if (result == 0)
        result = outbox_store_count(sweeper->pg, &backlog, error);
    if (result == 0)
        metric_set(sweeper->backlog, backlog);
    return result;
}

/* True: the sweeper goes on. */
static bool wait_for_next(struct sweeper *sweeper)
{
    const struct timespec until = condition_deadline_in(sweeper->options.interval_ms);
    int result = 0;
    bool goes_on;

    (void)pthread_mutex_lock(&sweeper->mutex);
    while (!sweeper->is_stopping && result == 0)
        result = pthread_cond_timedwait(&sweeper->stopping, &sweeper->mutex, &until);
    goes_on = !sweeper->is_stopping;
    (void)pthread_mutex_unlock(&sweeper->mutex);
    return goes_on;
}

static void *run(void *context)
{
    struct sweeper *sweeper = context;
    struct error error;

    do {
        if (look(sweeper, &error) == 0)
            continue;
        log_event(LOG_WARNING, NULL, "the outbox could not be swept",
                  LOG_TEXT("error", error.text));
        /* Session locks may be lost: begin with a new session. */
        pg_free(TAKE(sweeper->pg));
    } while (wait_for_next(sweeper));
    if (sweeper->pg != NULL && delete_acknowledged(sweeper, &error) < 0)
        log_event(LOG_WARNING, NULL, "sent rows stay in the outbox", LOG_TEXT("error", error.text));
    return NULL;
}

static void sweeper_destroy(struct sweeper *sweeper)
{
    pg_free(sweeper->pg);
    (void)pthread_cond_destroy(&sweeper->stopping);
    (void)pthread_mutex_destroy(&sweeper->mutex);
    free(sweeper->conninfo);
    free(sweeper);
}

int sweeper_new(const struct sweeper_options *options, struct sweeper **ret_sweeper,
                struct error *error)
{
    struct sweeper *sweeper = calloc(1, sizeof(*sweeper));

    if (sweeper == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    sweeper->options = *options;
    (void)pthread_mutex_init(&sweeper->mutex, NULL);
    condition_init(&sweeper->stopping);
    sweeper->conninfo = strdup(options->conninfo);
    sweeper->backlog = metrics_gauge(options->metrics, "slipway_billing_outbox_rows",
                                     "Rows in the outbox at the sweeper's last look.", "");
    sweeper->swept = metrics_counter(options->metrics, "slipway_billing_swept_rows_total",
                                     "Rows that the sweeper sent.", "");
    if (sweeper->conninfo == NULL || pthread_create(&sweeper->thread, NULL, run, sweeper) != 0) {
        sweeper_destroy(sweeper);
        return error_set(error, FAULT_HARD, "the sweeper can't start");
    }
    *ret_sweeper = sweeper;
    return 0;
}

void sweeper_free(struct sweeper *sweeper)
{
    if (sweeper == NULL)
        return;
    (void)pthread_mutex_lock(&sweeper->mutex);
    sweeper->is_stopping = true;
    (void)pthread_cond_signal(&sweeper->stopping);
    (void)pthread_mutex_unlock(&sweeper->mutex);
    (void)pthread_join(sweeper->thread, NULL);
    sweeper_destroy(sweeper);
}
