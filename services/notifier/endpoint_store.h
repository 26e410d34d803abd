/* A user's endpoints and their delivery log in PostgreSQL. A user of 0 is anybody; what is another
 * user's is not there. */
#pragma once

#include "lib/pg/pg.h"
#include "services/notifier/signature.h"

#include "proto/notifier.pb-c.h"

#include <stdint.h>

enum endpoint_refusal {
    ENDPOINT_NOT_FOUND = 1,
    ENDPOINT_TOO_MANY,
    /* It is switched off. */
    ENDPOINT_DISABLED,
    /* It is on its way, or waits for its next attempt. */
    ENDPOINT_IN_WORK,
};

struct endpoint_new {
    int64_t user_id, now_us;
    const char *url;
    /* Names of the table of event types; 0 of them: all. */
    char *const *events;
    size_t event_count;
    const uint8_t *sealed_secret;
    /* Most endpoints of one user. */
    int64_t limit;
};

/* ENDPOINT_TOO_MANY, or 0. */
MUST_CHECK int endpoint_store_create(struct pg *pg, const struct endpoint_new *endpoint,
                                     int64_t *ret_id, struct error *error);
/* One more than `limit` rows when there are more; newest first. before_id INT64_MAX: from the
 * start. */
MUST_CHECK int endpoint_store_list(struct pg *pg, int64_t user_id, int64_t before_id, int64_t limit,
                                   struct pg_rows **ret_rows, struct error *error);
/* One row, or none. */
MUST_CHECK int endpoint_store_find(struct pg *pg, int64_t user_id, int64_t id,
                                   struct pg_rows **ret_rows, struct error *error);
/* With its deliveries. ENDPOINT_NOT_FOUND, or 0. */
MUST_CHECK int endpoint_store_delete(struct pg *pg, int64_t user_id, int64_t id,
                                     struct error *error);
/* The secret so far signs too until then. ENDPOINT_NOT_FOUND, or 0. */
MUST_CHECK int endpoint_store_rotate(struct pg *pg, int64_t user_id, int64_t id,
                                     const uint8_t sealed_secret[static SEALED_SECRET_BYTES],
                                     int64_t previous_ends_us, struct error *error);

/* A row of the two above; texts are borrowed from the rows, `events` (room for EVENTS_MAX) too.
 * No secret. */
enum { ENDPOINT_EVENTS_MAX = 64 };
struct endpoint_view {
    Slipway__V1__Endpoint message;
    char *events[ENDPOINT_EVENTS_MAX];
    /* The names, cut at their spaces. */
    char text[ENDPOINT_EVENTS_MAX * 48];
};
void endpoint_store_row(const struct pg_rows *rows, int row, struct endpoint_view *ret_view);

/* The log; one more than `limit` rows when there are more. */
MUST_CHECK int endpoint_store_list_deliveries(struct pg *pg, int64_t endpoint_id, int64_t before_id,
                                              int64_t limit, struct pg_rows **ret_rows,
                                              struct error *error);
MUST_CHECK int endpoint_store_find_delivery(struct pg *pg, int64_t endpoint_id, int64_t id,
                                            struct pg_rows **ret_rows, struct error *error);
void endpoint_store_delivery_row(const struct pg_rows *rows, int row,
                                 Slipway__V1__Delivery *ret_delivery);

struct endpoint_test {
    int64_t user_id, endpoint_id, now_us;
    const char *event_id, *type, *body;
};

/* An event for this endpoint alone. ENDPOINT_NOT_FOUND, ENDPOINT_DISABLED, or 0. */
MUST_CHECK int endpoint_store_test(struct pg *pg, const struct endpoint_test *test, int64_t *ret_id,
                                   struct error *error);
/* Once more from the start. ENDPOINT_NOT_FOUND, ENDPOINT_DISABLED, ENDPOINT_IN_WORK, or 0. */
MUST_CHECK int endpoint_store_redeliver(struct pg *pg, int64_t user_id, int64_t endpoint_id,
                                        int64_t id, int64_t now_us, struct error *error);
