/* The provisioner's settings; --help prints the table. */
#pragma once

#include "lib/service/service.h"

struct provisioner_config {
    struct service_config service;
    const char *location;
    const char *brokers;
    const char *redis_host;
    int64_t redis_port;
    const char *redis_password;
    const char *seal_public_key;
    int64_t seal_key_id;
    int64_t workers;
    int64_t in_flight;
    const char *instance;
    int64_t attempts;
    int64_t retry_first_ms;
    int64_t retry_longest_ms;
    const char *node_uris;
    const char *network;
    const char *network_filter;
    const char *nameservers;
    bool kvm;
    int64_t login_ms;
    int64_t session_timeout_ms;
    int64_t message_timeout_ms;
    int64_t redis_timeout_ms;
    int64_t shutdown_ms;
};

extern const struct setting provisioner_settings[];
extern const size_t provisioner_setting_count;
