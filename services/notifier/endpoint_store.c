#include "services/notifier/endpoint_store.h"

#include "lib/pg/transaction.h"
#include "services/notifier/event.h"

#include <string.h>

/* One user's creations wait for each other, so that together they don't pass the bound: the lock is
 * a statement of its own, for the next one to see what the one before it has committed. */
static const struct pg_statement lock_user = {"endpoint_lock_user",
                                              "SELECT pg_advisory_xact_lock(1853189999, $1)"};
static const struct pg_statement create = {
    "endpoint_create",
    "INSERT INTO notifier.endpoints (user_id, url, events, sealed_secret, created_at)"
    " SELECT $1, $2, $3::text[], $4, $5"
    " WHERE (SELECT count(*) FROM notifier.endpoints WHERE user_id = $1) < $6 RETURNING id",
};

/* No type's name holds a space. */
#define ENDPOINT_COLUMNS                                                                           \
    "SELECT id, user_id, url, array_to_string(events, ' '), status::text,"                         \
    " coalesce(disabled_reason, ''), created_at,"                                                  \
    " CASE WHEN previous_ends_at > now() THEN previous_ends_at END FROM notifier.endpoints"

static const struct pg_statement list = {
    "endpoint_list", ENDPOINT_COLUMNS
    " WHERE ($1::bigint = 0 OR user_id = $1) AND id < $2 ORDER BY id DESC LIMIT $3"};
static const struct pg_statement find = {"endpoint_find", ENDPOINT_COLUMNS
                                         " WHERE ($1::bigint = 0 OR user_id = $1) AND id = $2"};
static const struct pg_statement delete = {
    "endpoint_delete", "DELETE FROM notifier.endpoints WHERE ($1::bigint = 0 OR user_id = $1)"
                       " AND id = $2 RETURNING id"};
static const struct pg_statement rotate = {
    "endpoint_rotate",
    "UPDATE notifier.endpoints SET sealed_previous = sealed_secret, previous_ends_at = $4,"
    " sealed_secret = $3 WHERE ($1::bigint = 0 OR user_id = $1) AND id = $2 RETURNING id"};

#define DELIVERY_COLUMNS                                                                           \
    "SELECT d.id, d.event_id, v.type, d.status::text, d.attempts, d.last_status,"                  \
    " coalesce(d.last_error, ''), d.created_at, d.last_at,"                                        \
    " CASE WHEN d.status = 'pending' THEN d.next_at END"                                           \
    " FROM notifier.deliveries d JOIN notifier.events v ON v.id = d.event_id"

static const struct pg_statement list_deliveries = {
    "endpoint_list_deliveries",
    DELIVERY_COLUMNS " WHERE d.endpoint_id = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT $3"};
static const struct pg_statement find_delivery = {"endpoint_find_delivery", DELIVERY_COLUMNS
                                                  " WHERE d.endpoint_id = $1 AND d.id = $2"};

static const struct pg_statement test_endpoint = {
    "endpoint_test",
    "WITH p AS (SELECT id, status FROM notifier.endpoints"
    "  WHERE ($1::bigint = 0 OR user_id = $1) AND id = $2 FOR KEY SHARE),"
    " v AS (INSERT INTO notifier.events (id, type, body, received_at)"
    "  SELECT $3, $4, $5, $6 FROM p WHERE p.status = 'enabled' RETURNING id),"
    " d AS (INSERT INTO notifier.deliveries (endpoint_id, event_id, lane, next_at, created_at)"
    "  SELECT p.id, v.id, v.id, $6, $6 FROM p, v RETURNING id)"
    " SELECT (SELECT id FROM d) FROM p",
};

/* What is found, and what was changed. */
static const struct pg_statement redeliver = {
    "endpoint_redeliver",
    "WITH p AS (SELECT e.id, e.status FROM notifier.endpoints e"
    "  WHERE ($1::bigint = 0 OR e.user_id = $1) AND e.id = $2),"
    " d AS (UPDATE notifier.deliveries d SET status = 'pending', attempts = 0, next_at = $4,"
    "  first_at = NULL, leased_until = NULL FROM p WHERE d.endpoint_id = p.id AND d.id = $3"
    "  AND d.status <> 'pending' AND p.status = 'enabled' RETURNING d.id)"
    " SELECT p.status = 'enabled', EXISTS (SELECT 1 FROM d) FROM p"
    " JOIN notifier.deliveries found ON found.endpoint_id = p.id AND found.id = $3",
};

static void free_array(struct pg_array **array)
{
    pg_array_free(*array);
}

struct creation {
    const struct endpoint_new *endpoint;
    struct pg_array *events;
    int64_t id;
};

static int create_work(struct pg *pg, void *context, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct creation *creation = context;
    const struct endpoint_new *endpoint = creation->endpoint;
    struct pg_args lock = {0}, args = {0};
    int result;

    pg_args_i32(&lock, (int32_t)(endpoint->user_id & INT32_MAX));
    pg_args_i64(&args, endpoint->user_id);
    pg_args_text(&args, endpoint->url);
    pg_args_array(&args, creation->events);
    pg_args_bytes(&args, endpoint->sealed_secret, SEALED_SECRET_BYTES);
    pg_args_time(&args, endpoint->now_us);
    pg_args_i64(&args, endpoint->limit);
    result = pg_pipeline_queue(pg, &lock_user, &lock, error);
    if (result == 0)
        result = pg_pipeline_queue(pg, &create, &args, error);
    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    if (result == 0)
        result = pg_pipeline_take(pg, NULL, error);
    if (result == 0)
        result = pg_pipeline_take(pg, &rows, error);
    if (result != 0)
        return result;
    if (pg_rows_count(rows) == 0)
        return ENDPOINT_TOO_MANY;
    creation->id = pg_rows_i64(rows, 0, 0);
    return 0;
}

int endpoint_store_create(struct pg *pg, const struct endpoint_new *endpoint, int64_t *ret_id,
                          struct error *error)
{
    const struct pg_transaction_options options = {
        .attempts = 3, .first_wait_ms = 10, .longest_wait_ms = 100};
    CLEANUP(free_array) struct pg_array *events = pg_array_new(PG_ARRAY_TEXT);
    struct creation creation = {.endpoint = endpoint, .events = events};
    int result;

    if (events == NULL)
        return error_set(error, FAULT_RETRY, "no memory for an endpoint");
    for (size_t i = 0; i < endpoint->event_count; ++i)
        pg_array_push_text(events, endpoint->events[i]);
    result = pg_transaction(pg, &options, create_work, &creation, error);
    if (result == 0)
        *ret_id = creation.id;
    return result;
}

static int run_page(struct pg *pg, const struct pg_statement *statement, const int64_t numbers[3],
                    struct pg_rows **ret_rows, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, numbers[0]);
    pg_args_i64(&args, numbers[1]);
    pg_args_i64(&args, numbers[2] + 1);
    return pg_execute(pg, statement, &args, ret_rows, error);
}

static int run_pair(struct pg *pg, const struct pg_statement *statement, int64_t first,
                    int64_t second, struct pg_rows **ret_rows, struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, first);
    pg_args_i64(&args, second);
    return pg_execute(pg, statement, &args, ret_rows, error);
}

int endpoint_store_list(struct pg *pg, int64_t user_id, int64_t before_id, int64_t limit,
                        struct pg_rows **ret_rows, struct error *error)
{
    return run_page(pg, &list, (const int64_t[]){user_id, before_id, limit}, ret_rows, error);
}

int endpoint_store_find(struct pg *pg, int64_t user_id, int64_t id, struct pg_rows **ret_rows,
                        struct error *error)
{
    return run_pair(pg, &find, user_id, id, ret_rows, error);
}

int endpoint_store_delete(struct pg *pg, int64_t user_id, int64_t id, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    const int result = run_pair(pg, &delete, user_id, id, &rows, error);

    if (result != 0)
        return result;
    return pg_rows_count(rows) == 0 ? (int)ENDPOINT_NOT_FOUND : 0;
}

int endpoint_store_rotate(struct pg *pg, int64_t user_id, int64_t id,
                          const uint8_t sealed_secret[static SEALED_SECRET_BYTES],
                          int64_t previous_ends_us, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_i64(&args, user_id);
    pg_args_i64(&args, id);
    pg_args_bytes(&args, sealed_secret, SEALED_SECRET_BYTES);
    pg_args_time(&args, previous_ends_us);
    result = pg_execute(pg, &rotate, &args, &rows, error);
    if (result != 0)
        return result;
    return pg_rows_count(rows) == 0 ? (int)ENDPOINT_NOT_FOUND : 0;
}

/* protobuf-c takes `char *` where it only reads. */
static char *lend(const char *text)
{
    char *writable;

    memcpy(&writable, &text, sizeof(writable));
    return writable;
}

static void split_events(const char *names, struct endpoint_view *view)
{
    char *rest = view->text;
    const size_t length = strlen(names);

    if (length == 0 || length >= sizeof(view->text))
        return;
    memcpy(view->text, names, length + 1);
    while (rest != NULL && view->message.n_events < ENDPOINT_EVENTS_MAX)
        view->events[view->message.n_events++] = strsep(&rest, " ");
}

void endpoint_store_row(const struct pg_rows *rows, int row, struct endpoint_view *ret_view)
{
    Slipway__V1__Endpoint *message = &ret_view->message;

    slipway__v1__endpoint__init(message);
    message->events = ret_view->events;
    message->endpoint_id = (uint64_t)pg_rows_i64(rows, row, 0);
    message->user_id = (uint64_t)pg_rows_i64(rows, row, 1);
    message->url = lend(pg_rows_text(rows, row, 2));
    split_events(pg_rows_text(rows, row, 3), ret_view);
    message->status = lend(pg_rows_text(rows, row, 4));
    message->disabled_reason = lend(pg_rows_text(rows, row, 5));
    message->created_at_us = pg_rows_time_us(rows, row, 6);
    message->previous_ends_at_us = pg_rows_time_us(rows, row, 7);
}

int endpoint_store_list_deliveries(struct pg *pg, int64_t endpoint_id, int64_t before_id,
                                   int64_t limit, struct pg_rows **ret_rows, struct error *error)
{
    return run_page(pg, &list_deliveries, (const int64_t[]){endpoint_id, before_id, limit},
                    ret_rows, error);
}

int endpoint_store_find_delivery(struct pg *pg, int64_t endpoint_id, int64_t id,
                                 struct pg_rows **ret_rows, struct error *error)
{
    return run_pair(pg, &find_delivery, endpoint_id, id, ret_rows, error);
}

void endpoint_store_delivery_row(const struct pg_rows *rows, int row,
                                 Slipway__V1__Delivery *ret_delivery)
{
    slipway__v1__delivery__init(ret_delivery);
    ret_delivery->delivery_id = (uint64_t)pg_rows_i64(rows, row, 0);
    ret_delivery->event_id = lend(pg_rows_text(rows, row, 1));
    ret_delivery->event_type = lend(pg_rows_text(rows, row, 2));
    ret_delivery->status = lend(pg_rows_text(rows, row, 3));
    ret_delivery->attempts = (uint32_t)pg_rows_i64(rows, row, 4);
    ret_delivery->last_status = (uint32_t)pg_rows_i64(rows, row, 5);
    ret_delivery->last_error = lend(pg_rows_text(rows, row, 6));
    ret_delivery->created_at_us = pg_rows_time_us(rows, row, 7);
    ret_delivery->last_attempt_at_us = pg_rows_time_us(rows, row, 8);
    ret_delivery->next_attempt_at_us = pg_rows_time_us(rows, row, 9);
}

int endpoint_store_test(struct pg *pg, const struct endpoint_test *test, int64_t *ret_id,
                        struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_i64(&args, test->user_id);
    pg_args_i64(&args, test->endpoint_id);
    pg_args_text(&args, test->event_id);
    pg_args_text(&args, test->type);
    pg_args_text(&args, test->body);
    pg_args_time(&args, test->now_us);
    result = pg_execute(pg, &test_endpoint, &args, &rows, error);
    if (result != 0)
        return result;
    if (pg_rows_count(rows) == 0)
        return ENDPOINT_NOT_FOUND;
    if (pg_rows_is_null(rows, 0, 0))
        return ENDPOINT_DISABLED;
    *ret_id = pg_rows_i64(rows, 0, 0);
    return 0;
}

int endpoint_store_redeliver(struct pg *pg, int64_t user_id, int64_t endpoint_id, int64_t id,
                             int64_t now_us, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int result;

    pg_args_i64(&args, user_id);
    pg_args_i64(&args, endpoint_id);
    pg_args_i64(&args, id);
    pg_args_time(&args, now_us);
    result = pg_execute(pg, &redeliver, &args, &rows, error);
    if (result != 0)
        return result;
    if (pg_rows_count(rows) == 0)
        return ENDPOINT_NOT_FOUND;
    if (!pg_rows_bool(rows, 0, 0))
        return ENDPOINT_DISABLED;
    return pg_rows_bool(rows, 0, 1) ? 0 : (int)ENDPOINT_IN_WORK;
}
