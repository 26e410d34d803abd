#include "services/billing/app.h"

#include "lib/base/log.h"
#include "services/billing/announcer.h"
#include "services/billing/config.h"
#include "services/billing/deposit_poller.h"
#include "services/billing/endpoints.h"
#include "services/billing/expiry.h"
#include "services/billing/inspector.h"
#include "services/billing/reconciler.h"
#include "services/billing/relay.h"
#include "services/billing/results.h"
#include "services/billing/status.h"
#include "services/billing/sweeper.h"

#include <stdatomic.h>

enum {
    RPC_BATCH_LIMIT = 1024,
    RPC_BODY_BYTES_LIMIT = 16 * 1024 * 1024,
    ANNOUNCEMENTS_LIMIT = 4096,
    REDIS_QUEUE_LIMIT = 8192,
    REDIS_TIMEOUT_MS = 1000,
};

struct app {
    const struct billing_config *config;
    struct metrics *metrics;
    struct redis *redis;
    struct kafka_producer *producer, *event_producer;
    struct relay *relay;
    struct sweeper *sweeper;
    struct writer *writer;
    struct results *results;
    struct expiry *expiry;
    struct reader *reader;
    struct announcer *announcer;
    struct inspector *inspector;
    struct reconciler *reconciler;
    struct provider_book book;
    struct deposit_terms terms;
    struct provider_client *providers;
    struct invoicer *invoicer;
    struct callbacks *callbacks;
    struct deposit_poller *poller;
    struct endpoints endpoints;
    struct rpc_method methods[2];
    struct rpc_server *rpc;
    /* Has been a member of the results' consumer group. */
    atomic_bool has_joined;
};

/* Two: events wait longer for company than commands, and say the same things again and again. */
static int start_producers(struct app *app, struct error *error)
{
    const struct kafka_producer_options commands = {
        .brokers = app->config->brokers,
        .client_id = "slipway-billing",
        .linger_ms = app->config->linger_ms,
        .message_timeout_ms = app->config->message_timeout_ms,
        .queue_limit = app->config->producer_limit,
    };
    struct kafka_producer_options events = commands;
    int result = kafka_producer_new(&commands, &app->producer, error);

    events.client_id = "slipway-billing-events";
    events.linger_ms = app->config->event_linger_ms;
    events.compression = "lz4";
    return result == 0 ? kafka_producer_new(&events, &app->event_producer, error) : result;
}

static int start_clients(struct app *app, struct error *error)
{
    const struct redis_options redis = {.host = app->config->redis_host,
                                        .port = app->config->redis_port,
                                        .password = app->config->redis_password,
                                        .connect_timeout_ms = REDIS_TIMEOUT_MS,
                                        .answer_timeout_ms = REDIS_TIMEOUT_MS,
                                        .queue_limit = REDIS_QUEUE_LIMIT};
    struct announcer_options announcer = {.queue_limit = ANNOUNCEMENTS_LIMIT};
    int result = redis_new(&redis, &app->redis, error);

    announcer.redis = app->redis;
    if (result == 0)
        result = announcer_new(&announcer, &app->announcer, error);
    return result == 0 ? start_producers(app, error) : result;
}

static int start_outbox(struct app *app, struct error *error)
{
    const struct relay_options relay = {.producer = app->producer,
                                        .event_producer = app->event_producer,
                                        .in_flight_limit = app->config->relay_limit,
                                        .metrics = app->metrics};
    struct sweeper_options sweeper = {.conninfo = app->config->database,
                                      .interval_ms = app->config->sweep_interval_ms,
                                      .own_age_ms = app->config->sweep_age_ms,
                                      .keep_days = app->config->keep_days,
                                      .metrics = app->metrics};
    int result = relay_new(&relay, &app->relay, error);

    sweeper.relay = app->relay;
    return result == 0 ? sweeper_new(&sweeper, &app->sweeper, error) : result;
}

static int set_terms(struct app *app, struct error *error)
{
    const struct billing_config *config = app->config;

    app->terms = (struct deposit_terms){
        .book = &app->book,
        .referral_basis_points = config->referral_basis_points,
        .provider_timeout_ms = config->provider_timeout_ms,
        .lease_ms = config->deposit_lease_ms,
        .schedule = {.first_ms = config->poll_first_ms, .longest_ms = config->poll_longest_ms},
    };
    if (config->deposit_lease_ms <= config->provider_timeout_ms + config->deadline_ms)
        return error_set(error, FAULT_HARD,
                         "configuration: DEPOSIT_LEASE_MS must be longer than PROVIDER_TIMEOUT_MS"
                         " and BILLING_DEADLINE_MS together");
    return provider_book_init(config, &app->book, error);
}

/* Best effort: who watches a batch that Redis was not told of asks us after some seconds. */
static void tell_ended(void *context, const struct writer_outcome *outcome)
{
    const struct app *app = context;
    struct error error;

    if (status_tell(app->redis, outcome, clock_now_us(NULL), NULL, NULL, &error) != 0)
        log_event(LOG_WARNING, NULL, "Redis was not told of a batch that ended",
                  LOG_TEXT("batch_id", outcome->batch_id), LOG_TEXT("error", error.text));
}

static int start_writer(struct app *app, struct error *error)
{
    const struct billing_config *config = app->config;
    const struct writer_options writer = {.conninfo = config->database,
                                          .shards = config->shards,
                                          .batch_limit = config->batch_limit,
                                          .queue_limit = config->queue_limit,
                                          .deadline_ms = config->deadline_ms,
                                          .lock_timeout_ms = config->lock_timeout_ms,
                                          .grace_days = config->grace_days,
                                          .relay = app->relay,
                                          .terms = &app->terms,
                                          .key_changed = announcer_tell_key,
                                          .user_changed = announcer_tell_user,
                                          .changed_context = app->announcer,
                                          .batch_ended = tell_ended,
                                          .batch_ended_context = app,
                                          .metrics = app->metrics};

    return writer_new(&writer, &app->writer, error);
}

static int start_results(struct app *app, struct error *error)
{
    const struct billing_config *config = app->config;
    const struct reconciler_options reconciler = {.conninfo = config->database,
                                                  .producer = app->producer,
                                                  .writer = app->writer,
                                                  .interval_ms = config->node_sweep_interval_ms,
                                                  .settle_s = config->node_sweep_settle_s,
                                                  .repairs = config->repair_drift,
                                                  .metrics = app->metrics};
    struct results_options results = {
        .brokers = config->brokers,
        .instance_id = config->instance[0] == '\0' ? NULL : config->instance,
        .in_flight_limit = config->results_limit,
        .session_timeout_ms = config->session_timeout_ms,
        .writer = app->writer,
        .redis = app->redis,
        .dead_letters = app->producer,
        .node_inspected = reconciler_note,
    };
    int result = reconciler_new(&reconciler, &app->reconciler, error);

    results.node_context = app->reconciler;
    return result == 0 ? results_new(&results, &app->results, error) : result;
}

static int start_expiry(struct app *app, struct error *error)
{
    const struct expiry_options options = {.conninfo = app->config->database,
                                           .writer = app->writer,
                                           .interval_ms = app->config->expiry_interval_ms,
                                           .limit = app->config->expiry_limit,
                                           .metrics = app->metrics};

    return expiry_new(&options, &app->expiry, error);
}

static int start_readers(struct app *app, struct error *error)
{
    const struct billing_config *config = app->config;
    const struct reader_options reader = {.conninfo = config->database,
                                          .threads = config->readers,
                                          .batch_limit = config->read_batch_limit,
                                          .queue_limit = config->read_queue_limit,
                                          .deadline_ms = config->read_deadline_ms,
                                          .statement_timeout_ms = config->read_timeout_ms,
                                          .slow_timeout_ms = config->audit_timeout_ms,
                                          .referral_basis_points = config->referral_basis_points,
                                          .metrics = app->metrics};
    const struct inspector_options inspector = {.conninfo = config->database,
                                                .producer = app->producer,
                                                .interval_ms = config->inspect_interval_ms,
                                                .limit = config->inspect_limit,
                                                .metrics = app->metrics};
    int result = reader_new(&reader, &app->reader, error);

    return result == 0 ? inspector_new(&inspector, &app->inspector, error) : result;
}

/* What asks payment providers. */
static int start_deposits(struct app *app, struct error *error)
{
    const struct provider_client_options client = {
        .book = &app->book, .metrics = app->metrics, .limit = app->config->provider_limit};
    struct invoicer_options invoicer = {.writer = app->writer, .terms = &app->terms};
    struct callbacks_options callbacks = {.writer = app->writer,
                                          .reader = app->reader,
                                          .terms = &app->terms,
                                          .metrics = app->metrics};
    struct deposit_poller_options poller = {.conninfo = app->config->database,
                                            .writer = app->writer,
                                            .terms = &app->terms,
                                            .interval_ms = app->config->poll_interval_ms,
                                            .limit = app->config->poll_limit,
                                            .metrics = app->metrics};
    int result = provider_client_new(&client, &app->providers, error);

    invoicer.client = callbacks.client = poller.client = app->providers;
    if (result == 0)
        result = invoicer_new(&invoicer, &app->invoicer, error);
    if (result == 0)
        result = callbacks_new(&callbacks, &app->callbacks, error);
    poller.invoicer = app->invoicer;
    return result == 0 ? deposit_poller_new(&poller, &app->poller, error) : result;
}

static int start_rpc(struct app *app, struct error *error)
{
    const struct rpc_server_options options = {.bind_address = app->config->address,
                                               .port = app->config->port,
                                               .threads = app->config->rpc_threads,
                                               .token = app->config->rpc_token,
                                               .batch_limit = RPC_BATCH_LIMIT,
                                               .body_bytes_limit = RPC_BODY_BYTES_LIMIT,
                                               .methods = app->methods,
                                               .method_count = ARRAY_LENGTH(app->methods)};

    endpoints_init(&app->endpoints, &(struct endpoints_parts){.writer = app->writer,
                                                              .reader = app->reader,
                                                              .invoicer = app->invoicer,
                                                              .callbacks = app->callbacks});
    app->methods[0] = (struct rpc_method){
        .path = "/rpc/commands", .handle = endpoints_handle_command, .context = &app->endpoints};
    app->methods[1] = (struct rpc_method){
        .path = "/rpc/queries", .handle = endpoints_handle_query, .context = &app->endpoints};
    return rpc_server_new(&options, &app->rpc, error);
}

static int64_t read_results_lag(void *context)
{
    struct kafka_consumer_state state = {0};

    results_state(context, &state);
    return state.lag;
}

static int64_t read_backlog(void *context)
{
    const struct app *app = context;

    return kafka_producer_backlog(app->producer) + kafka_producer_backlog(app->event_producer);
}

static void register_metrics(struct app *app)
{
    metrics_gauge_read(app->metrics, "slipway_billing_results_lag_records",
                       "Results of workers not yet applied; -1: unknown.", "", read_results_lag,
                       app->results);
    metrics_gauge_read(app->metrics, "slipway_billing_producer_backlog_messages",
                       "Messages that Kafka has not acknowledged.", "", read_backlog, app);
}

/* Nobody who answers may outlive whom it answers: calls end in the readers, then with the payment
 * providers, then in the writer, and all of these before the RPC server; whoever sends ends before
 * the producer. */
static void app_stop(void *context)
{
    struct app *app = context;
    const int64_t timeout_ms = app->config->service.drain_ms;

    if (app->rpc != NULL)
        endpoints_close(&app->endpoints);
    results_free(app->results, timeout_ms);
    if (app->reconciler != NULL)
        reconciler_stop(app->reconciler);
    expiry_free(app->expiry);
    inspector_free(app->inspector);
    if (app->poller != NULL)
        deposit_poller_stop(app->poller);
    reader_free(app->reader);
    if (app->providers != NULL)
        provider_client_close(app->providers);
    if (app->writer != NULL)
        writer_free(app->writer, timeout_ms);
    reconciler_free(app->reconciler);
    deposit_poller_free(app->poller);
    callbacks_free(app->callbacks);
    invoicer_free(app->invoicer);
    provider_client_free(app->providers);
    if (app->rpc != NULL) {
        rpc_server_free(app->rpc);
        endpoints_deinit(&app->endpoints);
    }
    sweeper_free(app->sweeper);
    kafka_producer_free(app->producer, timeout_ms);
    kafka_producer_free(app->event_producer, timeout_ms);
    relay_free(app->relay);
    announcer_free(app->announcer);
    redis_free(app->redis);
    free(app);
}

static int app_start(const void *config, struct metrics *metrics, void **ret_app,
                     struct error *error)
{
    struct app *app = calloc(1, sizeof(*app));
    int result;

    if (app == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    app->config = config;
    app->metrics = metrics;
    result = set_terms(app, error);
    if (result == 0)
        result = start_clients(app, error);
    if (result == 0)
        result = start_outbox(app, error);
    if (result == 0)
        result = start_writer(app, error);
    if (result == 0)
        result = start_results(app, error);
    if (result == 0)
        result = start_expiry(app, error);
    if (result == 0)
        result = start_readers(app, error);
    if (result == 0)
        result = start_deposits(app, error);
    if (result == 0)
        result = start_rpc(app, error);
    if (result != 0) {
        app_stop(app);
        return result;
    }
    register_metrics(app);
    *ret_app = app;
    return 0;
}

/* Kafka only counts until the group was joined once: purchases go on while it is away, and the
 * outbox keeps what it is to be told. */
static const char *app_unready(void *context)
{
    struct app *app = context;
    struct kafka_consumer_state state = {0};

    if (!reader_is_up(app->reader))
        return "PostgreSQL can't be reached";
    results_state(app->results, &state);
    if (state.partitions > 0)
        atomic_store(&app->has_joined, true);
    return atomic_load(&app->has_joined) ? NULL : "no partition of the results is assigned yet";
}

static void app_drain(void *context, int64_t timeout_ms)
{
    struct app *app = context;

    (void)rpc_server_drain(app->rpc, timeout_ms);
    endpoints_close(&app->endpoints);
}

struct service app_service(void)
{
    return (struct service){.name = "billing",
                            .settings = billing_settings,
                            .setting_count = billing_setting_count,
                            .config_size = sizeof(struct billing_config),
                            .start = app_start,
                            .unready = app_unready,
                            .drain = app_drain,
                            .stop = app_stop};
}
