#include "services/notifier/config.h"

#include <stddef.h>

#define TEXT(name, member, fallback, help)                                                         \
    {                                                                                              \
        name, SETTING_TEXT, offsetof(struct notifier_config, member), fallback, help, 0, 0         \
    }
#define SWITCH(name, member, fallback, help)                                                       \
    {                                                                                              \
        name, SETTING_SWITCH, offsetof(struct notifier_config, member), fallback, help, 0, 0       \
    }
#define NUMBER(name, member, fallback, minimum, maximum, help)                                     \
    {                                                                                              \
        name, SETTING_NUMBER, offsetof(struct notifier_config, member), fallback, help, minimum,   \
            maximum                                                                                \
    }

/* clang-format off: one setting, one line or two */
const struct setting notifier_settings[] = {
    SERVICE_SETTINGS("NOTIFIER", "9104"),
    TEXT("NOTIFIER_ADDRESS", address, "127.0.0.1", "address of the RPC port"),
    NUMBER("NOTIFIER_PORT", port, "7108", 0, 65535, "port of the RPC"),
    NUMBER("NOTIFIER_RPC_THREADS", rpc_threads, "1", 1, 64, "threads that serve it"),
    TEXT("RPC_TOKEN", rpc_token, NULL, "what the gateway must send to be heard"),

    TEXT("NOTIFIER_DATABASE", database, NULL, "libpq conninfo of the service's own role"),
    TEXT("KAFKA_BROKERS", brokers, "127.0.0.1:9092", "Kafka brokers, host:port, comma-separated"),
    TEXT("NOTIFIER_INSTANCE", instance, "",
         "static member name in the consumer group, unique; empty: a dynamic member"),
    NUMBER("NOTIFIER_INTAKE_LIMIT", intake_limit, "1024", 1, 100000,
           "events fetched and not stored"),
    NUMBER("NOTIFIER_SESSION_TIMEOUT_MS", session_timeout_ms, "10000", 1000, 600000,
           "silence after which Kafka gives this process's events to others"),
    NUMBER("NOTIFIER_MESSAGE_TIMEOUT_MS", message_timeout_ms, "30000", 1000, 900000,
           "longest wait for Kafka to acknowledge a dead letter"),

    NUMBER("NOTIFIER_DESK_THREADS", desk_threads, "2", 1, 16,
           "threads that answer the gateway, each with a connection"),
    NUMBER("NOTIFIER_DESK_QUEUE_LIMIT", desk_queue_limit, "1024", 1, 100000,
           "calls that wait for them; past it 503"),
    NUMBER("NOTIFIER_DESK_TIMEOUT_MS", desk_timeout_ms, "3000", 10, 60000,
           "longest run of one of their statements"),

    TEXT("NOTIFIER_SECRET_KEY", secret_key, NULL,
         "base64 of the 32 bytes that signing secrets are sealed with"),
    SWITCH("NOTIFIER_ALLOW_LOOPBACK", allows_loopback, "off",
           "development only: webhooks to this machine, by http too"),
    TEXT("NOTIFIER_CA_FILE", ca_file, "",
         "PEM file of the authorities that endpoints' certificates may come from; empty: the "
         "system's"),
    NUMBER("NOTIFIER_INTERVAL_MS", interval_ms, "250", 10, 60000,
           "between two looks for webhooks that are due"),
    NUMBER("NOTIFIER_IN_FLIGHT_LIMIT", in_flight_limit, "256", 1, 4096,
           "webhooks on their way at once"),
    NUMBER("NOTIFIER_ENDPOINT_IN_FLIGHT_LIMIT", endpoint_in_flight_limit, "4", 1, 64,
           "of them to one endpoint; to one that fails: 1"),
    NUMBER("NOTIFIER_CONNECT_TIMEOUT_MS", connect_timeout_ms, "5000", 10, 60000,
           "longest wait for a connection to an endpoint"),
    NUMBER("NOTIFIER_TIMEOUT_MS", timeout_ms, "15000", 10, 120000,
           "longest wait for an endpoint's answer, from the start"),
    NUMBER("NOTIFIER_RETRY_FIRST_MS", retry_first_ms, "5000", 10, 3600000,
           "wait after a first failure, doubled each time; half of it is chance"),
    NUMBER("NOTIFIER_RETRY_LONGEST_MS", retry_longest_ms, "21600000", 10, 86400000,
           "longest such wait, and the longest Retry-After that is obeyed"),
    NUMBER("NOTIFIER_GIVE_UP_MS", give_up_ms, "259200000", 10, 2592000000,
           "how long a webhook is tried"),
    NUMBER("NOTIFIER_FAILING_LIMIT_MS", failing_limit_ms, "432000000", 10, 2592000000,
           "an endpoint that accepts nothing for so long is switched off"),
    NUMBER("NOTIFIER_ENDPOINTS_LIMIT", endpoints_limit, "20", 1, 1000, "endpoints of one user"),
    NUMBER("NOTIFIER_ROTATION_MS", rotation_ms, "86400000", 10, 2592000000,
           "how long a rotated secret still signs beside the new one"),
    NUMBER("NOTIFIER_KEEP_DAYS", keep_days, "30", 8, 3650,
           "how long the log of deliveries is kept; longer than Kafka keeps events"),

    TEXT("BILLING_URL", billing_url, "",
         "where billing answers which chat a user has; empty: it is not asked"),
    NUMBER("NOTIFIER_ASK_TIMEOUT_MS", ask_timeout_ms, "5000", 10, 60000,
           "longest wait for that answer"),
    NUMBER("NOTIFIER_NOTICE_RETRY_FIRST_MS", notice_retry_first_ms, "5000", 10, 3600000,
           "wait before a mail or message that was not accepted is tried again, doubled each time"),
    NUMBER("NOTIFIER_NOTICE_TIMEOUT_MS", notice_timeout_ms, "30000", 100, 600000,
           "longest time the sending of one may take"),
    TEXT("NOTIFIER_SMTP_URL", smtp_url, "",
         "smtp://host:port or smtps://host:port; empty: no mail"),
    TEXT("NOTIFIER_SMTP_USER", smtp_user, "", "user there; empty: none"),
    TEXT("NOTIFIER_SMTP_PASSWORD", smtp_password, "", "its password"),
    SWITCH("NOTIFIER_SMTP_TLS", smtp_requires_tls, "on", "off: mail may go without TLS"),
    TEXT("NOTIFIER_MAIL_FROM", mail_from, "noreply@slipway.example",
         "mailbox that mail comes from"),
    NUMBER("NOTIFIER_MAIL_DAILY_LIMIT", mail_daily_limit, "100", 1, 100000,
           "mails to one user in 24 hours"),
    TEXT("NOTIFIER_TELEGRAM_TOKEN", telegram_token, "", "the bot's token; empty: no messages"),
    TEXT("NOTIFIER_TELEGRAM_URL", telegram_url, "https://api.telegram.org", "where the Bot API is"),
    NUMBER("NOTIFIER_TELEGRAM_DAILY_LIMIT", telegram_daily_limit, "500", 1, 100000,
           "messages to one user in 24 hours"),
};
/* clang-format on */

const size_t notifier_setting_count = ARRAY_LENGTH(notifier_settings);
