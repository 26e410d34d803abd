/* Deliveries in PostgreSQL: out to the endpoints, and what became of each. */
#pragma once

#include "lib/pg/pg.h"
#include "services/notifier/in_flight.h"
#include "services/notifier/intake_store.h"

#include <stdbool.h>
#include <stdint.h>

struct delivery_claim {
    int64_t now_us;
    /* When what is taken now is due again if nobody settles it. */
    int64_t lease_us;
    /* On its way at once to one endpoint; one that fails has one. */
    int64_t endpoint_limit;
    int64_t room;
};

/* Takes what is due: one delivery a lane, each endpoint within its limit beside what is on its way
 * already, `room` in all. */
MUST_CHECK int delivery_store_claim(struct pg *pg, const struct delivery_claim *claim,
                                    const struct in_flight *flight, struct pg_rows **ret_rows,
                                    struct error *error);

/* A claimed delivery; borrowed from the rows. */
struct delivery {
    int64_t id, endpoint_id;
    const char *event_id, *url, *body;
    /* With this one. */
    int32_t attempts;
    int64_t first_us;
    const void *sealed_secret, *sealed_previous;
    /* previous_length 0: there is none that counts. */
    size_t secret_length, previous_length;
};

/* Of rows that intake_store_write() gave; a claim's all are. */
bool delivery_store_row_is_leased(const struct pg_rows *rows, int row);
void delivery_store_row(const struct pg_rows *rows, int row, struct delivery *ret_delivery);

enum delivery_fate {
    DELIVERY_DELIVERED,
    /* Again at next_us. */
    DELIVERY_RETRIED,
    DELIVERY_GIVEN_UP,
    /* Given up, and the endpoint is switched off. */
    DELIVERY_GONE,
};

struct delivery_outcome {
    int64_t id, endpoint_id;
    /* Of the claim: an outcome that comes after another claim counts for nothing. */
    int32_t attempts;
    enum delivery_fate fate;
    int64_t next_us;
    /* 0: no answer came. */
    int32_t http_status;
    /* NULL: none. */
    const char *error;
};

struct delivery_judgement {
    int64_t now_us;
    /* Endpoints that have failed since before then are switched off. */
    int64_t failing_before_us;
    /* By which their users are told. */
    struct notice_channels channels;
};

/* Writes the outcomes, holds back what waits behind those that are tried again, switches off
 * endpoints that are gone or have failed for too long, and tells their users. *ret_rows: one row an
 * endpoint that was switched off, its id and the reason. May be run again. */
MUST_CHECK int delivery_store_settle(struct pg *pg, const struct delivery_outcome *outcomes,
                                     size_t count, const struct delivery_judgement *rule,
                                     struct pg_rows **ret_rows, struct error *error);

/* Drops up to `limit` events received before then, with what was told of them. */
MUST_CHECK int delivery_store_prune(struct pg *pg, int64_t before_us, int64_t limit,
                                    struct error *error);
