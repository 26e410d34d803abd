/* How fast billing's core settles purchases: writer, relay and Kafka, without HTTP.
 *
 * slipway-core-bench <conninfo> <brokers> <wallets> <seconds> [shards [in-flight [location]]]
 *
 * The database has billing's schema, the local catalog and inventory, and funded users 1 …
 * <wallets>. Prints name=value lines.
 */
#include "bench/core_load.h"
#include "lib/base/encoding.h"
#include "lib/base/log.h"
#include "lib/kafka/producer.h"
#include "lib/pg/pg.h"
#include "services/billing/relay.h"
#include "services/billing/sweeper.h"

#include <inttypes.h>
#include <stdio.h>

struct arguments {
    const char *conninfo, *brokers, *location;
    int64_t wallets, seconds, shards, in_flight;
};

/* What the server has spent so far. */
struct spent {
    int64_t wal_bytes, backend_ns;
};

static const struct pg_statement read_wal = {
    "bench_wal", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"};

static const struct pg_statement list_backends = {
    "bench_backends", "SELECT pid::bigint FROM pg_stat_activity WHERE datname = current_database()"
                      " AND application_name LIKE 'slipway-billing-%'"};

static bool parse(int argc, char **argv, struct arguments *ret_arguments)
{
    struct arguments arguments = {
        .location = argc > 7 ? argv[7] : "de", .shards = 2, .in_flight = 1024};

    if (argc < 5 || decimal_parse_i64(argv[3], &arguments.wallets) ||
        decimal_parse_i64(argv[4], &arguments.seconds) ||
        (argc > 5 && decimal_parse_i64(argv[5], &arguments.shards)) ||
        (argc > 6 && decimal_parse_i64(argv[6], &arguments.in_flight)))
        return true;
    if (arguments.wallets < 1 || arguments.wallets > UINT32_MAX || arguments.seconds < 1 ||
        arguments.shards < 1 || arguments.in_flight < 1)
        return true;
    arguments.conninfo = argv[1];
    arguments.brokers = argv[2];
    *ret_arguments = arguments;
    return false;
}

/* On the same machine: /proc knows what a back end has used; elsewhere it stays 0. */
static int64_t cpu_ns(int64_t pid)
{
    char path[64];
    char line[128] = "";
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/schedstat", pid);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof(line), file) == NULL)
        line[0] = '\0';
    (void)fclose(file);
    return strtoll(line, NULL, 10);
}

static int read_spent(struct pg *pg, struct spent *ret_spent, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *wal = NULL;
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *backends = NULL;
    int result = pg_execute(pg, &read_wal, NULL, &wal, error);

    if (result == 0)
        result = pg_execute(pg, &list_backends, NULL, &backends, error);
    if (result < 0)
        return result;
    ret_spent->wal_bytes = pg_rows_i64(wal, 0, 0);
    ret_spent->backend_ns = 0;
    for (int row = 0; row < pg_rows_count(backends); ++row)
        ret_spent->backend_ns += cpu_ns(pg_rows_i64(backends, row, 0));
    return 0;
}

struct totals {
    struct core_load_result load;
    struct spent before, after;
    int64_t batches, jobs;
};

static void print(const struct totals *totals)
{
    const struct core_load_result *load = &totals->load;
    const int64_t count = load->accepted > 0 ? (int64_t)load->accepted : 1;
    const int64_t batches = totals->batches > 0 ? totals->batches : 1;

    printf("purchases_per_second=%" PRId64 "\n", count * 1000000 / load->duration_us);
    printf("accepted=%" PRIu64 " refused=%" PRIu64 "\n", load->accepted, load->refused);
    if (load->refused > 0)
        printf("first_refusal=%" PRIu32 " %s\n", load->refused_status, load->refused_body);
    printf("batches=%" PRId64 " purchases_per_batch=%" PRId64 "\n", totals->batches,
           totals->jobs / batches);
    printf("latency_us p50=%" PRId64 " p99=%" PRId64 "\n", load->latency_p50_us,
           load->latency_p99_us);
    printf("backend_cpu_ns_per_purchase=%" PRId64 "\n",
           (totals->after.backend_ns - totals->before.backend_ns) / count);
    printf("wal_bytes_per_purchase=%" PRId64 "\n",
           (totals->after.wal_bytes - totals->before.wal_bytes) / count);
}

static int measure(const struct arguments *arguments, struct writer *writer,
                   struct metrics *metrics, struct totals *ret_totals, struct error *error)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = NULL;
    const struct pg_options options = {.conninfo = arguments->conninfo,
                                       .application_name = "slipway-bench"};
    struct core_load load = {
        .writer = writer,
        .wallets = arguments->wallets,
        .in_flight = arguments->in_flight,
        .duration_ms = 500,
        .location = arguments->location,
    };
    const struct metric *batches = metrics_counter(metrics, "slipway_billing_batches_total",
                                                   "Transactions of the writer.", "");
    const struct metric *jobs = metrics_counter(metrics, "slipway_billing_batch_jobs_total",
                                                "Commands and results in them.", "");
    int64_t batches_before, jobs_before;
    int result = pg_new(&options, &pg, error);

    /* Connections, prepared statements and caches are not what is measured. */
    if (result == 0)
        result = core_load_run(&load, &ret_totals->load, error);
    if (result == 0)
        result = read_spent(pg, &ret_totals->before, error);
    batches_before = metric_value(batches);
    jobs_before = metric_value(jobs);
    load.duration_ms = arguments->seconds * 1000;
    if (result == 0)
        result = core_load_run(&load, &ret_totals->load, error);
    if (result == 0)
        result = read_spent(pg, &ret_totals->after, error);
    ret_totals->batches = metric_value(batches) - batches_before;
    ret_totals->jobs = metric_value(jobs) - jobs_before;
    return result;
}

struct core {
    struct kafka_producer *producer, *event_producer;
    struct metrics *metrics;
    struct relay *relay;
    struct sweeper *sweeper;
    struct writer *writer;
};

static int start(const struct arguments *arguments, struct core *core, struct error *error)
{
    const struct kafka_producer_options producer = {.brokers = arguments->brokers,
                                                    .client_id = "slipway-bench",
                                                    .linger_ms = 1,
                                                    .message_timeout_ms = 30000,
                                                    .queue_limit = 500000};
    struct kafka_producer_options events = producer;
    int result = kafka_producer_new(&producer, &core->producer, error);

    events.linger_ms = 50;
    events.compression = "lz4";
    if (result == 0)
        result = kafka_producer_new(&events, &core->event_producer, error);

    core->metrics = metrics_new();
    if (result == 0 && core->metrics == NULL)
        result = error_set(error, FAULT_HARD, "no memory");
    if (result < 0)
        return result;
    const struct relay_options relay = {.producer = core->producer,
                                        .event_producer = core->event_producer,
                                        .in_flight_limit = 4096,
                                        .metrics = core->metrics};

    result = relay_new(&relay, &core->relay, error);
    if (result < 0)
        return result;
    const struct sweeper_options sweeper = {.conninfo = arguments->conninfo,
                                            .relay = core->relay,
                                            .interval_ms = 1000,
                                            .own_age_ms = 30000,
                                            .keep_days = 60,
                                            .metrics = core->metrics};
    const struct writer_options writer = {.conninfo = arguments->conninfo,
                                          .shards = arguments->shards,
                                          .batch_limit = 256,
                                          .queue_limit = arguments->in_flight + 1,
                                          .deadline_ms = 10000,
                                          .lock_timeout_ms = 500,
                                          .relay = core->relay,
                                          .metrics = core->metrics};

    result = sweeper_new(&sweeper, &core->sweeper, error);
    return result == 0 ? writer_new(&writer, &core->writer, error) : result;
}

static void stop(struct core *core)
{
    writer_free(core->writer, 5000);
    sweeper_free(core->sweeper);
    kafka_producer_free(core->producer, 10000);
    kafka_producer_free(core->event_producer, 10000);
    relay_free(core->relay);
    metrics_free(core->metrics);
}

int main(int argc, char **argv)
{
    struct core core = {0};
    struct arguments arguments;
    struct totals totals;
    struct error error;
    int result;

    if (parse(argc, argv, &arguments)) {
        (void)fprintf(stderr,
                      "usage: %s <conninfo> <brokers> <wallets> <seconds>"
                      " [shards [in-flight [location]]]\n",
                      argv[0]);
        return 2;
    }
    log_init("bench", LOG_WARNING);
    result = start(&arguments, &core, &error);
    if (result == 0)
        result = measure(&arguments, core.writer, core.metrics, &totals, &error);
    if (result == 0)
        print(&totals);
    else
        (void)fprintf(stderr, "%s\n", error.text);
    stop(&core);
    return result == 0 ? 0 : 1;
}
