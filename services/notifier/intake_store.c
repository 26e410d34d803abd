#include "services/notifier/intake_store.h"

#include <stdlib.h>

/* Endpoints are held against deletion while their deliveries are written. An event is new or
 * changes nothing, so a repeat reaches no endpoint that was made after it. What comes behind a
 * delivery that waits for its next attempt waits as long: the last one of a lane waits as its first
 * does. A chat of which billing has said lately that there is none is not written to. The first of
 * each lane in which nothing waits is leased at once, as the claim would: within the room of its
 * endpoint, of which all that is pending is taken off, and in all. */
static const struct pg_statement store_intake = {
    "intake_write",
    "WITH incoming AS ("
    "  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[],"
    "    $6::text[], $7::text[]) WITH ORDINALITY"
    "    AS e (id, type, user_id, lane, body, first, second, place)),"
    " wanted AS MATERIALIZED ("
    "  SELECT e.place, e.id, e.lane, e.body, p.id AS endpoint_id, p.url, p.sealed_secret,"
    "    CASE WHEN p.previous_ends_at > $8 THEN p.sealed_previous END AS sealed_previous,"
    "    CASE WHEN p.failing_since IS NULL THEN $13 ELSE 1 END AS limit_of"
    "  FROM incoming e"
    "  JOIN notifier.endpoints p ON p.user_id = e.user_id AND p.status = 'enabled'"
    "    AND (p.events = '{}' OR e.type = ANY (p.events)) FOR KEY SHARE OF p),"
    " heard AS ("
    "  SELECT e.id, e.user_id, c.channel, CASE WHEN e.first = ANY (c.names) THEN e.first"
    "    WHEN e.second = ANY (c.names) THEN e.second END AS notice"
    "  FROM incoming e LEFT JOIN notifier.preferences p ON p.user_id = e.user_id"
    "  LEFT JOIN notifier.contacts t ON t.user_id = e.user_id CROSS JOIN LATERAL (VALUES"
    "    ('email', CASE WHEN $9 AND p.email IS NOT NULL THEN p.email_notices END),"
    "    ('telegram', CASE WHEN $10 AND (p.telegram_id IS NOT NULL OR t.telegram_id IS NOT NULL"
    "      OR t.asked_at IS NULL OR t.asked_at < $8 - interval '1 hour')"
    "      THEN coalesce(p.telegram_notices, $11) END)) AS c (channel, names)"
    "  WHERE e.first IS NOT NULL),"
    " kept AS ("
    "  INSERT INTO notifier.events (id, type, body, received_at)"
    "  SELECT e.id, e.type, e.body, $8 FROM incoming e"
    "  WHERE e.id IN (SELECT w.id FROM wanted w)"
    "  OR e.id IN (SELECT h.id FROM heard h WHERE h.notice IS NOT NULL)"
    "  ON CONFLICT DO NOTHING RETURNING id),"
    " noticed AS ("
    "  INSERT INTO notifier.notices (event_id, user_id, channel, notice, next_at, created_at)"
    "  SELECT h.id, h.user_id, h.channel, h.notice, $8, $8 FROM heard h"
    "  JOIN kept k ON k.id = h.id WHERE h.notice IS NOT NULL ON CONFLICT DO NOTHING),"
    " fresh AS MATERIALIZED ("
    "  SELECT DISTINCT ON (w.id, w.endpoint_id) w.* FROM wanted w JOIN kept k ON k.id = w.id"
    "  ORDER BY w.id, w.endpoint_id, w.place),"
    " first_of_lane AS ("
    "  SELECT DISTINCT ON (f.endpoint_id, f.lane) f.endpoint_id, f.lane, f.place, f.limit_of"
    "  FROM fresh f WHERE $12 > 0 ORDER BY f.endpoint_id, f.lane, f.place),"
    " free AS ("
    "  SELECT l.*, row_number() OVER (PARTITION BY l.endpoint_id ORDER BY l.place) AS nth"
    "  FROM first_of_lane l WHERE NOT EXISTS (SELECT 1 FROM notifier.deliveries d"
    "   WHERE d.endpoint_id = l.endpoint_id AND d.lane = l.lane AND d.status = 'pending')),"
    " leased AS MATERIALIZED ("
    "  SELECT o.endpoint_id, o.place FROM free o WHERE o.nth <= o.limit_of - (SELECT count(*)"
    "    FROM (SELECT FROM notifier.deliveries d WHERE d.endpoint_id = o.endpoint_id"
    "     AND d.status = 'pending' LIMIT o.limit_of) AS p)"
    "  ORDER BY o.place LIMIT $12),"
    " stored AS ("
    "  INSERT INTO notifier.deliveries"
    "   (endpoint_id, event_id, lane, attempts, next_at, leased_until, first_at, last_at,"
    "    created_at)"
    "  SELECT f.endpoint_id, f.id, f.lane, (l.place IS NOT NULL)::integer,"
    "   CASE WHEN l.place IS NOT NULL THEN $14 ELSE greatest($8, ("
    "    SELECT CASE WHEN d.leased_until IS NULL THEN d.next_at END FROM notifier.deliveries d"
    "    WHERE d.endpoint_id = f.endpoint_id AND d.lane = f.lane AND d.status = 'pending'"
    "    ORDER BY d.id DESC LIMIT 1)) END,"
    "   CASE WHEN l.place IS NOT NULL THEN $14 END, CASE WHEN l.place IS NOT NULL THEN $8 END,"
    "   CASE WHEN l.place IS NOT NULL THEN $8 END, $8"
    "  FROM fresh f LEFT JOIN leased l ON l.endpoint_id = f.endpoint_id AND l.place = f.place"
    "  ORDER BY f.place, f.endpoint_id ON CONFLICT DO NOTHING"
    "  RETURNING id, endpoint_id, event_id, attempts)"
    " SELECT s.id, s.endpoint_id, s.event_id, f.url, f.body, s.attempts, $8, f.sealed_secret,"
    "  f.sealed_previous FROM stored s LEFT JOIN fresh f ON s.attempts > 0"
    "  AND f.endpoint_id = s.endpoint_id AND f.id = s.event_id ORDER BY s.id",
};

enum { COLUMNS = 7 };

struct intake_batch {
    struct notice_channels channels;
    struct pg_array *columns[COLUMNS];
    /* The notices that go by Telegram where nothing was chosen. */
    struct pg_array *defaults;
};

static bool make_columns(struct intake_batch *batch)
{
    for (size_t i = 0; i < COLUMNS; ++i) {
        batch->columns[i] = pg_array_new(i == 2 ? PG_ARRAY_I64 : PG_ARRAY_TEXT);
        if (batch->columns[i] == NULL)
            return false;
    }
    batch->defaults = pg_array_new(PG_ARRAY_TEXT);
    return batch->defaults != NULL;
}

struct intake_batch *intake_batch_new(const struct notice_channels *channels)
{
    CLEANUP(intake_batch_free_cleanup) struct intake_batch *batch = calloc(1, sizeof(*batch));

    if (batch == NULL || !make_columns(batch))
        return NULL;
    batch->channels = *channels;
    for (size_t i = 0; i < NOTICE_COUNT; ++i)
        if (notice_kinds[i].by_telegram)
            pg_array_push_text(batch->defaults, notice_kinds[i].name);
    return TAKE(batch);
}

void intake_batch_free(struct intake_batch *batch)
{
    if (batch == NULL)
        return;
    for (size_t i = 0; i < COLUMNS; ++i)
        pg_array_free(batch->columns[i]);
    pg_array_free(batch->defaults);
    free(batch);
}

static void push_notice(struct pg_array *column, const struct notice_kind *notice)
{
    if (notice != NULL)
        pg_array_push_text(column, notice->name);
    else
        pg_array_push_null(column);
}

void intake_batch_add(struct intake_batch *batch, const struct event *event, const char *body)
{
    const struct notice_choice notice = notice_of_event(event);

    pg_array_push_text(batch->columns[0], event->id);
    pg_array_push_text(batch->columns[1], event->type);
    pg_array_push_number(batch->columns[2], (int64_t)event->user_id);
    pg_array_push_text(batch->columns[3], event->subject);
    pg_array_push_text(batch->columns[4], body);
    push_notice(batch->columns[5], notice.first);
    push_notice(batch->columns[6], notice.second);
}

static void fill_args(const struct intake_batch *batch, const struct intake_lease *lease,
                      int64_t now_us, struct pg_args *args)
{
    for (size_t i = 0; i < COLUMNS; ++i)
        pg_args_array(args, batch->columns[i]);
    pg_args_time(args, now_us);
    pg_args_bool(args, batch->channels.email);
    pg_args_bool(args, batch->channels.telegram);
    pg_args_array(args, batch->defaults);
    pg_args_i64(args, lease->room);
    pg_args_i64(args, lease->endpoint_limit);
    pg_args_time(args, lease->until_us);
}

int intake_store_write(struct pg *pg, const struct intake_batch *batch,
                       const struct intake_lease *lease, int64_t now_us, struct pg_rows **ret_rows,
                       struct error *error)
{
    struct pg_args args = {0};

    fill_args(batch, lease, now_us, &args);
    return pg_execute(pg, &store_intake, &args, ret_rows, error);
}

int intake_store_queue(struct pg *pg, const struct intake_batch *batch, int64_t now_us,
                       struct error *error)
{
    const struct intake_lease none = {.room = 0};
    struct pg_args args = {0};

    fill_args(batch, &none, now_us, &args);
    return pg_pipeline_queue(pg, &store_intake, &args, error);
}
