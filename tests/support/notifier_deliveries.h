/* What the tests of deliveries on a real PostgreSQL begin with: a schema, a user, an endpoint,
 * events that come in, claims and outcomes. */
#pragma once

#include "services/notifier/delivery_store.h"
#include "services/notifier/in_flight.h"
#include "services/notifier/intake_store.h"
#include "tests/support/notifier_database.h"

#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const int64_t deliveries_now_us = INT64_C(1796817600000000);
static const int64_t deliveries_second_us = 1000000;

struct deliveries_world {
    struct notifier_database database;
    struct pg *pg;
    struct in_flight flight;
    /* Fresh for each test. */
    int64_t user_id, endpoint_id;
};

/* For the events of servers; `expected` is what the store answers. The id. */
int64_t deliveries_make_endpoint(struct deliveries_world *world, int64_t limit, int expected);
int deliveries_set_up(void **state);
int deliveries_tear_down(void **state);
/* Before each test: an empty schema, a user nobody knows yet, and its endpoint. */
int deliveries_set_up_user(void **state);
/* Stores an event for each id, of one subject, and leases up to `room`. The rows are the caller's.
 */
struct pg_rows *deliveries_take_in_leasing(const struct deliveries_world *world,
                                           const char *const *ids, const char *lane, int64_t room);
/* The same without a lease. */
void deliveries_take_in(const struct deliveries_world *world, const char *const *ids,
                        const char *lane);
struct pg_rows *deliveries_claim_at(const struct deliveries_world *world, int64_t time_us);
void deliveries_settle_at(const struct deliveries_world *world, const struct pg_rows *rows, int row,
                          enum delivery_fate fate, int64_t time_us);
/* Deliveries of which the SQL is true. */
int64_t deliveries_count(const struct deliveries_world *world, const char *where);
