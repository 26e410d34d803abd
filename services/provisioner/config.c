#include "services/provisioner/config.h"

#include <stddef.h>

#define MEMBER(name) offsetof(struct provisioner_config, name)

const struct setting provisioner_settings[] = {
    SERVICE_SETTINGS("PROVISIONER", "9103"),
    {"PROVISIONER_LOCATION",           SETTING_TEXT,   MEMBER(location),           NULL,
                             "location whose commands are carried out: topic vps.commands.<location>",                                                       0,    0         },
    {"KAFKA_BROKERS",                  SETTING_TEXT,   MEMBER(brokers),            "127.0.0.1:9092",
                             "Kafka brokers, host:port, comma-separated",                                                                                    0,    0         },
    {"REDIS_HOST",                     SETTING_TEXT,   MEMBER(redis_host),         "127.0.0.1",      "Redis for batch status",       0,    0         },
    {"REDIS_PORT",                     SETTING_NUMBER, MEMBER(redis_port),         "6379",           "its port",                     1,    65535     },
    {"REDIS_PASSWORD",                 SETTING_TEXT,   MEMBER(redis_password),     "",               "its password",                 0,    0         },
    {"SEAL_PUBLIC_KEY",                SETTING_TEXT,   MEMBER(seal_public_key),    NULL,
                             "base64 of the gateway's public key, which root passwords are sealed with",                                                     0,    0         },
    {"SEAL_KEY_ID",                    SETTING_NUMBER, MEMBER(seal_key_id),        "1",              "id of that key",               1,    UINT32_MAX},
    {"PROVISIONER_WORKERS",            SETTING_NUMBER, MEMBER(workers),            "16",             "commands carried out at once",
                             1,                                                                                                                                    512       },
    {"PROVISIONER_IN_FLIGHT",          SETTING_NUMBER, MEMBER(in_flight),          "10000",
                             "commands fetched and not finished, among which customers take turns; fetching pauses above "
     "it",                                                                                                                                                   1,    100000    },
    {"PROVISIONER_INSTANCE",           SETTING_TEXT,   MEMBER(instance),           "",
                             "static member name in the consumer group, unique; empty: a dynamic member",                                                    0,    0         },
    {"PROVISIONER_ATTEMPTS",           SETTING_NUMBER, MEMBER(attempts),           "100",
                             "tries after which a build, once nothing of it is left on the node, or an order is given up",
                             1,                                                                                                                                    1000000   },
    {"PROVISIONER_RETRY_FIRST_MS",     SETTING_NUMBER, MEMBER(retry_first_ms),     "200",
                             "first wait before another try, in milliseconds, doubled each time",                                                            1,    60000     },
    {"PROVISIONER_RETRY_LONGEST_MS",   SETTING_NUMBER, MEMBER(retry_longest_ms),   "10000",
                             "longest such wait, in milliseconds",                                                                                           1,    600000    },
    {"PROVISIONER_NODE_URIS",          SETTING_TEXT,   MEMBER(node_uris),          "",
                             "libvirt URIs that may be used, comma-separated, connected to at start; empty: any",                                            0,    0         },
    {"PROVISIONER_NETWORK",            SETTING_TEXT,   MEMBER(network),            "default",
                             "libvirt network machines are plugged into, where a node has it",                                                               0,    0         },
    {"PROVISIONER_NETWORK_FILTER",     SETTING_TEXT,   MEMBER(network_filter),     "clean-traffic",
                             "libvirt network filter that machines with a disk are held to their addresses by, with MAC "
     "and IP as its parameters; \"none\": by nothing",                                                                                                       0,    0         },
    {"PROVISIONER_NAMESERVERS",        SETTING_TEXT,   MEMBER(nameservers),        "",
                             "name servers that machines with a disk are told, comma-separated",                                                             0,    0         },
    {"PROVISIONER_KVM",                SETTING_SWITCH, MEMBER(kvm),                "off",
                             "machines use the processor's own virtualisation where a node offers it; on once a guest was "
     "seen to boot so",                                                                                                                                      0,    0         },
    {"PROVISIONER_LOGIN_MS",           SETTING_NUMBER, MEMBER(login_ms),           "600000",
                             "longest time from a machine's start until a login over SSH works, in milliseconds; 0: not "
     "looked at",                                                                                                                                            0,    3600000   },
    {"PROVISIONER_SESSION_TIMEOUT_MS", SETTING_NUMBER, MEMBER(session_timeout_ms), "10000",
                             "silence after which Kafka gives this worker's commands to others",                                                             1000, 600000    },
    {"PROVISIONER_MESSAGE_TIMEOUT_MS", SETTING_NUMBER, MEMBER(message_timeout_ms), "60000",
                             "longest wait for Kafka to acknowledge a result, in milliseconds",                                                              1000, 900000    },
    {"PROVISIONER_REDIS_TIMEOUT_MS",   SETTING_NUMBER, MEMBER(redis_timeout_ms),   "250",
                             "longest wait for an answer of Redis, in milliseconds",                                                                         1,    60000     },
    {"PROVISIONER_SHUTDOWN_MS",        SETTING_NUMBER, MEMBER(shutdown_ms),        "5000",
                             "time a guest gets to shut down by itself before it is switched off; 0: none",                                                  0,    60000     },
};

const size_t provisioner_setting_count = ARRAY_LENGTH(provisioner_settings);
