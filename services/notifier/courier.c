#include "services/notifier/courier.h"

#include "lib/base/clock.h"
#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "lib/base/queue.h"
#include "services/notifier/backoff.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>

static const int64_t statement_timeout_ms = 10000;
static const int64_t lease_margin_ms = 30000;
/* What is a day old is no news. */
static const int64_t give_up_ms = INT64_C(86400000);

struct courier {
    struct courier_options options;
    /* What wakes it; closed to end it. */
    struct queue *wakes;
    pthread_t thread;
    struct pg *pg;
    struct metric *sent, *retried, *failed, *uncertain;
};

void courier_wake(struct courier *courier)
{
    /* Full: it is woken already. */
    if (queue_put(courier->wakes, courier) != 0)
        return;
}

void courier_retry(struct notice_outcome *outcome, int64_t asked_ms, const char *why)
{
    outcome->fate = NOTICE_RETRIED;
    outcome->next_us = asked_ms > 0 ? clock_now_us(NULL) + asked_ms * 1000 : 0;
    (void)snprintf(outcome->error, sizeof(outcome->error), "%s", why);
}

static void fail(struct notice_outcome *outcome, const char *why)
{
    outcome->fate = NOTICE_FAILED;
    (void)snprintf(outcome->error, sizeof(outcome->error), "%s", why);
}

/* Fills in the chat of a user that has chosen none. False: it could not be found out. */
static bool find_chat(const struct courier *courier, struct notice *notice,
                      struct notice_outcome *outcome)
{
    struct error error = {0};
    int result = 0;

    notice->telegram_id = 0;
    if (courier->options.finder != NULL)
        result =
            user_finder_ask(courier->options.finder, notice->user_id, &notice->telegram_id, &error);
    if (result == 0)
        result = notice_store_put_contact(courier->pg, notice->user_id, notice->telegram_id,
                                          clock_now_us(NULL), &error);
    if (result != 0)
        courier_retry(outcome, 0, error.text);
    return result == 0;
}

/* True: the channel was handed the notice. */
static bool send_notice(const struct courier *courier, struct notice *notice,
                        struct notice_outcome *outcome)
{
    CLEANUP(notice_text_deinit) struct notice_text text = {.subject = {0}};

    if (courier->options.needs_chat && notice->is_chat_unknown &&
        !find_chat(courier, notice, outcome))
        return false;
    if (courier->options.needs_chat && notice->telegram_id == 0)
        fail(outcome, "there is no chat");
    else if (notice->is_too_many)
        fail(outcome, "the user has had as many as may be in a day");
    else if (notice_write(notice->notice, notice->language, notice->body, &text))
        fail(outcome, "its text could not be written");
    else {
        courier->options.send(courier->options.context, notice, &text, outcome);
        return true;
    }
    return false;
}

/* When the channel named no time of its own. */
static void set_wait(const struct courier *courier, int32_t attempts,
                     struct notice_outcome *outcome)
{
    const struct backoff_rule rule = {courier->options.retry_first_ms,
                                      courier->options.retry_longest_ms, give_up_ms};
    const int64_t now_us = clock_now_us(NULL);
    const struct backoff_failure failure = {.attempts = (uint32_t)attempts,
                                            .first_us = now_us,
                                            .now_us = now_us,
                                            .chance = randombytes_random()};

    if (outcome->fate == NOTICE_RETRIED && outcome->next_us == 0 &&
        backoff_next(&rule, &failure, &outcome->next_us))
        outcome->fate = NOTICE_FAILED;
}

static void count(const struct courier *courier, const struct notice_outcome *outcome)
{
    struct metric *const metrics[] = {[NOTICE_SENT] = courier->sent,
                                      [NOTICE_RETRIED] = courier->retried,
                                      [NOTICE_FAILED] = courier->failed,
                                      [NOTICE_UNCERTAIN] = courier->uncertain};

    metric_add(metrics[outcome->fate], 1);
}

static int connect_if_due(struct courier *courier, struct error *error)
{
    const struct pg_options options = {.conninfo = courier->options.conninfo,
                                       .application_name = "slipway-notifier-courier",
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .answer_timeout_ms = statement_timeout_ms + 1000};

    return courier->pg != NULL ? 0 : pg_new(&options, &courier->pg, error);
}

/* One notice. *ret_found: there was one. */
static int send_next(struct courier *courier, bool *ret_found, struct error *error)
{
    const int64_t now_us = clock_now_us(NULL);
    const struct notice_claim claim = {
        .channel = courier->options.channel,
        .now_us = now_us,
        .lease_us = now_us + (courier->options.send_limit_ms + lease_margin_ms) * 1000,
        .not_before_us = now_us - give_up_ms * 1000,
        .daily_limit = courier->options.daily_limit};
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct notice_outcome outcome = {.fate = NOTICE_FAILED};
    struct notice notice;
    bool was_handed;
    int result = notice_store_claim(courier->pg, &claim, &rows, error);

    if (result != 0)
        return result;
    *ret_found = pg_rows_count(rows) > 0;
    if (!*ret_found)
        return 0;
    notice_store_row(rows, &notice);
    crash_point("notifier_before_notice");
    was_handed = send_notice(courier, &notice, &outcome);
    crash_point("notifier_after_notice");
    set_wait(courier, notice.attempts, &outcome);
    count(courier, &outcome);
    result = notice_store_settle(courier->pg, notice.id, &outcome, clock_now_us(NULL), error);
    if (was_handed && courier->options.pause_ms > 0)
        clock_sleep_ms(courier->options.pause_ms);
    return result;
}

static void *run(void *context)
{
    struct courier *courier = context;
    void *woken;

    while (!queue_is_closed(courier->wakes)) {
        struct error error = {0};
        bool found = false;
        int result = connect_if_due(courier, &error);

        if (result == 0)
            result = send_next(courier, &found, &error);
        if (result != 0)
            log_event(LOG_WARNING, NULL, "notices could not be sent",
                      LOG_TEXT("channel", courier->options.channel),
                      LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error.text));
        if (!found || result != 0)
            (void)queue_take(courier->wakes, &woken, 1, courier->options.interval_ms);
    }
    return NULL;
}

static struct metric *counter(const struct courier_options *options, const char *outcome)
{
    char labels[96];

    (void)snprintf(labels, sizeof(labels), "channel=\"%s\",outcome=\"%s\"", options->channel,
                   outcome);
    return metrics_counter(options->metrics, "slipway_notifier_notices_total",
                           "Notices handed to a channel, by what became of them.", labels);
}

int courier_new(const struct courier_options *options, struct courier **ret_courier,
                struct error *error)
{
    struct courier *courier = calloc(1, sizeof(*courier));

    if (courier == NULL)
        return error_set(error, FAULT_HARD, "no memory for a courier");
    courier->options = *options;
    courier->sent = counter(options, "sent");
    courier->retried = counter(options, "retried");
    courier->failed = counter(options, "failed");
    courier->uncertain = counter(options, "uncertain");
    courier->wakes = queue_new(1);
    if (courier->wakes == NULL || pthread_create(&courier->thread, NULL, run, courier) != 0) {
        queue_free(courier->wakes);
        free(courier);
        return error_set(error, FAULT_HARD, "a courier's thread can't be started");
    }
    *ret_courier = courier;
    return 0;
}

void courier_free(struct courier *courier)
{
    void *left;

    if (courier == NULL)
        return;
    queue_close(courier->wakes);
    (void)pthread_join(courier->thread, NULL);
    while (queue_take(courier->wakes, &left, 1, 0) > 0)
        ;
    queue_free(courier->wakes);
    pg_free(courier->pg);
    free(courier);
}
