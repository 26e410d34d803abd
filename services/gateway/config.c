#include "services/gateway/config.h"

#include <stddef.h>

#define TEXT(name, member, fallback, help)                                                         \
    {                                                                                              \
        (name), SETTING_TEXT, offsetof(struct gateway_config, member), (fallback), (help), 0, 0    \
    }
#define SWITCH(name, member, fallback, help)                                                       \
    {                                                                                              \
        (name), SETTING_SWITCH, offsetof(struct gateway_config, member), (fallback), (help), 0, 0  \
    }
#define NUMBER(name, member, fallback, minimum, maximum, help)                                     \
    {                                                                                              \
        (name), SETTING_NUMBER, offsetof(struct gateway_config, member), (fallback), (help),       \
            (minimum), (maximum)                                                                   \
    }

/* clang-format off */
const struct setting gateway_settings[] = {
    SERVICE_SETTINGS("GATEWAY", "8081"),
    TEXT("GATEWAY_ADDRESS", address, "127.0.0.1", "numeric address of the public API"),
    NUMBER("GATEWAY_PORT", port, "8080", 0, 65535, "port of the public API"),
    NUMBER("GATEWAY_THREADS", threads, "2", 1, 256, "threads of the public API"),
    NUMBER("GATEWAY_CONNECTIONS_LIMIT", connections_limit, "10000", 1, 1000000,
           "connections in all"),
    NUMBER("GATEWAY_CONNECTIONS_PER_ADDRESS_LIMIT", connections_per_address_limit, "5000", 1,
           1000000, "connections of one client address"),
    NUMBER("GATEWAY_HEADER_BYTES_LIMIT", header_bytes_limit, "16384", 1024, 65536,
           "longest request header"),
    NUMBER("GATEWAY_URI_BYTES_LIMIT", uri_bytes_limit, "4096", 256, 65536, "longest request URI"),
    NUMBER("GATEWAY_BODY_BYTES_LIMIT", body_bytes_limit, "1048576", 1024, 16777216,
           "longest request body"),
    NUMBER("GATEWAY_HEADER_TIMEOUT_MS", header_timeout_ms, "10000", 10, 600000,
           "time for a request's header to arrive"),
    NUMBER("GATEWAY_BODY_TIMEOUT_MS", body_timeout_ms, "20000", 10, 600000,
           "time for a request's body to arrive"),
    NUMBER("GATEWAY_IDLE_TIMEOUT_MS", idle_timeout_ms, "75000", 10, 3600000,
           "time a connection may stay open without a request"),
    TEXT("CORS_ALLOWED_ORIGINS", cors_allowed_origins, "",
         "origins that browsers may call from, comma-separated; empty: none"),
    TEXT("TRUSTED_PROXIES", trusted_proxies, "",
         "addresses and CIDR blocks whose X-Forwarded-For is believed, comma-separated"),
    SWITCH("GATEWAY_ACCESS_LOG", access_log, "on", "one log line a request"),

    TEXT("BILLING_URL", billing_url, "http://127.0.0.1:7101", "where billing answers"),
    TEXT("RPC_TOKEN", rpc_token, NULL, "what billing expects of its callers"),
    NUMBER("BILLING_TIMEOUT_MS", billing_timeout_ms, "10000", 10, 600000,
           "longest wait for billing"),
    NUMBER("BILLING_QUEUE_LIMIT", billing_queue_limit, "16384", 1, 1000000,
           "calls that may wait for billing, by lane"),
    NUMBER("BILLING_BATCH_LIMIT", billing_batch_limit, "256", 1, 4096, "calls a trip to billing"),
    NUMBER("BILLING_COMMAND_TRIPS", billing_command_trips, "2", 1, 64,
           "trips with commands in flight"),
    NUMBER("BILLING_QUERY_TRIPS", billing_query_trips, "4", 1, 64, "trips with queries in flight"),
    NUMBER("BILLING_DEPOSIT_TRIPS", billing_deposit_trips, "32", 1, 256,
           "deposits that wait for their provider at once, and callbacks"),

    TEXT("NOTIFIER_URL", notifier_url, "http://127.0.0.1:7108", "where the notifier answers"),
    NUMBER("NOTIFIER_CALL_TIMEOUT_MS", notifier_timeout_ms, "10000", 10, 600000,
           "longest wait for the notifier"),
    NUMBER("NOTIFIER_CALL_QUEUE_LIMIT", notifier_queue_limit, "4096", 1, 1000000,
           "calls that may wait for the notifier"),

    TEXT("REDIS_HOST", redis_host, "127.0.0.1", "host of Redis"),
    NUMBER("REDIS_PORT", redis_port, "6379", 1, 65535, "port of Redis"),
    TEXT("REDIS_PASSWORD", redis_password, "", "password of Redis; empty: none"),
    NUMBER("REDIS_TIMEOUT_MS", redis_timeout_ms, "500", 1, 60000, "longest wait for Redis"),

    SWITCH("API_MONEY_ENABLED", money_enabled, "on", "off: every money route answers 403"),
    SWITCH("API_SIGNATURE_REQUIRED", signature_required, "off",
           "on: every request with a key must be signed"),
    TEXT("SIGNING_MASTER_SECRET", signing_master_secret, "",
         "64 hex digits that keys' signing secrets are derived from; empty: nobody can sign"),
    NUMBER("RATE_LIMIT_PER_MINUTE", rate_limit_per_minute, "600000", 1, 1000000000,
           "requests a minute of one key"),
    NUMBER("RATE_LIMIT_BURST", rate_limit_burst, "0", 0, 1000000000,
           "requests of one key at once; 0: as many as a minute"),
    NUMBER("RATE_LIMIT_KEYS", rate_limit_keys, "16384", 64, 1000000,
           "keys whose limits are kept in memory"),
    NUMBER("KEY_CACHE_TTL_MS", key_cache_ttl_ms, "60000", 1, 3600000,
           "how long a known key is trusted while changes of keys are heard of"),
    NUMBER("KEY_CACHE_NEGATIVE_TTL_MS", key_cache_negative_ttl_ms, "1000", 1, 60000,
           "how long an unknown key is remembered as unknown"),
    NUMBER("KEY_CACHE_ENTRIES", key_cache_entries, "16384", 64, 1000000,
           "keys kept in memory"),
    NUMBER("CATALOG_TTL_MS", catalog_ttl_ms, "1000", 0, 60000,
           "how long a catalog is answered from memory"),
    NUMBER("BATCH_WAITERS_LIMIT", batch_waiters_limit, "1000", 0, 100000,
           "requests that may wait for a batch or stream it"),
    NUMBER("BATCH_STREAM_MS", batch_stream_ms, "600000", 1000, 86400000,
           "longest life of an event stream"),
    TEXT("SEAL_SECRET_KEY", seal_secret_key, NULL,
         "base64 of the secret key that opens sealed passwords"),
    NUMBER("SEAL_KEY_ID", seal_key_id, "1", 0, 4294967295, "id of that key"),
    NUMBER("CONSOLE_TOKEN_SECONDS", console_token_seconds, "120", 1, 3600,
           "how long a link to a machine's screen waits for its one use"),
};
/* clang-format on */

const size_t gateway_setting_count = ARRAY_LENGTH(gateway_settings);
