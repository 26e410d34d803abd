#include "tests/support/notifier_deliveries.h"

#include "services/notifier/delivery_store.h"
#include "services/notifier/endpoint_store.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct notice_channels channels = {.email = true, .telegram = true};

int64_t deliveries_make_endpoint(struct deliveries_world *world, int64_t limit, int expected)
{
    static char active[] = "hosting.vps.active.v1", failed[] = "hosting.vps.failed.v1";
    char *const events[] = {active, failed};
    static const uint8_t sealed[SEALED_SECRET_BYTES] = {1};
    const struct endpoint_new endpoint = {.user_id = world->user_id,
                                          .now_us = deliveries_now_us,
                                          .url = "https://a.example/",
                                          .events = events,
                                          .event_count = ARRAY_LENGTH(events),
                                          .sealed_secret = sealed,
                                          .limit = limit};
    struct error error = {0};
    int64_t id = 0;

    assert_int_equal(endpoint_store_create(world->pg, &endpoint, &id, &error), expected);
    return id;
}

int deliveries_set_up(void **state)
{
    struct deliveries_world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    notifier_database_init(&world->database);
    world->pg = notifier_database_connect(world->database.service);
    assert_int_equal(in_flight_init(&world->flight, 100, NULL), 0);
    *state = world;
    return 0;
}

int deliveries_tear_down(void **state)
{
    struct deliveries_world *world = *state;

    pg_free(world->pg);
    in_flight_deinit(&world->flight);
    notifier_database_deinit(&world->database);
    free(world);
    return 0;
}

int deliveries_set_up_user(void **state)
{
    struct deliveries_world *world = *state;

    notifier_database_script(&world->database,
                             "TRUNCATE notifier.endpoints, notifier.events, notifier.deliveries,"
                             " notifier.notices, notifier.preferences, notifier.contacts");
    ++world->user_id;
    world->endpoint_id = deliveries_make_endpoint(world, 5, 0);
    return 0;
}

struct pg_rows *deliveries_take_in_leasing(const struct deliveries_world *world,
                                           const char *const *ids, const char *lane, int64_t room)
{
    const struct intake_lease lease = {.room = room,
                                       .endpoint_limit = 4,
                                       .until_us = deliveries_now_us + 30 * deliveries_second_us};
    struct pg_rows *rows = NULL;
    CLEANUP(intake_batch_free_cleanup) struct intake_batch *batch = intake_batch_new(&channels);
    Slipway__V1__VpsEvent vps = SLIPWAY__V1__VPS_EVENT__INIT;
    struct error error = {0};

    for (; *ids != NULL; ++ids) {
        struct event event = {.type = event_type_find("hosting.vps.active.v1"),
                              .user_id = (uint64_t)world->user_id,
                              .data = &vps.base};

        (void)snprintf(event.id, sizeof(event.id), "%s-%lld", *ids, (long long)world->user_id);
        (void)snprintf(event.subject, sizeof(event.subject), "%s", lane);
        intake_batch_add(batch, &event, "{\"data\":{}}");
    }
    assert_int_equal(intake_store_write(world->pg, batch, &lease, deliveries_now_us, &rows, &error),
                     0);
    return rows;
}

void deliveries_take_in(const struct deliveries_world *world, const char *const *ids,
                        const char *lane)
{
    pg_rows_free(deliveries_take_in_leasing(world, ids, lane, 0));
}

struct pg_rows *deliveries_claim_at(const struct deliveries_world *world, int64_t time_us)
{
    const struct delivery_claim claim = {.now_us = time_us,
                                         .lease_us = time_us + 30 * deliveries_second_us,
                                         .endpoint_limit = 4,
                                         .room = 100};
    struct pg_rows *rows = NULL;
    struct error error = {0};

    assert_int_equal(delivery_store_claim(world->pg, &claim, &world->flight, &rows, &error), 0);
    return rows;
}

void deliveries_settle_at(const struct deliveries_world *world, const struct pg_rows *rows, int row,
                          enum delivery_fate fate, int64_t time_us)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *switched_off = NULL;
    struct delivery delivery;
    struct error error = {0};

    delivery_store_row(rows, row, &delivery);
    const struct delivery_judgement rule = {
        .now_us = time_us, .failing_before_us = time_us - 1, .channels = channels};
    const struct delivery_outcome outcome = {.id = delivery.id,
                                             .endpoint_id = delivery.endpoint_id,
                                             .attempts = delivery.attempts,
                                             .fate = fate,
                                             .next_us = time_us + 60 * deliveries_second_us};

    assert_int_equal(delivery_store_settle(world->pg, &outcome, 1, &rule, &switched_off, &error),
                     0);
    assert_int_equal(pg_rows_count(switched_off), fate == DELIVERY_GONE);
}

int64_t deliveries_count(const struct deliveries_world *world, const char *where)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM notifier.deliveries WHERE %s", where);
    return notifier_database_number(&world->database, sql);
}
