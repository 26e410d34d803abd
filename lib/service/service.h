/* The life of a service process: settings → start → serve until SIGTERM → drain → stop.
 *
 * Also: --help and --version, JSON logs, no core dumps (PR_SET_DUMPABLE off, RLIMIT_CORE 0: memory
 * holds secrets), SIGPIPE ignored, and an admin port with /healthz, /readyz and /metrics that is
 * never the public one.
 */
#pragma once

#include "lib/base/config.h"
#include "lib/base/error.h"
#include "lib/service/metrics.h"

#include <stdbool.h>

/* Settings every service has; a service's configuration struct begins with it and its table with
 * SERVICE_SETTINGS(type). */
struct service_config {
    const char *log_level; /* LOG_LEVEL: debug, info, warning, error */
    const char *admin_address;
    int64_t admin_port;
    int64_t drain_ms;
};

#define SERVICE_SETTINGS(prefix, port)                                                             \
    {"LOG_LEVEL",                                                                                  \
     SETTING_TEXT,                                                                                 \
     offsetof(struct service_config, log_level),                                                   \
     "info",                                                                                       \
     "debug, info, warning or error",                                                              \
     0,                                                                                            \
     0},                                                                                           \
        {prefix "_ADMIN_ADDRESS",                                                                  \
         SETTING_TEXT,                                                                             \
         offsetof(struct service_config, admin_address),                                           \
         "127.0.0.1",                                                                              \
         "address of /healthz, /readyz and /metrics",                                              \
         0,                                                                                        \
         0},                                                                                       \
        {prefix "_ADMIN_PORT",                                                                     \
         SETTING_NUMBER,                                                                           \
         offsetof(struct service_config, admin_port),                                              \
         port,                                                                                     \
         "port of /healthz, /readyz and /metrics",                                                 \
         0,                                                                                        \
         65535},                                                                                   \
    {                                                                                              \
        prefix "_DRAIN_MS", SETTING_NUMBER, offsetof(struct service_config, drain_ms), "10000",    \
            "longest wait for open work at SIGTERM, in milliseconds", 0, 600000                    \
    }

struct service {
    /* "billing" */
    const char *name;
    const struct setting *settings;
    size_t setting_count;
    size_t config_size;
    /* Builds everything and begins to serve. *ret_app is passed to the rest. */
    int (*start)(const void *config, struct metrics *metrics, void **ret_app, struct error *error);
    /* For /readyz: the reason it is not ready, NULL when it is. Any thread. */
    const char *(*unready)(void *app);
    /* Stops taking work and finishes what is open, for up to `timeout_ms`. */
    void (*drain)(void *app, int64_t timeout_ms);
    /* Frees everything. */
    void (*stop)(void *app);
};

/* main() of a service. Returns its exit status: 0 clean, 2 bad configuration or arguments, 1 else.
 */
int service_main(const struct service *service, int argc, char **argv);
