/* How fast the notifier delivers webhooks: events into Kafka, arrivals at a sink on this machine.
 *
 * slipway-webhook-bench stream <brokers> <port> <first-user> <users> <events>
 * slipway-webhook-bench idle   <brokers> <port> <first-user> <users> <events>
 * slipway-webhook-bench loop   <port> <events> <connections>
 *
 * stream: all events at once. idle: one at a time, after the one before has arrived. loop: the
 * peer, to the same sink. Each user has one endpoint at that port. Prints name=value lines.
 */
#include "bench/peers/webhook_loop.h"
#include "bench/webhook_sink.h"
#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "lib/kafka/producer.h"

#include "proto/events.pb-c.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SERVERS_A_USER = 16,
    EVENT_SIZE = 512,
    QUEUE_LIMIT = 100000,
    MESSAGE_TIMEOUT_MS = 30000,
    ARRIVAL_TIMEOUT_MS = 120000,
    /* Uncounted, so that connections and caches are there. */
    WARM_UP = 2000,
    WARM_UP_IDLE = 20,
    IDLE_PAUSE_MS = 15,
};

struct bench {
    const char *brokers;
    int64_t port, first_user, users, events;
    struct kafka_producer *producer;
    struct webhook_sink *sink;
    int64_t sent;
};

static size_t pack_event(int64_t number, int64_t user_id, uint8_t *ret_packed)
{
    Slipway__V1__VpsEvent event = SLIPWAY__V1__VPS_EVENT__INIT;

    event.vps_id = (uint64_t)(user_id * SERVERS_A_USER + number % SERVERS_A_USER);
    event.user_id = (uint64_t)user_id;
    event.plan_code = (char[]){"vps-2"};
    event.location_code = (char[]){"de"};
    event.os_code = (char[]){"debian-12"};
    event.status = (char[]){"active"};
    event.address = (char[]){"192.0.2.7"};
    event.expires_at_us = INT64_C(1796817600000000);
    event.charged_cents = 2861;
    return slipway__v1__vps_event__pack(&event, ret_packed);
}

static struct kafka_header header(const char *name, const char *value)
{
    return (struct kafka_header){name, value, strlen(value)};
}

static int send_event(struct bench *bench, struct error *error)
{
    const int64_t user_id = bench->first_user + bench->sent % bench->users;
    char id[33], key[24], subject[48], time[CLOCK_TEXT_SIZE];
    unsigned char bytes[16];
    uint8_t packed[EVENT_SIZE];
    const size_t length = pack_event(bench->sent / bench->users, user_id, packed);
    int result;

    randombytes_buf(bytes, sizeof(bytes));
    (void)sodium_bin2hex(id, sizeof(id), bytes, sizeof(bytes));
    (void)snprintf(key, sizeof(key), "%" PRId64, user_id);
    (void)snprintf(subject, sizeof(subject), "vps:%" PRId64,
                   user_id * SERVERS_A_USER + bench->sent / bench->users % SERVERS_A_USER);
    const struct kafka_header headers[] = {
        header("ce_specversion", "1.0"),
        header("ce_id", id),
        header("ce_type", "hosting.vps.renewed.v1"),
        header("ce_source", "/hosting/billing"),
        header("ce_subject", subject),
        header("ce_time", clock_format(clock_now_us(NULL), time)),
    };
    const struct kafka_message message = {.topic = "hosting.events",
                                          .key = key,
                                          .key_length = strlen(key),
                                          .value = packed,
                                          .value_length = length,
                                          .headers = headers,
                                          .header_count = ARRAY_LENGTH(headers)};

    while ((result = kafka_producer_send(bench->producer, &message, NULL, NULL, error)) ==
               KAFKA_PRODUCER_FULL ||
           result == FAULT_RETRY)
        clock_sleep_ms(1);
    bench->sent += result == 0;
    return result;
}

static int64_t await(struct bench *bench)
{
    return webhook_sink_await(bench->sink, bench->sent, ARRIVAL_TIMEOUT_MS);
}

static int send_many(struct bench *bench, int64_t count, int64_t *ret_last_us, struct error *error)
{
    int result = 0;

    for (int64_t i = 0; i < count && result == 0; ++i)
        result = send_event(bench, error);
    if (result != 0)
        return result;
    *ret_last_us = await(bench);
    return *ret_last_us != 0 ? 0 : error_set(error, FAULT_HARD, "not all webhooks have arrived");
}

static int stream(struct bench *bench, struct error *error)
{
    int64_t last_us = 0;
    int result = send_many(bench, WARM_UP, &last_us, error);
    const int64_t begin_us = clock_monotonic_us();

    if (result == 0)
        result = send_many(bench, bench->events, &last_us, error);
    if (result != 0)
        return result;
    (void)printf("deliveries_per_second=%.1f\nrequests=%" PRId64 " events=%" PRId64 "\n",
                 (double)bench->events * 1e6 / (double)(last_us - begin_us),
                 webhook_sink_count(bench->sink), bench->sent);
    return 0;
}

static int compare(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static int measure_latencies(struct bench *bench, int64_t *latencies, struct error *error)
{
    int result = 0;

    for (int64_t i = -WARM_UP_IDLE; i < bench->events && result == 0; ++i) {
        const int64_t begin_us = clock_monotonic_us();
        int64_t last_us = 0;

        result = send_many(bench, 1, &last_us, error);
        if (i >= 0)
            latencies[i] = last_us - begin_us;
        clock_sleep_ms(IDLE_PAUSE_MS);
    }
    return result;
}

static int idle(struct bench *bench, struct error *error)
{
    CLEANUP(cleanup_free) int64_t *latencies = calloc((size_t)bench->events, sizeof(*latencies));
    int result;

    if (latencies == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    result = measure_latencies(bench, latencies, error);
    if (result != 0)
        return result;
    qsort(latencies, (size_t)bench->events, sizeof(*latencies), compare);
    (void)printf("event_to_delivered_us p50=%" PRId64 " p99=%" PRId64 "\n",
                 latencies[bench->events / 2], latencies[bench->events * 99 / 100]);
    return 0;
}

static int loop(uint16_t port, int64_t events, int64_t connections, struct error *error)
{
    struct webhook_sink *sink = NULL;
    int64_t begin_us = 0, last_us = 0;
    char url[64];
    int result = webhook_sink_new(port, &sink, error);

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/hook", port);
    if (result == 0)
        result = webhook_loop_run(url, WARM_UP, connections, error);
    begin_us = clock_monotonic_us();
    if (result == 0)
        result = webhook_loop_run(url, events, connections, error);
    if (result == 0)
        last_us = webhook_sink_await(sink, WARM_UP + events, ARRIVAL_TIMEOUT_MS);
    if (last_us != 0)
        (void)printf("deliveries_per_second=%.1f\n",
                     (double)events * 1e6 / (double)(last_us - begin_us));
    webhook_sink_free(sink);
    return result;
}

static int notifier(const char *mode, struct bench *bench, struct error *error)
{
    const struct kafka_producer_options options = {.brokers = bench->brokers,
                                                   .client_id = "webhook-bench",
                                                   .message_timeout_ms = MESSAGE_TIMEOUT_MS,
                                                   .queue_limit = QUEUE_LIMIT};
    int result = webhook_sink_new((uint16_t)bench->port, &bench->sink, error);

    if (result == 0)
        result = kafka_producer_new(&options, &bench->producer, error);
    if (result == 0)
        result = strcmp(mode, "idle") == 0 ? idle(bench, error) : stream(bench, error);
    if (bench->producer != NULL)
        kafka_producer_free(bench->producer, MESSAGE_TIMEOUT_MS);
    webhook_sink_free(bench->sink);
    return result;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    struct error error = {"usage: slipway-webhook-bench stream|idle|loop ..."};
    int64_t numbers[4] = {0};
    const int first = argc == 5 ? 2 : 3;
    int result = FAULT_HARD;
    bool is_bad = argc != 5 && argc != 7;

    for (int i = first; i < argc && !is_bad; ++i)
        is_bad = decimal_parse_i64(argv[i], &numbers[i - first]);
    if (!is_bad && sodium_init() >= 0 && argc == 5)
        result = loop((uint16_t)numbers[0], numbers[1], numbers[2], &error);
    bench.brokers = argv[2];
    bench.port = numbers[0];
    bench.first_user = numbers[1];
    bench.users = numbers[2];
    bench.events = numbers[3];
    if (!is_bad && argc == 7)
        result = notifier(argv[1], &bench, &error);
    if (result != 0)
        (void)fprintf(stderr, "%s\n", error.text);
    return result != 0;
}
