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
#define SWITCH(name, member, fallback, help)                                                       \
    {                                                                                              \
        name, SETTING_SWITCH, offsetof(struct billing_config, member), fallback, help, 0, 0        \
    }
/* NOLINTBEGIN(bugprone-macro-parentheses): texts are joined */
#define PROVIDER(name, member, url_fallback)                                                       \
    TEXT("PROVIDER_" name "_URL", member.url, url_fallback, "address of " #member),                \
        TEXT("PROVIDER_" name "_TOKEN", member.token, "", "empty: " #member " is not offered"),    \
        TEXT("PROVIDER_" name "_SECRET", member.secret, "",                                        \
             "what it signs with, where it is two"),                                               \
        TEXT("PROVIDER_" name "_ACCOUNT", member.account, "",                                      \
             "shop or merchant, where it has any"),                                                \
        TEXT("PROVIDER_" name "_DIALECT", member.dialect, "", "docs/payments.md"),                 \
        NUMBER("PROVIDER_" name "_FEE_BASIS_POINTS", member.fee_basis_points, "0", 0, 5000,        \
               "added to an invoice, in hundredths of a percent")
/* NOLINTEND(bugprone-macro-parentheses) */

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

    NUMBER("BILLING_RELAY_LIMIT", relay_limit, "10000", 1, 1000000,
           "outbox rows sent and not acknowledged; past it they wait in PostgreSQL"),
    NUMBER("BILLING_LINGER_MS", linger_ms, "3", 0, 1000,
           "how long a message to Kafka waits for company"),
    NUMBER("BILLING_EVENT_LINGER_MS", event_linger_ms, "50", 0, 1000,
           "the same for events, which nobody's machine waits for"),
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
    NUMBER("BILLING_NODE_SWEEP_INTERVAL_MS", node_sweep_interval_ms, "600000", 100, 86400000,
           "between two comparisons of what stands on the nodes with the register"),
    NUMBER("BILLING_NODE_SWEEP_SETTLE_S", node_sweep_settle_s, "60", 0, 86400,
           "servers that changed later before a comparison are left out of it"),
    SWITCH("BILLING_REPAIR_DRIFT", repair_drift, "off",
           "repair what two comparisons have found; off: only what reconcile --repair asks for"),

    NUMBER("BILLING_EXPIRY_INTERVAL_MS", expiry_interval_ms, "1000", 10, 600000,
           "between two looks for servers whose time has come"),
    NUMBER("BILLING_EXPIRY_LIMIT", expiry_limit, "256", 1, 4096,
           "most of them with the writers at once"),
    NUMBER("BILLING_GRACE_DAYS", grace_days, "7", 1, 3650,
           "how long a suspended server is kept before it is deleted"),
    PROVIDER("CRYPTO", crypto, "https://api.nowpayments.io"),
    PROVIDER("CRYPTOBOT", cryptobot, "https://pay.crypt.bot"),
    PROVIDER("XROCKET", xrocket, "https://pay.xrocket.tg"),
    PROVIDER("LOLZ", lolz, "https://api.lzt.market"),
    PROVIDER("SBP", sbp, "https://api.lava.ru"),
    NUMBER("PROVIDER_KOPECKS_PER_USD", kopecks_per_usd, "10000", 1, 100000000,
           "for lolz and sbp: hundredths of a rouble for one dollar"),
    NUMBER("PROVIDER_TIMEOUT_MS", provider_timeout_ms, "8000", 100, 60000,
           "longest wait for a payment provider"),
    NUMBER("PROVIDER_LIMIT", provider_limit, "256", 1, 10000,
           "requests to payment providers at once; past it 502"),
    TEXT("DEPOSIT_CALLBACK_BASE_URL", callback_base_url, "",
         "the public API up to /v1, for providers that are told where to call; empty: they aren't"),
    TEXT("DEPOSIT_RETURN_URL", return_url, "", "where payers go afterwards; empty: nowhere"),
    NUMBER("DEPOSIT_LIFETIME_S", deposit_lifetime_s, "3600", 60, 86400,
           "how long an invoice may be paid"),
    NUMBER("DEPOSIT_LEASE_MS", deposit_lease_ms, "20000", 500, 600000,
           "how long nobody else asks for the same invoice; longer than both deadlines together"),
    NUMBER("DEPOSIT_POLL_INTERVAL_MS", poll_interval_ms, "1000", 10, 600000,
           "between two looks for deposits that are due"),
    NUMBER("DEPOSIT_POLL_LIMIT", poll_limit, "64", 1, 10000, "most deposits asked after at once"),
    NUMBER("DEPOSIT_POLL_FIRST_MS", poll_first_ms, "15000", 10, 3600000,
           "until the first look at a pending deposit; it doubles with each"),
    NUMBER("DEPOSIT_POLL_LONGEST_MS", poll_longest_ms, "600000", 10, 86400000,
           "longest time between two looks at a pending deposit"),
    NUMBER("REFERRAL_BASIS_POINTS", referral_basis_points, "500", 0, 10000,
           "of each completed deposit, to who invited the user; hundredths of a percent"),
};
/* clang-format on */

const size_t billing_setting_count = ARRAY_LENGTH(billing_settings);
