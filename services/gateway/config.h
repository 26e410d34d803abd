/* Settings of the gateway; `slipway-gateway --help` prints the table. */
#pragma once

#include "lib/service/service.h"

struct gateway_config {
    struct service_config service;
    /* The public listener. */
    const char *address;
    int64_t port, threads;
    int64_t connections_limit, connections_per_address_limit;
    int64_t header_bytes_limit, uri_bytes_limit, body_bytes_limit;
    int64_t header_timeout_ms, body_timeout_ms, idle_timeout_ms;
    const char *cors_allowed_origins, *trusted_proxies;
    bool access_log;
    /* billing. */
    const char *billing_url, *rpc_token;
    int64_t billing_timeout_ms, billing_queue_limit, billing_batch_limit;
    int64_t billing_command_trips, billing_query_trips, billing_deposit_trips;
    /* The notifier; the token is billing's. */
    const char *notifier_url;
    int64_t notifier_timeout_ms, notifier_queue_limit;
    /* Redis. */
    const char *redis_host, *redis_password;
    int64_t redis_port, redis_timeout_ms;
    /* Who may do what, how often. */
    bool money_enabled, signature_required;
    int64_t rate_limit_per_minute, rate_limit_burst, rate_limit_keys;
    int64_t key_cache_ttl_ms, key_cache_negative_ttl_ms, key_cache_entries;
    /* Hex of the 32 bytes that signing secrets are derived from; "": none. Never logged. */
    const char *signing_master_secret;
    /* Answers that take longer. */
    int64_t catalog_ttl_ms, batch_waiters_limit, batch_stream_ms;
    /* Base64 of the 32-byte secret half that opens sealed passwords. Never logged. */
    const char *seal_secret_key;
    int64_t seal_key_id;
    int64_t console_token_seconds;
};

extern const struct setting gateway_settings[];
extern const size_t gateway_setting_count;
