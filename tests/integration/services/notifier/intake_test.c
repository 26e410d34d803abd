/* From a real Kafka into a real PostgreSQL: nothing is lost, nothing is kept twice. */
#include "services/notifier/intake.h"

#include "lib/base/clock.h"
#include "lib/kafka/topics.h"
#include "services/notifier/endpoint_store.h"
#include "tests/support/notifier_database.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t patience_ms = 30000;
static const char topic[] = "hosting.events";

struct world {
    struct notifier_database database;
    struct metrics *metrics;
    struct kafka_producer *producer;
    struct intake *intake;
    atomic_int stored;
    char group[48];
    /* Nobody else's on the topic, which other tests write to as well. */
    int64_t user_id;
};

static void note_stored(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

static void start_intake(struct world *world)
{
    const struct intake_options options = {.conninfo = world->database.service,
                                           .brokers = getenv("SLIPWAY_TEST_KAFKA"),
                                           .group = world->group,
                                           .in_flight_limit = 100,
                                           .session_timeout_ms = 6000,
                                           .dead_letters = world->producer,
                                           .metrics = world->metrics,
                                           .stored = note_stored,
                                           .context = &world->stored};
    struct error error = {0};

    assert_int_equal(intake_new(&options, &world->intake, &error), 0);
}

static void make_endpoint(const struct world *world)
{
    CLEANUP(pg_free_cleanup)
    struct pg *pg = notifier_database_connect(world->database.service);
    static const uint8_t sealed[SEALED_SECRET_BYTES] = {1};
    const struct endpoint_new endpoint = {.user_id = world->user_id,
                                          .now_us = clock_now_us(NULL),
                                          .url = "https://a.example/",
                                          .sealed_secret = sealed,
                                          .limit = 5};
    struct error error = {0};
    int64_t id = 0;

    assert_int_equal(endpoint_store_create(pg, &endpoint, &id, &error), 0);
}

static int set_up(void **state)
{
    const char *brokers = getenv("SLIPWAY_TEST_KAFKA");
    const struct kafka_topic topics[] = {
        {.name = topic,                 .partitions = 3, .replication = 1},
        {.name = "hosting.events.dead", .partitions = 1, .replication = 1},
    };
    struct world *world = calloc(1, sizeof(*world));
    struct error error = {0};

    assert_non_null(world);
    if (brokers == NULL)
        fail_msg("SLIPWAY_TEST_KAFKA is not set");
    const struct kafka_producer_options producer = {
        .brokers = brokers, .client_id = "test", .message_timeout_ms = 10000, .queue_limit = 1000};

    assert_int_equal(kafka_topics_ensure(brokers, topics, ARRAY_LENGTH(topics), 10000, &error), 0);
    notifier_database_init(&world->database);
    world->metrics = metrics_new();
    assert_int_equal(kafka_producer_new(&producer, &world->producer, &error), 0);
    world->user_id = INT64_C(700000000) + getpid();
    (void)snprintf(world->group, sizeof(world->group), "intake-test-%d", getpid());
    make_endpoint(world);
    start_intake(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    intake_free(world->intake, 5000);
    kafka_producer_free(world->producer, 1000);
    metrics_free(world->metrics);
    notifier_database_deinit(&world->database);
    free(world);
    return 0;
}

/* `value` NULL: the event of a server. */
static void send_event(const struct world *world, const char *name, const char *type,
                       const char *value)
{
    Slipway__V1__VpsEvent vps = SLIPWAY__V1__VPS_EVENT__INIT;
    uint8_t packed[128];
    char key[24], id[64];
    struct error error = {0};

    vps.user_id = (uint64_t)world->user_id;
    vps.vps_id = 7;
    (void)snprintf(key, sizeof(key), "%" PRId64, world->user_id);
    (void)snprintf(id, sizeof(id), "%s-%" PRId64, name, world->user_id);
    const struct kafka_header headers[] = {
        {"ce_id",      id,                     strlen(id)  },
        {"ce_type",    type,                   strlen(type)},
        {"ce_subject", "vps:7",                5           },
        {"ce_time",    "2026-09-09T12:00:00Z", 20          },
    };
    const struct kafka_message message = {
        .topic = topic,
        .key = key,
        .key_length = strlen(key),
        .value = value != NULL ? (const void *)value : packed,
        .value_length = value != NULL ? strlen(value) : slipway__v1__vps_event__pack(&vps, packed),
        .headers = headers,
        .header_count = ARRAY_LENGTH(headers)};

    assert_int_equal(kafka_producer_send(world->producer, &message, NULL, NULL, &error), 0);
}

static int64_t count(const struct world *world, const char *where)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM notifier.deliveries WHERE event_id LIKE '%s-%%'", where);
    return notifier_database_number(&world->database, sql);
}

static void await_count(const struct world *world, const char *where, int64_t expected)
{
    const int64_t until_ms = clock_monotonic_ms() + patience_ms;

    while (count(world, where) != expected) {
        assert_true(clock_monotonic_ms() < until_ms);
        clock_sleep_ms(10);
    }
}

static void an_event_becomes_a_delivery_once_however_often_it_comes(void **state) /* INV-6 */
{
    const struct world *world = *state;

    for (int i = 0; i < 5; ++i)
        send_event(world, "once", "hosting.vps.renewed.v1", NULL);
    send_event(world, "last", "hosting.vps.renewed.v1", NULL);
    await_count(world, "last", 1);
    assert_int_equal(count(world, "once"), 1);
}

static void one_users_events_are_stored_many_at_once_and_in_order(void **state)
{
    struct world *world = *state;
    int before;

    intake_free(TAKE(world->intake), 5000);
    for (int i = 0; i < 60; ++i) {
        char name[16];

        (void)snprintf(name, sizeof(name), "hot%02d", i);
        send_event(world, name, "hosting.vps.renewed.v1", NULL);
    }
    before = atomic_load(&world->stored);
    start_intake(world);
    await_count(world, "hot59", 1);
    assert_true(atomic_load(&world->stored) - before < 60);
    assert_int_equal(
        notifier_database_number(&world->database,
                                 "SELECT count(*) FROM (SELECT event_id < lag(event_id) OVER"
                                 " (ORDER BY id) AS is_late FROM notifier.deliveries WHERE event_id"
                                 " LIKE 'hot%') AS o WHERE is_late"),
        0);
}

static void what_is_no_event_holds_nobody_up(void **state)
{
    const struct world *world = *state;

    send_event(world, "broken", "hosting.vps.renewed.v1", "\xff\xff\xff");
    send_event(world, "later", "hosting.vps.moved.v1", NULL);
    send_event(world, "sound", "hosting.vps.renewed.v1", NULL);
    await_count(world, "sound", 1);
    assert_int_equal(count(world, "broken"), 0);
    assert_int_equal(count(world, "later"), 0);
}

static void a_cut_connection_loses_no_event(void **state) /* INV-6 */
{
    const struct world *world = *state;

    for (int i = 0; i < 40; ++i) {
        char name[16];

        (void)snprintf(name, sizeof(name), "cut%d", i);
        send_event(world, name, "hosting.vps.renewed.v1", NULL);
        if (i % 10 == 5)
            notifier_database_script(&world->database,
                                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                     " WHERE application_name = 'slipway-notifier-intake'");
    }
    for (int i = 0; i < 40; ++i) {
        char name[16];

        (void)snprintf(name, sizeof(name), "cut%d", i);
        await_count(world, name, 1);
    }
}

static void who_takes_over_goes_on_where_the_one_before_ended(void **state) /* INV-6 */
{
    struct world *world = *state;
    int before;

    intake_free(TAKE(world->intake), 5000);
    send_event(world, "between", "hosting.vps.renewed.v1", NULL);
    before = atomic_load(&world->stored);
    start_intake(world);
    await_count(world, "between", 1);
    /* Not all of the topic once more. */
    assert_true(atomic_load(&world->stored) - before <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_becomes_a_delivery_once_however_often_it_comes),
        cmocka_unit_test(one_users_events_are_stored_many_at_once_and_in_order),
        cmocka_unit_test(what_is_no_event_holds_nobody_up),
        cmocka_unit_test(a_cut_connection_loses_no_event),
        cmocka_unit_test(who_takes_over_goes_on_where_the_one_before_ended),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
