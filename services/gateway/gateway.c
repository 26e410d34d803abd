#include "services/gateway/gateway.h"

#include "services/gateway/admission.h"

#include <stdlib.h>

enum { REDIS_QUEUE_LIMIT = 65536, REDIS_CONNECT_TIMEOUT_MS = 1000 };

static int connect_redis(struct gateway *gateway, struct error *error)
{
    const struct gateway_config *config = gateway->config;
    const struct redis_options options = {
        .host = config->redis_host,
        .port = config->redis_port,
        .password = config->redis_password,
        .connect_timeout_ms = REDIS_CONNECT_TIMEOUT_MS,
        .answer_timeout_ms = config->redis_timeout_ms,
        .queue_limit = REDIS_QUEUE_LIMIT,
    };
    int result = redis_new(&options, &gateway->redis, error);

    if (result == 0)
        result = redis_subscriber_new(&options, &gateway->subscriber, error);
    return result;
}

static void note_finished(void *context, const struct http_exchange *exchange, unsigned status,
                          size_t bytes, int64_t duration_us)
{
    struct gateway *gateway = context;

    telemetry_note(gateway->telemetry, exchange, status, bytes, duration_us);
}

static int listen_to_callers(struct gateway *gateway, struct error *error)
{
    const struct gateway_config *config = gateway->config;
    const struct http_server_options options = {
        .bind_address = config->address,
        .port = config->port,
        .threads = config->threads,
        .connections_limit = config->connections_limit,
        .connections_per_address_limit = config->connections_per_address_limit,
        .header_bytes_limit = config->header_bytes_limit,
        .uri_bytes_limit = config->uri_bytes_limit,
        .body_bytes_limit = config->body_bytes_limit,
        .header_timeout_ms = config->header_timeout_ms,
        .body_timeout_ms = config->body_timeout_ms,
        .idle_timeout_ms = config->idle_timeout_ms,
        .begin = admission_begin,
        .handle = admission_handle,
        .finished = note_finished,
        .context = gateway,
    };

    return http_server_new(&options, &gateway->server, error);
}

static int read_proxies(struct gateway *gateway, struct error *error)
{
    if (!proxies_parse(gateway->config->trusted_proxies, &gateway->proxies))
        return 0;
    return error_set(error, FAULT_HARD,
                     "configuration: TRUSTED_PROXIES must be addresses and CIDR blocks, at most %d",
                     PROXIES_MAX);
}

static int start_signing(struct gateway *gateway, struct error *error)
{
    const struct gateway_config *config = gateway->config;
    const int result = signing_master_init(&gateway->signing, config->signing_master_secret, error);

    if (result == 0 && config->signature_required && !gateway->signing.is_set)
        return error_set(error, FAULT_HARD,
                         "configuration: API_SIGNATURE_REQUIRED needs SIGNING_MASTER_SECRET");
    return result;
}

static int start_parts(struct gateway *gateway, struct metrics *metrics, struct error *error)
{
    const struct gateway_config *config = gateway->config;
    int result =
        seal_init(&gateway->seal, config->seal_secret_key, (uint32_t)config->seal_key_id, error);

    if (result == 0)
        result = read_proxies(gateway, error);
    if (result == 0)
        result = start_signing(gateway, error);
    if (result == 0)
        result = connect_redis(gateway, error);
    if (result == 0)
        result = billing_client_new(config, &gateway->billing, error);
    if (result == 0)
        result = notifier_client_new(config, &gateway->notifier, error);
    if (result == 0)
        result =
            key_cache_new(config, gateway->billing, gateway->subscriber, &gateway->keys, error);
    if (result == 0)
        result = rate_limiter_new(config, gateway->redis, metrics, &gateway->limiter, error);
    if (result == 0)
        result = batch_watch_new(gateway, config->batch_waiters_limit, &gateway->batches, error);
    if (result == 0)
        result = listen_to_callers(gateway, error);
    return result;
}

int gateway_new(const struct gateway_config *config, struct metrics *metrics,
                struct gateway **ret_gateway, struct error *error)
{
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    int result;

    if (gateway == NULL)
        return error_set(error, FAULT_HARD, "gateway: no memory");
    gateway->config = config;
    gateway->telemetry = telemetry_new(metrics, config->access_log);
    gateway->catalog = catalog_cache_new(config->catalog_ttl_ms);
    if (gateway->telemetry == NULL || gateway->catalog == NULL)
        result = error_set(error, FAULT_HARD, "gateway: no memory");
    else
        result = start_parts(gateway, metrics, error);
    if (result != 0) {
        gateway_free(gateway);
        return result;
    }
    *ret_gateway = gateway;
    return 0;
}

/* Redis and billing being down is no reason: what they don't serve answers 503 by itself, and a
 * gateway that is taken out of service can't even say that. */
const char *gateway_unready(struct gateway *gateway)
{
    return atomic_load(&gateway->stopping) ? "stopping" : NULL;
}

void gateway_drain(struct gateway *gateway, int64_t timeout_ms)
{
    batch_watch_close(gateway->batches);
    (void)http_server_drain(gateway->server, timeout_ms);
    atomic_store(&gateway->stopping, true);
}

/* The clients go before the server, because what they still owe ends in replies. Redis is silenced
 * before billing, because what Redis does not tell is asked of billing, and freed behind it,
 * because what billing tells may have to be put there. */
void gateway_free(struct gateway *gateway)
{
    if (gateway == NULL)
        return;
    batch_watch_free(gateway->batches);
    redis_close(gateway->redis);
    billing_client_free(gateway->billing);
    notifier_client_free(gateway->notifier);
    http_server_free(gateway->server);
    redis_free(gateway->redis);
    key_cache_free(gateway->keys);
    rate_limiter_free(gateway->limiter);
    redis_subscriber_free(gateway->subscriber);
    catalog_cache_free(gateway->catalog);
    telemetry_free(gateway->telemetry);
    seal_deinit(&gateway->seal);
    signing_master_deinit(&gateway->signing);
    free(gateway);
}
