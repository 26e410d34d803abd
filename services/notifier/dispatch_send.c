#include "services/notifier/dispatch_private.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

/* From the end of an attempt to its outcome in PostgreSQL. */
static const int64_t settle_margin_ms = 20000;

static void note_outcome(void *context, const struct delivery_outcome *outcome)
{
    struct result *result = context;

    result->outcome = *outcome;
    if (outcome->error != NULL) {
        (void)snprintf(result->text, sizeof(result->text), "%s", outcome->error);
        result->outcome.error = result->text;
    }
    /* Closed: its lease ends by itself. */
    if (queue_put(result->dispatch->outcomes, result) != 0)
        free(result);
}

/* What can't be sent at all is a failed attempt, which waits its time. */
static void note_unsent(struct result *result, const struct delivery *delivery,
                        const struct error *error)
{
    const struct backoff_failure failure = {.attempts = (uint32_t)delivery->attempts,
                                            .first_us = delivery->first_us,
                                            .now_us = clock_now_us(NULL)};
    struct delivery_outcome outcome = {.id = delivery->id,
                                       .endpoint_id = delivery->endpoint_id,
                                       .attempts = delivery->attempts,
                                       .error = error->text};

    outcome.fate = backoff_next(&result->dispatch->options.retry, &failure, &outcome.next_us)
                       ? DELIVERY_GIVEN_UP
                       : DELIVERY_RETRIED;
    note_outcome(result, &outcome);
}

/* One for which there is room. */
static void send_one(struct dispatch *dispatch, const struct delivery *delivery)
{
    struct result *result = malloc(sizeof(*result));
    struct error error = {0};

    /* It comes again when its lease ends. */
    if (result == NULL) {
        traffic_give_back(dispatch->traffic, 1);
        return;
    }
    result->dispatch = dispatch;
    traffic_begin(dispatch->traffic, delivery->endpoint_id);
    if (webhook_send(dispatch->webhooks, delivery, note_outcome, result, &error) != 0)
        note_unsent(result, delivery, &error);
}

static int64_t lease_until_us(const struct dispatch *dispatch, int64_t now_us)
{
    return now_us + (dispatch->options.timeout_ms + settle_margin_ms) * 1000;
}

struct intake_lease dispatch_reserve(struct dispatch *dispatch, int64_t wanted, int64_t timeout_ms)
{
    const int64_t room = traffic_reserve(dispatch->traffic, wanted, timeout_ms);

    return (struct intake_lease){.room = room,
                                 .endpoint_limit = dispatch->options.endpoint_limit,
                                 .until_us = lease_until_us(dispatch, clock_now_us(NULL))};
}

void dispatch_take_over(struct dispatch *dispatch, const struct pg_rows *rows, int64_t room)
{
    struct delivery delivery;
    int64_t sent = 0, left = 0;

    for (int row = 0; rows != NULL && row < pg_rows_count(rows); ++row) {
        if (delivery_store_row_is_leased(rows, row)) {
            delivery_store_row(rows, row, &delivery);
            send_one(dispatch, &delivery);
            ++sent;
        } else {
            ++left;
        }
    }
    traffic_give_back(dispatch->traffic, room - sent);
    if (left == 0)
        return;
    traffic_leave(dispatch->traffic, left);
    dispatch_wake(dispatch);
}

static int claim_due(struct dispatch *dispatch, int64_t room, struct pg_rows **ret_rows,
                     struct error *error)
{
    const int64_t now_us = clock_now_us(NULL);
    const struct delivery_claim claim = {.now_us = now_us,
                                         .lease_us = lease_until_us(dispatch, now_us),
                                         .endpoint_limit = dispatch->options.endpoint_limit,
                                         .room = room};

    traffic_copy(dispatch->traffic, &dispatch->flight);
    return delivery_store_claim(dispatch->pg, &claim, &dispatch->flight, ret_rows, error);
}

static int send_due(struct dispatch *dispatch, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    const int64_t room = traffic_reserve(dispatch->traffic, dispatch->options.in_flight_limit, 0);
    struct delivery delivery;
    int result = 0;

    if (room == 0)
        return 0;
    result = claim_due(dispatch, room, &rows, error);
    if (result != 0) {
        traffic_give_back(dispatch->traffic, room);
        return result;
    }
    traffic_give_back(dispatch->traffic, room - pg_rows_count(rows));
    traffic_find(dispatch->traffic, pg_rows_count(rows), room);
    dispatch->has_found = pg_rows_count(rows) > 0;
    for (int row = 0; row < pg_rows_count(rows); ++row) {
        delivery_store_row(rows, row, &delivery);
        send_one(dispatch, &delivery);
    }
    return 0;
}

/* Most deliveries are leased as they are stored, so that often there is nothing to look for. */
int dispatch_send_due(struct dispatch *dispatch, struct error *error)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (!atomic_exchange(&dispatch->is_asked, false) && !dispatch->has_found &&
        !traffic_has_left(dispatch->traffic) && now_ms < dispatch->look_due_ms)
        return 0;
    dispatch->look_due_ms = now_ms + dispatch->options.interval_ms;
    return send_due(dispatch, error);
}
