#include "tests/support/kafka_bench.h"

#include "lib/base/clock.h"
#include "lib/kafka/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

static const char *brokers(void)
{
    const char *text = getenv("SLIPWAY_TEST_KAFKA");

    if (text == NULL)
        fail_msg("SLIPWAY_TEST_KAFKA is not set");
    return text;
}

static void make_topics(const struct kafka_bench *bench, int partitions)
{
    char dead[KAFKA_BENCH_NAME_SIZE + 8];
    const struct kafka_topic topics[] = {
        {bench->topic, partitions, 1},
        {dead,         1,          1},
    };
    struct error error = {""};

    (void)snprintf(dead, sizeof(dead), "%s.dead", bench->topic);
    /* The second time finds them: what is there stays. */
    for (int i = 0; i < 2; ++i)
        if (kafka_topics_ensure(brokers(), topics, 2, PATIENCE_MS, &error) != 0)
            fail_msg("%s", error.text);
}

void kafka_bench_init(struct kafka_bench *bench, int partitions)
{
    const struct kafka_producer_options options = {.brokers = brokers(),
                                                   .client_id = "kafka_bench",
                                                   .message_timeout_ms = 60000,
                                                   .queue_limit = 100000};
    struct error error = {""};

    memset(bench, 0, sizeof(*bench));
    (void)pthread_mutex_init(&bench->mutex, NULL);
    for (size_t i = 0; i < KAFKA_BENCH_KEYS; ++i)
        bench->last[i] = -1;
    (void)snprintf(bench->topic, sizeof(bench->topic), "test.%d.%" PRId64, (int)getpid(),
                   clock_now_us(NULL));
    memcpy(bench->group, bench->topic, sizeof(bench->group));
    make_topics(bench, partitions);
    if (kafka_producer_new(&options, &bench->producer, &error) != 0)
        fail_msg("%s", error.text);
}

void kafka_bench_deinit(struct kafka_bench *bench)
{
    kafka_producer_free(bench->producer, PATIENCE_MS);
    (void)pthread_mutex_destroy(&bench->mutex);
}

static void note_delivery(void *context, int outcome, const struct error *error)
{
    struct kafka_bench *bench = context;

    (void)error;
    (void)atomic_fetch_add(outcome == 0 ? &bench->acknowledged : &bench->undelivered, 1);
}

static void produce_one(struct kafka_bench *bench, unsigned key, unsigned number)
{
    char key_text[16], value[16];
    struct kafka_message message = {.topic = bench->topic, .key = key_text, .value = value};
    struct error error = {""};

    message.key_length = (size_t)snprintf(key_text, sizeof(key_text), "%u", key);
    message.value_length = (size_t)snprintf(value, sizeof(value), "%u", number);
    if (kafka_producer_send(bench->producer, &message, note_delivery, bench, &error) != 0)
        fail_msg("%s", error.text);
}

void kafka_bench_send(struct kafka_bench *bench, unsigned keys, unsigned number)
{
    for (unsigned key = 0; key < keys; ++key)
        produce_one(bench, key, number);
}

void kafka_bench_await_acknowledged(struct kafka_bench *bench, int count)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (atomic_load(&bench->acknowledged) < count && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(1);
    assert_int_equal(atomic_load(&bench->acknowledged), count);
    assert_int_equal(atomic_load(&bench->undelivered), 0);
}

void kafka_bench_produce(struct kafka_bench *bench, unsigned keys, unsigned first, unsigned last)
{
    const int before = atomic_load(&bench->acknowledged);

    for (unsigned number = first; number < last; ++number)
        kafka_bench_send(bench, keys, number);
    kafka_bench_await_acknowledged(bench, before + (int)(keys * (last - first)));
}

static unsigned number_of(const void *data, size_t length)
{
    char text[16] = "";

    if (length < sizeof(text))
        memcpy(text, data, length);
    return (unsigned)strtoul(text, NULL, 10);
}

static void begin(struct kafka_bench *bench, unsigned key)
{
    (void)pthread_mutex_lock(&bench->mutex);
    if (bench->running[key])
        ++bench->overlapping;
    bench->running[key] = true;
    if (++bench->concurrent > bench->most_concurrent)
        bench->most_concurrent = bench->concurrent;
    (void)pthread_mutex_unlock(&bench->mutex);
}

/* A first sight must be the next of its key; a repeat may come at any time. */
static void end(struct kafka_bench *bench, unsigned key, unsigned number, bool done)
{
    (void)pthread_mutex_lock(&bench->mutex);
    bench->running[key] = false;
    --bench->concurrent;
    if (done) {
        if (number > bench->last[key] + 1)
            ++bench->out_of_order;
        if (number > bench->last[key])
            bench->last[key] = number;
        ++bench->seen[key][number];
        ++bench->handled;
    }
    (void)pthread_mutex_unlock(&bench->mutex);
}

static void handle(void *context, struct kafka_delivery *delivery)
{
    struct kafka_bench *bench = context;
    const struct kafka_record *record = kafka_delivery_record(delivery);
    const unsigned key = number_of(record->key, record->key_length) % KAFKA_BENCH_KEYS;
    const unsigned number = number_of(record->value, record->value_length) % KAFKA_BENCH_PER_KEY;
    struct error error = {"as the test wants it"};
    int outcome;

    begin(bench, key);
    if (bench->work_ms > 0)
        clock_sleep_ms(bench->work_ms);
    outcome = bench->outcome != NULL ? bench->outcome(bench, record, key, number) : 0;
    end(bench, key, number, outcome != FAULT_RETRY && outcome != KAFKA_BENCH_DEFERRED);
    if (outcome == KAFKA_BENCH_DEFERRED)
        kafka_delivery_defer(delivery);
    else
        kafka_delivery_finish(delivery, outcome, &error);
}

struct kafka_consumer *kafka_bench_consume(struct kafka_bench *bench, const char *instance_id,
                                           size_t in_flight_limit)
{
    const char *const topics[] = {bench->topic};
    const struct kafka_consumer_options options = {
        .brokers = brokers(),
        .group = bench->group,
        .instance_id = instance_id,
        .topics = topics,
        .topic_count = 1,
        .workers = 8,
        .in_flight_limit = in_flight_limit,
        .retry_first_ms = 5,
        .retry_longest_ms = 40,
        .attempts_limit = 4,
        .session_timeout_ms = 6000,
        .handle = handle,
        .context = bench,
        .party = bench->party,
        .dead_letters = bench->producer,
    };
    struct kafka_consumer *consumer = NULL;
    struct error error = {""};

    if (kafka_consumer_new(&options, &consumer, &error) != 0)
        fail_msg("%s", error.text);
    return consumer;
}

static bool all_seen(struct kafka_bench *bench, unsigned keys, unsigned count)
{
    bool all = true;

    (void)pthread_mutex_lock(&bench->mutex);
    for (unsigned key = 0; key < keys; ++key)
        for (unsigned number = 0; number < count; ++number)
            all = all && bench->seen[key][number] > 0;
    (void)pthread_mutex_unlock(&bench->mutex);
    return all;
}

bool kafka_bench_await(struct kafka_bench *bench, unsigned keys, unsigned count, int64_t timeout_ms)
{
    const int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;

    while (!all_seen(bench, keys, count) && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(5);
    return all_seen(bench, keys, count);
}

unsigned kafka_bench_repeated(struct kafka_bench *bench)
{
    unsigned repeated = 0;

    (void)pthread_mutex_lock(&bench->mutex);
    for (unsigned key = 0; key < KAFKA_BENCH_KEYS; ++key)
        for (unsigned number = 0; number < KAFKA_BENCH_PER_KEY; ++number)
            repeated += bench->seen[key][number] > 1;
    (void)pthread_mutex_unlock(&bench->mutex);
    return repeated;
}
