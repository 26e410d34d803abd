#include "services/notifier/app.h"

#include "lib/rpc/rpc_server.h"
#include "services/notifier/channel_mail.h"
#include "services/notifier/channel_telegram.h"
#include "services/notifier/config.h"
#include "services/notifier/courier.h"
#include "services/notifier/desk.h"
#include "services/notifier/dispatch.h"
#include "services/notifier/intake.h"

#include <sodium.h>
#include <stdatomic.h>

enum {
    RPC_BATCH_LIMIT = 1024,
    RPC_BODY_BYTES_LIMIT = 16 * 1024 * 1024,
    DEAD_LETTERS_LIMIT = 10000,
    STOP_FLUSH_MS = 5000,
    TELEGRAM_ANSWER_LIMIT = 64 * 1024,
    /* The Bot API takes 30 messages a second. */
    TELEGRAM_PAUSE_MS = 40,
    NOTICE_RETRY_LONGEST_MS = 3600000,
};

struct app {
    const struct notifier_config *config;
    struct metrics *metrics;
    uint8_t secret_key[SECRET_KEY_BYTES];
    struct kafka_producer *dead_letters;
    struct dispatch *dispatch;
    struct mail_channel mail;
    struct telegram_channel telegram;
    /* NULL: billing is not asked. */
    struct user_finder *finder;
    /* NULL: the channel is off. */
    struct courier *mail_courier, *telegram_courier;
    struct intake *intake;
    struct desk *desk;
    struct rpc_method method;
    struct rpc_server *rpc;
    /* Has been a member of the consumer group. */
    atomic_bool has_joined;
};

static void wake_couriers(void *context)
{
    const struct app *app = context;

    if (app->mail_courier != NULL)
        courier_wake(app->mail_courier);
    if (app->telegram_courier != NULL)
        courier_wake(app->telegram_courier);
}

static void wake(void *context)
{
    const struct app *app = context;

    dispatch_wake(app->dispatch);
    wake_couriers(context);
}

static struct notice_channels channels_of(const struct notifier_config *config)
{
    return (struct notice_channels){.email = config->smtp_url[0] != '\0',
                                    .telegram = config->telegram_token[0] != '\0'};
}

static int start_dispatch(struct app *app, struct error *error)
{
    const struct notifier_config *config = app->config;
    const struct dispatch_options options = {
        .conninfo = config->database,
        .interval_ms = config->interval_ms,
        .in_flight_limit = config->in_flight_limit,
        .endpoint_limit = config->endpoint_in_flight_limit,
        .connect_timeout_ms = config->connect_timeout_ms,
        .timeout_ms = config->timeout_ms,
        .retry = {config->retry_first_ms, config->retry_longest_ms, config->give_up_ms},
        .failing_limit_ms = config->failing_limit_ms,
        .keep_days = config->keep_days,
        .channels = channels_of(config),
        .allows_loopback = config->allows_loopback,
        .ca_file = config->ca_file,
        .secret_key = app->secret_key,
        .metrics = app->metrics
    };

    return dispatch_new(&options, &app->dispatch, error);
}

static struct courier_options courier_options(const struct app *app, const char *channel)
{
    return (struct courier_options){.conninfo = app->config->database,
                                    .channel = channel,
                                    .interval_ms = app->config->interval_ms,
                                    .retry_first_ms = app->config->notice_retry_first_ms,
                                    .retry_longest_ms = NOTICE_RETRY_LONGEST_MS,
                                    .send_limit_ms = app->config->notice_timeout_ms,
                                    .metrics = app->metrics};
}

static int start_mail(struct app *app, struct error *error)
{
    const struct notifier_config *config = app->config;
    struct courier_options options = courier_options(app, "email");

    if (config->smtp_url[0] == '\0')
        return 0;
    if (!mail_address_is_valid(config->mail_from))
        return error_set(error, FAULT_HARD,
                         "configuration: NOTIFIER_MAIL_FROM must be one mailbox");
    app->mail = (struct mail_channel){.url = config->smtp_url,
                                      .user = config->smtp_user,
                                      .password = config->smtp_password,
                                      .from = config->mail_from,
                                      .requires_tls = config->smtp_requires_tls,
                                      .ca_file = config->ca_file,
                                      .timeout_ms = config->notice_timeout_ms};
    options.daily_limit = config->mail_daily_limit;
    options.send = channel_mail_send;
    options.context = &app->mail;
    return courier_new(&options, &app->mail_courier, error);
}

static int start_finder(struct app *app, struct error *error)
{
    const struct notifier_config *config = app->config;
    const struct user_finder_options options = {.url = config->billing_url,
                                                .token = config->rpc_token,
                                                .connect_timeout_ms = config->connect_timeout_ms,
                                                .timeout_ms = config->ask_timeout_ms};

    return config->billing_url[0] == '\0' ? 0 : user_finder_new(&options, &app->finder, error);
}

static int start_telegram(struct app *app, struct error *error)
{
    const struct notifier_config *config = app->config;
    struct courier_options options = courier_options(app, "telegram");
    const struct http_client_options http = {.queue_limit = 1,
                                             .connections_per_host = 1,
                                             .connect_timeout_ms = config->connect_timeout_ms,
                                             .answer_bytes_limit = TELEGRAM_ANSWER_LIMIT,
                                             .ca_file = config->ca_file};
    int result;

    if (config->telegram_token[0] == '\0')
        return 0;
    result = http_client_new(&http, &app->telegram.http, error);
    if (result == 0)
        result = start_finder(app, error);
    if (result != 0)
        return result;
    app->telegram.url = config->telegram_url;
    app->telegram.token = config->telegram_token;
    app->telegram.timeout_ms = config->notice_timeout_ms;
    options.daily_limit = config->telegram_daily_limit;
    options.pause_ms = TELEGRAM_PAUSE_MS;
    options.needs_chat = true;
    options.finder = app->finder;
    options.send = channel_telegram_send;
    options.context = &app->telegram;
    return courier_new(&options, &app->telegram_courier, error);
}

static int start_intake(struct app *app, struct error *error)
{
    const struct notifier_config *config = app->config;
    const struct kafka_producer_options producer = {.brokers = config->brokers,
                                                    .client_id = "slipway-notifier",
                                                    .message_timeout_ms =
                                                        config->message_timeout_ms,
                                                    .queue_limit = DEAD_LETTERS_LIMIT};
    struct intake_options options = {.conninfo = config->database,
                                     .brokers = config->brokers,
                                     .group = "notifier",
                                     .instance_id =
                                         config->instance[0] == '\0' ? NULL : config->instance,
                                     .in_flight_limit = config->intake_limit,
                                     .session_timeout_ms = config->session_timeout_ms,
                                     .channels = channels_of(config),
                                     .metrics = app->metrics,
                                     .dispatch = app->dispatch,
                                     .stored = wake_couriers,
                                     .context = app};
    int result = kafka_producer_new(&producer, &app->dead_letters, error);

    options.dead_letters = app->dead_letters;
    return result == 0 ? intake_new(&options, &app->intake, error) : result;
}

static int start_rpc(struct app *app, struct error *error)
{
    const struct notifier_config *config = app->config;
    const struct desk_options desk = {.conninfo = config->database,
                                      .threads = config->desk_threads,
                                      .queue_limit = config->desk_queue_limit,
                                      .statement_timeout_ms = config->desk_timeout_ms,
                                      .endpoints_limit = config->endpoints_limit,
                                      .rotation_ms = config->rotation_ms,
                                      .allows_loopback = config->allows_loopback,
                                      .secret_key = app->secret_key,
                                      .asked = wake,
                                      .context = app};
    const struct rpc_server_options rpc = {.bind_address = config->address,
                                           .port = config->port,
                                           .threads = config->rpc_threads,
                                           .token = config->rpc_token,
                                           .batch_limit = RPC_BATCH_LIMIT,
                                           .body_bytes_limit = RPC_BODY_BYTES_LIMIT,
                                           .methods = &app->method,
                                           .method_count = 1};
    int result = desk_new(&desk, &app->desk, error);

    app->method =
        (struct rpc_method){.path = "/rpc/calls", .handle = desk_handle, .context = app->desk};
    return result == 0 ? rpc_server_new(&rpc, &app->rpc, error) : result;
}

static int64_t read_lag(void *context)
{
    struct kafka_consumer_state state = {0};

    intake_state(context, &state);
    return state.lag;
}

/* Who may still call whom: Kafka and the gateway first, then what they wake. */
static void app_stop(void *context)
{
    struct app *app = context;

    rpc_server_free(app->rpc);
    desk_free(app->desk);
    intake_free(app->intake, STOP_FLUSH_MS);
    courier_free(app->mail_courier);
    courier_free(app->telegram_courier);
    http_client_free(app->telegram.http);
    user_finder_free(app->finder);
    dispatch_free(app->dispatch);
    if (app->dead_letters != NULL)
        kafka_producer_free(app->dead_letters, STOP_FLUSH_MS);
    sodium_memzero(app->secret_key, sizeof(app->secret_key));
    free(app);
}

static int app_start(const void *config, struct metrics *metrics, void **ret_app,
                     struct error *error)
{
    struct app *app = calloc(1, sizeof(*app));
    int result = 0;

    if (app == NULL)
        return error_set(error, FAULT_HARD, "no memory for the notifier");
    app->config = config;
    app->metrics = metrics;
    if (secret_key_parse(app->config->secret_key, app->secret_key))
        result = error_set(error, FAULT_HARD,
                           "configuration: NOTIFIER_SECRET_KEY must be base64 of 32 bytes");
    if (result == 0)
        result = start_dispatch(app, error);
    if (result == 0)
        result = start_mail(app, error);
    if (result == 0)
        result = start_telegram(app, error);
    if (result == 0)
        result = start_intake(app, error);
    if (result == 0)
        result = start_rpc(app, error);
    if (result != 0) {
        app_stop(app);
        return result;
    }
    metrics_gauge_read(metrics, "slipway_notifier_events_lag_records",
                       "Events not yet taken in; -1: unknown.", "", read_lag, app->intake);
    *ret_app = app;
    return 0;
}

/* As billing: Kafka counts until the group was joined once. */
static const char *app_unready(void *context)
{
    struct app *app = context;
    struct kafka_consumer_state state = {0};

    if (!desk_is_up(app->desk))
        return "PostgreSQL can't be reached";
    intake_state(app->intake, &state);
    if (state.partitions > 0)
        atomic_store(&app->has_joined, true);
    return atomic_load(&app->has_joined) ? NULL : "no partition of the events is assigned yet";
}

static void app_drain(void *context, int64_t timeout_ms)
{
    struct app *app = context;

    (void)rpc_server_drain(app->rpc, timeout_ms);
    desk_close(app->desk);
}

struct service app_service(void)
{
    return (struct service){.name = "notifier",
                            .settings = notifier_settings,
                            .setting_count = notifier_setting_count,
                            .config_size = sizeof(struct notifier_config),
                            .start = app_start,
                            .unready = app_unready,
                            .drain = app_drain,
                            .stop = app_stop};
}
