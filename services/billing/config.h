/* The settings of slipway-billing: one table. */
#pragma once

#include "lib/service/service.h"

#include <stdint.h>

/* One payment provider; "" where there is none. */
struct provider_config {
    const char *url;
    const char *token, *secret, *account, *dialect;
    int64_t fee_basis_points;
};

struct billing_config {
    struct service_config service;

    const char *address;
    int64_t port, rpc_threads;
    const char *rpc_token;

    const char *database;
    const char *brokers;
    const char *redis_host;
    int64_t redis_port;
    const char *redis_password;

    int64_t shards, batch_limit, queue_limit, deadline_ms, lock_timeout_ms;
    int64_t readers, read_batch_limit, read_queue_limit, read_deadline_ms, read_timeout_ms,
        audit_timeout_ms;

    int64_t relay_limit, linger_ms, event_linger_ms, message_timeout_ms, producer_limit;
    int64_t sweep_interval_ms, sweep_age_ms, keep_days;

    /* "": a dynamic member. */
    const char *instance;
    int64_t results_limit, session_timeout_ms;

    int64_t inspect_interval_ms, inspect_limit;
    int64_t node_sweep_interval_ms, node_sweep_settle_s;
    bool repair_drift;

    int64_t expiry_interval_ms, expiry_limit, grace_days;
    struct provider_config crypto, cryptobot, xrocket, lolz, sbp;
    int64_t kopecks_per_usd;
    /* Without a slash at its end; "": none is named to the providers. */
    const char *callback_base_url;
    const char *return_url;
    int64_t deposit_lifetime_s, provider_timeout_ms, provider_limit, deposit_lease_ms;
    int64_t poll_interval_ms, poll_limit, poll_first_ms, poll_longest_ms;
    int64_t referral_basis_points;
};

extern const struct setting billing_settings[];
extern const size_t billing_setting_count;
