/* The settings of slipway-notifier: one table. */
#pragma once

#include "lib/service/service.h"

#include <stdint.h>

struct notifier_config {
    struct service_config service;

    const char *address;
    int64_t port, rpc_threads;
    /* Never logged, as the key. */
    const char *rpc_token;

    const char *database;
    const char *brokers;
    /* "": a dynamic member. */
    const char *instance;
    int64_t intake_limit, session_timeout_ms, message_timeout_ms;

    int64_t desk_threads, desk_queue_limit, desk_timeout_ms;

    const char *secret_key;
    bool allows_loopback;
    const char *ca_file;
    int64_t interval_ms, in_flight_limit, endpoint_in_flight_limit;
    int64_t connect_timeout_ms, timeout_ms;
    int64_t retry_first_ms, retry_longest_ms, give_up_ms, failing_limit_ms;
    int64_t endpoints_limit, rotation_ms, keep_days;

    /* "": billing is not asked which chat a user has. The token is the gateway's. */
    const char *billing_url;
    int64_t ask_timeout_ms;
    int64_t notice_retry_first_ms, notice_timeout_ms;
    /* "": no mail is sent. */
    const char *smtp_url;
    const char *smtp_user, *smtp_password, *mail_from;
    bool smtp_requires_tls;
    int64_t mail_daily_limit;
    /* "": no message is sent. */
    const char *telegram_token;
    const char *telegram_url;
    int64_t telegram_daily_limit;
};

extern const struct setting notifier_settings[];
extern const size_t notifier_setting_count;
