#include "services/provisioner/provisioner.h"

#include "lib/kafka/consumer.h"
#include "services/provisioner/config.h"
#include "services/provisioner/worker.h"

#include <libxml/parser.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum {
    redis_queue_limit = 4096,
    redis_connect_timeout_ms = 1000,
    result_queue_limit = 100000,
    stop_flush_ms = 5000,
    name_size = 128,
};

struct provisioner {
    const struct provisioner_config *config;
    /* Lent to Kafka's clients. */
    char name[name_size], topic[name_size], group[name_size];
    struct kafka_producer *producer;
    struct redis *redis;
    struct watcher *watcher;
    struct connections *connections;
    struct worker worker;
    atomic_bool draining;
    /* Guards the pointer against those who read figures from it. */
    pthread_mutex_t mutex;
    struct kafka_consumer *consumer;
};

void provisioner_drain(void *app, int64_t timeout_ms)
{
    struct provisioner *provisioner = app;
    struct kafka_consumer *consumer;

    atomic_store(&provisioner->draining, true);
    (void)pthread_mutex_lock(&provisioner->mutex);
    consumer = TAKE(provisioner->consumer);
    (void)pthread_mutex_unlock(&provisioner->mutex);
    if (consumer != NULL)
        kafka_consumer_free(consumer, timeout_ms);
}

/* In the order of who may still call whom: watcher → nodes → producer. */
void provisioner_stop(void *app)
{
    struct provisioner *provisioner = app;

    provisioner_drain(provisioner, 0);
    if (provisioner->watcher != NULL)
        watcher_stop(provisioner->watcher);
    connections_free(provisioner->connections);
    watcher_free(provisioner->watcher);
    if (provisioner->producer != NULL)
        kafka_producer_free(provisioner->producer, stop_flush_ms);
    redis_free(provisioner->redis);
    (void)pthread_mutex_destroy(&provisioner->mutex);
    free(provisioner);
    xmlCleanupParser();
}

static void cleanup_provisioner(struct provisioner **provisioner)
{
    if (*provisioner != NULL)
        provisioner_stop(*provisioner);
}

static void name_parts(struct provisioner *provisioner)
{
    const char *location = provisioner->config->location;
    char host[64] = "";

    (void)snprintf(provisioner->topic, name_size, "vps.commands.%.64s", location);
    (void)snprintf(provisioner->group, name_size, "provisioner-%.64s", location);
    (void)gethostname(host, sizeof(host) - 1);
    if (provisioner->config->instance[0] != '\0')
        (void)snprintf(provisioner->name, sizeof(provisioner->name), "%.120s",
                       provisioner->config->instance);
    else
        (void)snprintf(provisioner->name, sizeof(provisioner->name), "%.32s-%.64s-%ld", location,
                       host, (long)getpid());
}

static int open_servers(struct provisioner *provisioner, struct error *error)
{
    const struct provisioner_config *config = provisioner->config;
    const int result = kafka_producer_new(
        &(struct kafka_producer_options){.brokers = config->brokers,
                                         .client_id = provisioner->name,
                                         .message_timeout_ms = config->message_timeout_ms,
                                         .queue_limit = result_queue_limit},
        &provisioner->producer, error);

    if (result != 0)
        return result;
    return redis_new(&(struct redis_options){.host = config->redis_host,
                                             .port = config->redis_port,
                                             .password = config->redis_password,
                                             .connect_timeout_ms = redis_connect_timeout_ms,
                                             .answer_timeout_ms = config->redis_timeout_ms,
                                             .queue_limit = redis_queue_limit},
                     &provisioner->redis, error);
}

static int open_nodes(struct provisioner *provisioner, struct error *error)
{
    const char *uris = provisioner->config->node_uris;
    int result = watcher_new(&provisioner->worker.results, &provisioner->watcher, error);

    if (result == 0)
        result = connections_new(
            &(struct connections_options){uris, watcher_note_change, provisioner->watcher},
            &provisioner->connections, error);
    if (result == 0)
        result = watcher_start(provisioner->watcher, provisioner->connections, uris, error);
    return result;
}

static int start_consumer(struct provisioner *provisioner, struct error *error)
{
    const struct provisioner_config *config = provisioner->config;
    const char *const topics[] = {provisioner->topic};

    return kafka_consumer_new(
        &(struct kafka_consumer_options){.brokers = config->brokers,
                                         .group = provisioner->group,
                                         .instance_id =
                                             config->instance[0] != '\0' ? config->instance : NULL,
                                         .topics = topics,
                                         .topic_count = ARRAY_LENGTH(topics),
                                         .workers = (unsigned)config->workers,
                                         .in_flight_limit = (size_t)config->in_flight,
                                         .retry_first_ms = config->retry_first_ms,
                                         .retry_longest_ms = config->retry_longest_ms,
                                         /* The worker itself decides when a command is given up:
                                            not before its leftovers are. */
                                         .attempts_limit = 0,
                                         .session_timeout_ms = config->session_timeout_ms,
                                         .handle = worker_handle,
                                         .context = &provisioner->worker,
                                         .party = worker_party,
                                         .dead_letters = provisioner->producer},
        &provisioner->consumer, error);
}

static struct kafka_consumer_state read_consumer(struct provisioner *provisioner)
{
    struct kafka_consumer_state state = {.lag = -1};

    (void)pthread_mutex_lock(&provisioner->mutex);
    if (provisioner->consumer != NULL)
        kafka_consumer_state(provisioner->consumer, &state);
    (void)pthread_mutex_unlock(&provisioner->mutex);
    return state;
}

static int64_t read_lag(void *context)
{
    return read_consumer(context).lag;
}

static int64_t read_oldest_ms(void *context)
{
    return read_consumer(context).oldest_ms;
}

static int64_t read_in_flight(void *context)
{
    return read_consumer(context).in_flight;
}

static int64_t read_partitions(void *context)
{
    return read_consumer(context).partitions;
}

static int64_t read_partitions_lost(void *context)
{
    return (int64_t)read_consumer(context).partitions_lost;
}

static int64_t read_nodes(void *context)
{
    return connections_count(((struct provisioner *)context)->connections);
}

static void register_gauges(struct provisioner *provisioner, struct metrics *metrics)
{
    metrics_gauge_read(metrics, "slipway_provisioner_commands_lag",
                       "Commands behind the end of the assigned partitions", "", read_lag,
                       provisioner);
    metrics_gauge_read(metrics, "slipway_provisioner_oldest_command_milliseconds",
                       "Age of the oldest unfinished command, since billing sent it", "",
                       read_oldest_ms, provisioner);
    metrics_gauge_read(metrics, "slipway_provisioner_commands_in_flight",
                       "Commands fetched and not finished", "", read_in_flight, provisioner);
    metrics_gauge_read(metrics, "slipway_provisioner_partitions",
                       "Partitions of the commands assigned to this worker", "", read_partitions,
                       provisioner);
    metrics_gauge_read(metrics, "slipway_provisioner_partitions_lost",
                       "Partitions that went to other workers, since the start", "",
                       read_partitions_lost, provisioner);
    metrics_gauge_read(metrics, "slipway_provisioner_nodes_connected", "Nodes connected", "",
                       read_nodes, provisioner);
}

static int fill_worker(struct provisioner *provisioner, struct metrics *metrics,
                       struct error *error)
{
    const struct provisioner_config *config = provisioner->config;
    struct worker *worker = &provisioner->worker;

    worker->results = (struct results){provisioner->producer, provisioner->name};
    worker->status.redis = provisioner->redis;
    worker->machine_settings = (struct machine_settings){.network = config->network,
                                                         .filter = config->network_filter,
                                                         .nameservers = config->nameservers,
                                                         .kvm = config->kvm,
                                                         .login_ms = config->login_ms,
                                                         .shutdown_ms = config->shutdown_ms};
    worker->attempts = config->attempts;
    worker_init_metrics(worker, metrics);
    return seal_key_parse(config->seal_public_key, (uint32_t)config->seal_key_id,
                          &worker->machine_settings.seal_key, error);
}

int provisioner_start(const void *config, struct metrics *metrics, void **ret_app,
                      struct error *error)
{
    CLEANUP(cleanup_provisioner) struct provisioner *provisioner = calloc(1, sizeof(*provisioner));
    int result;

    if (provisioner == NULL)
        return error_set(error, FAULT_HARD, "out of memory");
    xmlInitParser();
    (void)pthread_mutex_init(&provisioner->mutex, NULL);
    provisioner->config = config;
    name_parts(provisioner);
    result = open_servers(provisioner, error);
    if (result == 0)
        result = fill_worker(provisioner, metrics, error);
    if (result == 0)
        result = open_nodes(provisioner, error);
    if (result != 0)
        return result;
    provisioner->worker.connections = provisioner->connections;
    provisioner->worker.watcher = provisioner->watcher;
    result = start_consumer(provisioner, error);
    if (result != 0)
        return result;
    register_gauges(provisioner, metrics);
    *ret_app = TAKE(provisioner);
    return 0;
}

/* A member without partitions is ready too: it stands by for others. */
const char *provisioner_unready(void *app)
{
    const struct provisioner *provisioner = app;

    return atomic_load(&provisioner->draining) ? "draining" : NULL;
}
