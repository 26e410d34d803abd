/* From the outbox to a real Kafka, and what the sweeper does for those who died. */
#include "services/billing/relay.h"

#include "lib/base/clock.h"
#include "lib/kafka/topics.h"
#include "services/billing/sweeper.h"
#include "services/billing/topics.h"
#include "tests/support/billing_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct world {
    struct billing_database database;
    /* Its own relay leads nowhere: what it writes is left behind, as by a dead process. */
    struct billing_writer writer;
    struct metrics *metrics;
    struct kafka_producer *producer;
    struct relay *relay;
    struct sweeper *sweeper;
};

static int set_up(void **state)
{
    const char *brokers = getenv("SLIPWAY_TEST_KAFKA");
    const struct kafka_topic topics[] = {
        {.name = "vps.commands.de", .partitions = 3, .replication = 1},
        {.name = TOPIC_EVENTS,      .partitions = 3, .replication = 1},
    };
    struct world *world = calloc(1, sizeof(*world));
    struct error error;

    assert_non_null(world);
    if (brokers == NULL)
        fail_msg("SLIPWAY_TEST_KAFKA is not set");
    const struct kafka_producer_options producer = {
        .brokers = brokers, .client_id = "test", .message_timeout_ms = 10000, .queue_limit = 1000};

    assert_int_equal(kafka_topics_ensure(brokers, topics, ARRAY_LENGTH(topics), 10000, &error), 0);
    billing_database_init(&world->database);
    billing_writer_stock(&world->database, 100);
    billing_writer_init(&world->writer, world->database.service);
    world->metrics = metrics_new();
    assert_int_equal(kafka_producer_new(&producer, &world->producer, &error), 0);
    const struct relay_options relay = {.producer = world->producer,
                                        .event_producer = world->producer,
                                        .in_flight_limit = 100,
                                        .metrics = world->metrics};

    assert_int_equal(relay_new(&relay, &world->relay, &error), 0);
    const struct sweeper_options sweeper = {.conninfo = world->database.service,
                                            .relay = world->relay,
                                            .interval_ms = 50,
                                            .own_age_ms = 500,
                                            .keep_days = 60,
                                            .metrics = world->metrics};

    assert_int_equal(sweeper_new(&sweeper, &world->sweeper, &error), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    sweeper_free(world->sweeper);
    kafka_producer_free(world->producer, 1000);
    relay_free(world->relay);
    metrics_free(world->metrics);
    billing_writer_deinit(&world->writer);
    billing_database_deinit(&world->database);
    free(world);
    return 0;
}

static void assert_comes_to(const struct world *world, const char *sql, int64_t expected)
{
    const int64_t deadline_ms = clock_monotonic_ms() + 15000;
    int64_t number = billing_database_number(&world->database, sql);

    while (number != expected && clock_monotonic_ms() < deadline_ms) {
        clock_sleep_ms(50);
        number = billing_database_number(&world->database, sql);
    }
    assert_int_equal(number, expected);
}

static const char rows_left[] = "SELECT count(*) FROM billing.outbox";

static void sweeper_takes_an_id_and_holds_its_lock(void **state)
{
    struct world *world = *state;
    char locked[256];

    for (int tries = 0; relay_id(world->relay) == 0 && tries < 300; ++tries)
        clock_sleep_ms(50);
    (void)snprintf(locked, sizeof(locked),
                   "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                   " AND classid = 1397311561 AND objid = %lld AND database ="
                   " (SELECT oid FROM pg_database WHERE datname = current_database())",
                   (long long)relay_id(world->relay));
    assert_int_equal(billing_database_number(&world->database, locked), 1);
}

static void assert_commands_were_timed(const struct world *world, const char *count)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};

    metrics_render(world->metrics, &text);
    assert_non_null(strstr(text.data, count));
}

static void rows_left_behind_are_sent_and_deleted(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * 10);

    for (int i = 0; i < 10; ++i)
        assert_int_equal(
            billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "de", 1)).status,
            202);
    assert_comes_to(world, rows_left, 0);
    /* Of the commands only; the events of the purchases go with them. */
    assert_commands_were_timed(world, "slipway_billing_relay_seconds_count{} 10\n");
}

static void rows_of_a_living_relay_are_left_alone(void **state)
{
    struct world *world = *state;
    struct pg *pg = billing_database_connect(world->database.superuser);
    struct error error;

    assert_int_equal(pg_execute_script(pg, "SELECT pg_advisory_lock(1397311561, 4711)", &error), 0);
    billing_database_script(&world->database,
                            "INSERT INTO billing.outbox VALUES (1000001, 4711, '', now())");
    clock_sleep_ms(1000);
    assert_int_equal(billing_database_number(&world->database, rows_left), 1);
    /* Its process dies. */
    pg_free(pg);
    assert_comes_to(world, rows_left, 0);
}

static void own_rows_that_nobody_holds_are_sent_again(void **state)
{
    struct world *world = *state;
    char script[128];

    (void)snprintf(script, sizeof(script),
                   "INSERT INTO billing.outbox VALUES (1000002, %lld, '', now())",
                   (long long)relay_id(world->relay));
    billing_database_script(&world->database, script);
    assert_false(relay_holds(world->relay, 1000002));
    assert_comes_to(world, rows_left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweeper_takes_an_id_and_holds_its_lock),
        cmocka_unit_test(rows_left_behind_are_sent_and_deleted),
        cmocka_unit_test(rows_of_a_living_relay_are_left_alone),
        cmocka_unit_test(own_rows_that_nobody_holds_are_sent_again),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
