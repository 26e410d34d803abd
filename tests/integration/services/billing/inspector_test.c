/* The inspector between a real PostgreSQL and a real Kafka. */
#include "lib/base/clock.h"
#include "lib/kafka/consumer.h"
#include "lib/kafka/topics.h"
#include "proto/commands.pb-c.h"
#include "services/billing/inspector.h"
#include "tests/support/reader_fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t patience_ms = 20000;

/* What the commands that arrived say. */
struct seen {
    atomic_int commands;
    atomic_int strange;
};

static bool is_inspection_of_71(const struct kafka_record *record)
{
    Slipway__V1__MachineCommand *command =
        slipway__v1__machine_command__unpack(NULL, record->value_length, record->value);
    const bool expected = command != NULL && command->vps_id == 71 && command->sequence == 1 &&
                          command->user_id == 42 &&
                          command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT &&
                          strcmp(command->placement->node_name, "de-1") == 0 &&
                          strcmp(command->placement->address, "10.0.1.0") == 0 &&
                          strcmp(command->placement->gateway, "10.0.0.1") == 0 &&
                          record->key_length == 2 && memcmp(record->key, "71", 2) == 0;

    slipway__v1__machine_command__free_unpacked(command, NULL);
    return expected;
}

static void handle(void *context, struct kafka_delivery *delivery)
{
    struct seen *seen = context;

    if (is_inspection_of_71(kafka_delivery_record(delivery)))
        (void)atomic_fetch_add(&seen->commands, 1);
    else
        (void)atomic_fetch_add(&seen->strange, 1);
    kafka_delivery_finish(delivery, 0, NULL);
}

static const char *brokers(void)
{
    const char *text = getenv("SLIPWAY_TEST_KAFKA");

    if (text == NULL)
        fail_msg("SLIPWAY_TEST_KAFKA is not set");
    return text;
}

static struct kafka_producer *make_producer(void)
{
    const struct kafka_producer_options options = {.brokers = brokers(),
                                                   .client_id = "inspector_test",
                                                   .message_timeout_ms = 10000,
                                                   .queue_limit = 1000};
    struct kafka_producer *producer = NULL;

    assert_int_equal(kafka_producer_new(&options, &producer, NULL), 0);
    return producer;
}

static struct kafka_consumer *make_consumer(const char *topic, struct kafka_producer *producer,
                                            struct seen *seen)
{
    const struct kafka_consumer_options options = {.brokers = brokers(),
                                                   .group = topic,
                                                   .topics = &topic,
                                                   .topic_count = 1,
                                                   .workers = 1,
                                                   .in_flight_limit = 100,
                                                   .retry_first_ms = 10,
                                                   .retry_longest_ms = 100,
                                                   .session_timeout_ms = 10000,
                                                   .handle = handle,
                                                   .context = seen,
                                                   .dead_letters = producer};
    struct kafka_consumer *consumer = NULL;

    assert_int_equal(kafka_consumer_new(&options, &consumer, NULL), 0);
    return consumer;
}

/* A location of this run's own, and so a topic. */
static void make_topic(const struct reader_fixture *fixture, char *ret_topic, size_t size)
{
    struct kafka_topic topic = {ret_topic, 2, 1};
    struct error error = {0};
    char sql[256];

    (void)snprintf(ret_topic, size, "vps.commands.t%d", (int)getpid());
    if (kafka_topics_ensure(brokers(), &topic, 1, 15000, &error) != 0)
        fail_msg("%s", error.text);
    (void)snprintf(sql, sizeof(sql), "UPDATE billing.vps SET location_code = '%s'",
                   ret_topic + strlen("vps.commands."));
    billing_database_script(&fixture->database, sql);
}

static void only_active_servers_are_looked_at_again_and_again(void **state)
{
    const struct reader_fixture *fixture = *state;
    const int64_t until_ms = clock_monotonic_ms() + patience_ms;
    struct kafka_producer *producer = make_producer();
    const struct inspector_options options = {.conninfo = fixture->database.service,
                                              .producer = producer,
                                              .interval_ms = 200,
                                              .limit = 10,
                                              .metrics = fixture->metrics};
    struct seen seen = {0, 0};
    struct kafka_consumer *consumer;
    struct inspector *inspector = NULL;
    char topic[64];

    make_topic(fixture, topic, sizeof(topic));
    consumer = make_consumer(topic, producer, &seen);
    assert_int_equal(inspector_new(&options, &inspector, NULL), 0);
    while (atomic_load(&seen.commands) < 3 && clock_monotonic_ms() < until_ms)
        clock_sleep_ms(20);
    inspector_free(inspector);
    kafka_consumer_free(consumer, 5000);
    kafka_producer_free(producer, 5000);
    assert_true(atomic_load(&seen.commands) >= 3);
    assert_int_equal(atomic_load(&seen.strange), 0);
}

static void server_looked_at_lately_is_left_alone(void **state)
{
    const struct reader_fixture *fixture = *state;
    struct kafka_producer *producer = make_producer();
    const struct inspector_options options = {.conninfo = fixture->database.service,
                                              .producer = producer,
                                              .interval_ms = 300,
                                              .limit = 10,
                                              .metrics = fixture->metrics};
    struct metric *sent =
        metrics_counter(fixture->metrics, "slipway_billing_inspections_total", "", "");
    struct inspector *inspector = NULL;

    billing_database_script(&fixture->database,
                            "UPDATE billing.vps SET inspected_at = now() + interval '1 hour'");
    assert_int_equal(inspector_new(&options, &inspector, NULL), 0);
    clock_sleep_ms(1000);
    inspector_free(inspector);
    kafka_producer_free(producer, 1000);
    assert_int_equal(metric_value(sent), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_active_servers_are_looked_at_again_and_again,
                                        reader_fixture_set_up, reader_fixture_tear_down),
        cmocka_unit_test_setup_teardown(server_looked_at_lately_is_left_alone,
                                        reader_fixture_set_up, reader_fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
