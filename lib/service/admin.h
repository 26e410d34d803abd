/* The admin port of a service: /healthz (alive), /readyz (can serve), /metrics. Never the public
 * port. */
#pragma once

#include "lib/http/server.h"
#include "lib/service/service.h"

#include <stdatomic.h>

struct admin {
    const struct service *service;
    struct metrics *metrics;
    /* Owned. */
    struct http_server *server;
    /* NULL until the service has started. */
    _Atomic(void *) app;
    atomic_bool draining;
};

/* FAULT_HARD: the port is taken. */
MUST_CHECK int admin_init(struct admin *admin, const struct service *service,
                          const struct service_config *config, struct metrics *metrics,
                          struct error *error);
void admin_deinit(struct admin *admin);
