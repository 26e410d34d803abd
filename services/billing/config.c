#include "services/billing/config.h"

#include <stddef.h>

#define TEXT(name, member, fallback, help)                                                         \
    {                                                                                              \
        name, SETTING_TEXT, offsetof(struct billing_config, member), fallback, help, 0, 0          \
    }
#define NUMBER(name, member, fallback, minimum, maximum, help)                                     \
    {                                                                                              \
        name, SETTING_NUMBER, offsetof(struct billing_config, member), fallback, help, minimum,    \
            maximum                                                                                \
    }

/* clang-format off: one setting, one line or two */
const struct setting billing_settings[] = {
    SERVICE_SETTINGS("BILLING", "9102"),
    TEXT("BILLING_ADDRESS", address, "127.0.0.1", "address of the RPC port"),
    NUMBER("BILLING_PORT", port, "7101", 0, 65535, "port of the RPC"),
    NUMBER("BILLING_RPC_THREADS", rpc_threads, "2", 1, 64, "threads that serve it"),
    TEXT("RPC_TOKEN", rpc_token, NULL, "what the gateway must send to be heard"),

    TEXT("BILLING_DATABASE", database, NULL, "libpq conninfo of the service's own role"),
    TEXT("KAFKA_BROKERS", brokers, "127.0.0.1:9092", "Kafka brokers, host:port, comma-separated"),
    TEXT("REDIS_HOST", redis_host, "127.0.0.1", "Redis for batch status and changed keys"),
    NUMBER("REDIS_PORT", redis_port, "6379", 1, 65535, "its port"),
    TEXT("REDIS_PASSWORD", redis_password, "", "its password"),

    NUMBER("BILLING_SHARDS", shards, "2", 1, 64, "writer threads, each with a connection"),
    NUMBER("BILLING_BATCH_LIMIT", batch_limit, "256", 1, 1024, "most commands in one transaction"),
    NUMBER("BILLING_QUEUE_LIMIT", queue_limit, "4096", 1, 1000000,
           "most commands waiting in one shard; past it 503"),
    NUMBER("BILLING_DEADLINE_MS", deadline_ms, "5000", 100, 60000,
           "a command not settled by then is answered 503"),
    NUMBER("BILLING_LOCK_TIMEOUT_MS", lock_timeout_ms, "500", 10, 60000,
           "longest wait for a row's lock"),

    NUMBER("BILLING_READERS", readers, "3", 1, 64, "reader threads, each with a connection"),
    NUMBER("BILLING_READ_BATCH_LIMIT", read_batch_limit, "64", 1, 256,
           "most questions in one pipeline"),
    NUMBER("BILLING_READ_QUEUE_LIMIT", read_queue_limit, "4096", 1, 1000000,
           "most questions waiting; past it 503"),
    NUMBER("BILLING_READ_DEADLINE_MS", read_deadline_ms, "3000", 100, 60000,
           "a question that waits longer is answered 503"),
    NUMBER("BILLING_READ_TIMEOUT_MS", read_timeout_ms, "2000", 10, 60000,
           "longest run of one statement"),
    NUMBER("BILLING_AUDIT_TIMEOUT_MS", audit_timeout_ms, "60000", 1000, 3600000,
           "longest run of the audit"),

    NUMBER("REFERRAL_BASIS_POINTS", referral_basis_points, "500", 0, 10000,
           "hundredths of a percent of a deposit for who invited its user"),

    NUMBER("BILLING_RELAY_LIMIT", relay_limit, "10000", 1, 1000000,
           "outbox rows sent and not acknowledged; past it they wait in PostgreSQL"),
    NUMBER("BILLING_LINGER_MS", linger_ms, "3", 0, 1000,
           "how long a message to Kafka waits for company"),
    NUMBER("BILLING_MESSAGE_TIMEOUT_MS", message_timeout_ms, "30000", 1000, 900000,
           "longest wait for Kafka to acknowledge a message"),
    NUMBER("BILLING_PRODUCER_LIMIT", producer_limit, "200000", 1000, 10000000,
           "messages waiting for Kafka"),
    NUMBER("BILLING_SWEEP_INTERVAL_MS", sweep_interval_ms, "1000", 10, 600000,
           "between two looks for outbox rows left behind"),
    NUMBER("BILLING_SWEEP_AGE_MS", sweep_age_ms, "5000", 10, 600000,
           "age at which own outbox rows that nobody sends are sent again"),
    NUMBER("BILLING_KEEP_DAYS", keep_days, "60", 30, 3650,
           "how long stored answers are kept at least"),

    TEXT("BILLING_INSTANCE", instance, "",
         "static member name in the consumer group, unique; empty: a dynamic member"),
    NUMBER("BILLING_RESULTS_LIMIT", results_limit, "1024", 1, 100000,
           "results of workers fetched and not applied"),
    NUMBER("BILLING_SESSION_TIMEOUT_MS", session_timeout_ms, "10000", 1000, 600000,
           "silence after which Kafka gives this process's results to others"),

    NUMBER("BILLING_INSPECT_INTERVAL_MS", inspect_interval_ms, "60000", 100, 86400000,
           "between two looks at active servers"),
    NUMBER("BILLING_INSPECT_LIMIT", inspect_limit, "200", 1, 100000, "most servers a look"),

    NUMBER("BILLING_EXPIRY_INTERVAL_MS", expiry_interval_ms, "1000", 10, 600000,
           "between two looks for servers whose time has come"),
    NUMBER("BILLING_EXPIRY_LIMIT", expiry_limit, "256", 1, 4096,
           "most of them with the writers at once"),
    NUMBER("BILLING_GRACE_DAYS", grace_days, "7", 1, 3650,
           "how long a suspended server is kept before it is deleted"),
};
/* clang-format on */

const size_t billing_setting_count = ARRAY_LENGTH(billing_settings);
