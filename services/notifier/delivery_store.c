#include "services/notifier/delivery_store.h"

#include "lib/pg/transaction.h"

#include "services/notifier/intake_store.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

/* Steps from endpoint to endpoint that something waits for; those come in any order, so that none
 * is always the last one when there is no room for all. Of an endpoint a bounded number is looked
 * at: what waits for one before it is passed over. Where two processes choose the same, the second
 * finds its time moved. */
static const struct pg_statement claim_due = {
    "delivery_claim",
    "WITH RECURSIVE waited_for AS ("
    "  (SELECT endpoint_id FROM notifier.deliveries WHERE status = 'pending'"
    "   ORDER BY endpoint_id LIMIT 1)"
    "  UNION ALL SELECT (SELECT d.endpoint_id FROM notifier.deliveries d"
    "    WHERE d.status = 'pending' AND d.endpoint_id > w.endpoint_id"
    "    ORDER BY d.endpoint_id LIMIT 1) FROM waited_for w WHERE w.endpoint_id IS NOT NULL),"
    " open AS MATERIALIZED ("
    "  SELECT e.id, CASE WHEN e.failing_since IS NULL THEN $2 ELSE 1 END"
    "    - coalesce(b.number, 0) AS room"
    "  FROM waited_for w JOIN notifier.endpoints e ON e.id = w.endpoint_id"
    "  LEFT JOIN unnest($5::bigint[], $6::integer[]) AS b (id, number) ON b.id = e.id"
    "  WHERE e.status = 'enabled' ORDER BY random()),"
    " chosen AS MATERIALIZED ("
    "  SELECT c.id FROM open o CROSS JOIN LATERAL ("
    "    SELECT d.id FROM (SELECT l.id, l.endpoint_id, l.lane FROM notifier.deliveries l"
    "      WHERE l.endpoint_id = o.id AND l.status = 'pending' AND l.next_at <= $1"
    "      ORDER BY l.id LIMIT 256) d"
    "    WHERE NOT EXISTS ("
    "      SELECT 1 FROM notifier.deliveries b WHERE b.endpoint_id = d.endpoint_id"
    "      AND b.lane = d.lane AND b.status = 'pending' AND b.id < d.id)"
    "    ORDER BY d.id LIMIT o.room) c WHERE o.room > 0 LIMIT $3)"
    " UPDATE notifier.deliveries d SET attempts = d.attempts + 1, leased_until = $4,"
    "  next_at = $4, first_at = coalesce(d.first_at, $1), last_at = $1"
    " FROM chosen c, notifier.endpoints e, notifier.events v"
    " WHERE d.id = c.id AND d.status = 'pending' AND d.next_at <= $1 AND e.id = d.endpoint_id"
    " AND v.id = d.event_id"
    " RETURNING d.id, d.endpoint_id, d.event_id, e.url, v.body, d.attempts, d.first_at,"
    "  e.sealed_secret, CASE WHEN e.previous_ends_at > $1 THEN e.sealed_previous END",
};

#define OUTCOMES                                                                                   \
    "WITH o AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[],"       \
    " $5::timestamptz[], $6::integer[], $7::text[], $8::boolean[])"                                \
    " AS o (id, endpoint_id, attempts, status, next_at, http, error, gone)) "

static const struct pg_statement settle = {
    "delivery_settle",
    OUTCOMES "UPDATE notifier.deliveries d SET status = o.status::notifier.delivery_status,"
             " next_at = o.next_at, leased_until = NULL, last_status = o.http, last_error = o.error"
             " FROM o WHERE d.id = o.id AND d.attempts = o.attempts AND d.status = 'pending'"
             " AND d.leased_until IS NOT NULL",
};

static const struct pg_statement hold_back = {
    "delivery_hold_back",
    OUTCOMES
    "UPDATE notifier.deliveries b SET next_at = d.next_at"
    " FROM o JOIN notifier.deliveries d ON d.id = o.id"
    " WHERE o.status = 'pending' AND d.status = 'pending' AND b.endpoint_id = d.endpoint_id"
    " AND b.lane = d.lane AND b.id > d.id AND b.status = 'pending' AND b.leased_until IS NULL"
    " AND b.next_at < d.next_at AND num_nonnulls($5, $6, $7, $8) = 4",
};

static const struct pg_statement judge_endpoints = {
    "delivery_judge",
    OUTCOMES
    ", s AS (SELECT endpoint_id, bool_or(status = 'delivered') AS works, bool_or(gone) AS gone"
    "  FROM o GROUP BY endpoint_id),"
    " judged AS (UPDATE notifier.endpoints e SET"
    "  failing_since = CASE WHEN s.works THEN NULL ELSE coalesce(e.failing_since, $9) END,"
    "  status = CASE WHEN s.gone OR (NOT s.works AND e.failing_since < $10)"
    "    THEN 'disabled' ELSE 'enabled' END::notifier.endpoint_status,"
    "  disabled_reason = CASE WHEN s.gone THEN 'gone'"
    "    WHEN NOT s.works AND e.failing_since < $10 THEN 'failing' END"
    "  FROM s WHERE e.id = s.endpoint_id AND e.status = 'enabled'"
    "  AND (NOT s.works OR s.gone OR e.failing_since IS NOT NULL)"
    "  RETURNING e.id, e.disabled_reason, e.user_id, e.url)"
    " SELECT id, disabled_reason, user_id, url FROM judged WHERE disabled_reason IS NOT NULL",
};

/* What is on its way ends by itself. */
static const struct pg_statement drop_waiting = {
    "delivery_drop_waiting",
    "UPDATE notifier.deliveries d SET status = 'failed',"
    " last_error = 'the endpoint was switched off'"
    " FROM notifier.endpoints e WHERE e.id = ANY ($1::bigint[]) AND e.status = 'disabled'"
    " AND d.endpoint_id = e.id AND d.status = 'pending' AND d.leased_until IS NULL",
};

static const struct pg_statement prune = {
    "delivery_prune",
    "DELETE FROM notifier.events WHERE id IN (SELECT v.id FROM notifier.events v"
    " WHERE v.received_at < $1 AND NOT EXISTS (SELECT 1 FROM notifier.deliveries d"
    "  WHERE d.event_id = v.id AND d.status = 'pending') ORDER BY v.received_at LIMIT $2)",
};

enum { OUTCOME_COLUMNS = 8 };

/* ---- out ---- */

int delivery_store_claim(struct pg *pg, const struct delivery_claim *claim,
                         const struct in_flight *flight, struct pg_rows **ret_rows,
                         struct error *error)
{
    CLEANUP(pg_array_free_cleanup) struct pg_array *ids = pg_array_new(PG_ARRAY_I64);
    CLEANUP(pg_array_free_cleanup) struct pg_array *numbers = pg_array_new(PG_ARRAY_I32);
    struct pg_args args = {0};

    if (ids == NULL || numbers == NULL)
        return error_set(error, FAULT_RETRY, "no memory for a claim");
    for (size_t i = 0; i < flight->count; ++i) {
        pg_array_push_number(ids, flight->endpoint_ids[i]);
        pg_array_push_number(numbers, flight->numbers[i]);
    }
    pg_args_time(&args, claim->now_us);
    pg_args_i64(&args, claim->endpoint_limit);
    pg_args_i64(&args, claim->room);
    pg_args_time(&args, claim->lease_us);
    pg_args_array(&args, ids);
    pg_args_array(&args, numbers);
    return pg_execute(pg, &claim_due, &args, ret_rows, error);
}

bool delivery_store_row_is_leased(const struct pg_rows *rows, int row)
{
    return pg_rows_i64(rows, row, 5) > 0;
}

void delivery_store_row(const struct pg_rows *rows, int row, struct delivery *ret_delivery)
{
    ret_delivery->id = pg_rows_i64(rows, row, 0);
    ret_delivery->endpoint_id = pg_rows_i64(rows, row, 1);
    ret_delivery->event_id = pg_rows_text(rows, row, 2);
    ret_delivery->url = pg_rows_text(rows, row, 3);
    ret_delivery->body = pg_rows_text(rows, row, 4);
    ret_delivery->attempts = (int32_t)pg_rows_i64(rows, row, 5);
    ret_delivery->first_us = pg_rows_time_us(rows, row, 6);
    ret_delivery->sealed_secret = pg_rows_bytes(rows, row, 7, &ret_delivery->secret_length);
    ret_delivery->previous_length = 0;
    ret_delivery->sealed_previous = NULL;
    if (!pg_rows_is_null(rows, row, 8))
        ret_delivery->sealed_previous = pg_rows_bytes(rows, row, 8, &ret_delivery->previous_length);
}

/* ---- what became of it ---- */

struct settlement {
    const struct delivery_judgement *rule;
    /* Something was not delivered. */
    bool has_failures;
    struct pg_array *columns[OUTCOME_COLUMNS];
    struct pg_rows *switched_off;
};

static void settlement_deinit(struct settlement *settlement)
{
    for (size_t i = 0; i < OUTCOME_COLUMNS; ++i)
        pg_array_free(settlement->columns[i]);
    pg_rows_free(settlement->switched_off);
}

static const char *status_of(enum delivery_fate fate)
{
    if (fate == DELIVERY_DELIVERED)
        return "delivered";
    return fate == DELIVERY_RETRIED ? "pending" : "failed";
}

static void add_outcome(struct settlement *settlement, const struct delivery_outcome *outcome)
{
    struct pg_array *const *columns = settlement->columns;
    const bool is_retried = outcome->fate == DELIVERY_RETRIED;

    settlement->has_failures |= outcome->fate != DELIVERY_DELIVERED;
    pg_array_push_number(columns[0], outcome->id);
    pg_array_push_number(columns[1], outcome->endpoint_id);
    pg_array_push_number(columns[2], outcome->attempts);
    pg_array_push_text(columns[3], status_of(outcome->fate));
    pg_array_push_number(columns[4], is_retried ? outcome->next_us : settlement->rule->now_us);
    if (outcome->http_status != 0)
        pg_array_push_number(columns[5], outcome->http_status);
    else
        pg_array_push_null(columns[5]);
    if (outcome->error != NULL)
        pg_array_push_text(columns[6], outcome->error);
    else
        pg_array_push_null(columns[6]);
    pg_array_push_number(columns[7], outcome->fate == DELIVERY_GONE);
}

static int queue(struct pg *pg, const struct pg_statement *statement,
                 const struct settlement *settlement, struct error *error)
{
    struct pg_args args = {0};

    for (size_t i = 0; i < OUTCOME_COLUMNS; ++i)
        pg_args_array(&args, settlement->columns[i]);
    if (statement == &judge_endpoints) {
        pg_args_time(&args, settlement->rule->now_us);
        pg_args_time(&args, settlement->rule->failing_before_us);
    }
    return pg_pipeline_queue(pg, statement, &args, error);
}

/* Told as an event of its own, to the user's other endpoints and in words. */
static bool add_switched_off(const struct pg_rows *rows, int row, int64_t now_us,
                             struct intake_batch *batch)
{
    CLEANUP(buffer_deinit) struct buffer body = {.limit = EVENT_BODY_LIMIT};
    Slipway__V1__WebhookEvent data = SLIPWAY__V1__WEBHOOK_EVENT__INIT;
    struct event event = {.type = event_disabled_type, .time_us = now_us, .data = &data.base};
    unsigned char id[16];

    data.endpoint_id = (uint64_t)pg_rows_i64(rows, row, 0);
    data.reason = event_lend(pg_rows_text(rows, row, 1));
    data.user_id = event.user_id = (uint64_t)pg_rows_i64(rows, row, 2);
    data.url = event_lend(pg_rows_text(rows, row, 3));
    randombytes_buf(id, sizeof(id));
    (void)sodium_bin2hex(event.id, sizeof(event.id), id, sizeof(id));
    (void)snprintf(event.subject, sizeof(event.subject), "webhook:%" PRIu64, data.endpoint_id);
    event_render(&event, &body);
    if (!body.overflown)
        intake_batch_add(batch, &event, body.data);
    return body.overflown;
}

static int tell_switched_off(struct pg *pg, const struct settlement *settlement,
                             struct error *error)
{
    const struct pg_rows *rows = settlement->switched_off;
    const int64_t now_us = settlement->rule->now_us;
    CLEANUP(intake_batch_free_cleanup)
    struct intake_batch *batch = NULL;

    if (pg_rows_count(rows) == 0)
        return 0;
    batch = intake_batch_new(&settlement->rule->channels);
    for (int row = 0; row < pg_rows_count(rows); ++row)
        if (batch == NULL || add_switched_off(rows, row, now_us, batch))
            return error_set(error, FAULT_RETRY, "no memory for an event");
    return intake_store_queue(pg, batch, now_us, error);
}

/* What failures bring with them: others are held back, endpoints switched off. */
static int queue_consequences(struct pg *pg, const struct settlement *settlement,
                              struct error *error)
{
    struct pg_args args = {0};
    int result = queue(pg, &hold_back, settlement, error);

    pg_args_array(&args, settlement->columns[1]);
    return result == 0 ? pg_pipeline_queue(pg, &drop_waiting, &args, error) : result;
}

static int settle_work(struct pg *pg, void *context, struct error *error)
{
    struct settlement *settlement = context;
    const int extra_count = settlement->has_failures ? 2 : 0;
    int result = queue(pg, &settle, settlement, error);

    pg_rows_free(TAKE(settlement->switched_off));
    if (result == 0)
        result = queue(pg, &judge_endpoints, settlement, error);
    if (result == 0 && settlement->has_failures)
        result = queue_consequences(pg, settlement, error);
    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    if (result == 0)
        result = pg_pipeline_take(pg, NULL, error);
    if (result == 0)
        result = pg_pipeline_take(pg, &settlement->switched_off, error);
    for (int i = 0; result == 0 && i < extra_count; ++i)
        result = pg_pipeline_take(pg, NULL, error);
    return result == 0 ? tell_switched_off(pg, settlement, error) : result;
}

int delivery_store_settle(struct pg *pg, const struct delivery_outcome *outcomes, size_t count,
                          const struct delivery_judgement *rule, struct pg_rows **ret_rows,
                          struct error *error)
{
    static const enum pg_array_type types[OUTCOME_COLUMNS] = {
        PG_ARRAY_I64,  PG_ARRAY_I64, PG_ARRAY_I32,  PG_ARRAY_TEXT,
        PG_ARRAY_TIME, PG_ARRAY_I32, PG_ARRAY_TEXT, PG_ARRAY_BOOL};
    const struct pg_transaction_options options = {
        .attempts = 3, .first_wait_ms = 20, .longest_wait_ms = 500, .idempotent = true};
    CLEANUP(settlement_deinit) struct settlement settlement = {.rule = rule};
    int result;

    for (size_t i = 0; i < OUTCOME_COLUMNS; ++i) {
        settlement.columns[i] = pg_array_new(types[i]);
        if (settlement.columns[i] == NULL)
            return error_set(error, FAULT_RETRY, "no memory for outcomes");
    }
    for (size_t i = 0; i < count; ++i)
        add_outcome(&settlement, &outcomes[i]);
    result = pg_transaction(pg, &options, settle_work, &settlement, error);
    if (result == 0)
        *ret_rows = TAKE(settlement.switched_off);
    return result;
}

int delivery_store_prune(struct pg *pg, int64_t before_us, int64_t limit, struct error *error)
{
    struct pg_args args = {0};

    pg_args_time(&args, before_us);
    pg_args_i64(&args, limit);
    return pg_execute(pg, &prune, &args, NULL, error);
}
