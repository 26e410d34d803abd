/* What a running gateway is made of. */
#pragma once

#include "lib/base/signing_key.h"
#include "lib/http/server.h"
#include "lib/redis/redis.h"
#include "lib/redis/subscriber.h"
#include "services/gateway/batch_watch.h"
#include "services/gateway/billing_client.h"
#include "services/gateway/catalog_cache.h"
#include "services/gateway/client_address.h"
#include "services/gateway/config.h"
#include "services/gateway/key_cache.h"
#include "services/gateway/notifier_client.h"
#include "services/gateway/rate_limit.h"
#include "services/gateway/seal.h"
#include "services/gateway/telemetry.h"

#include <stdatomic.h>

struct gateway {
    /* Borrowed from main. */
    const struct gateway_config *config;
    struct proxies proxies;
    /* The rest is owned. */
    struct telemetry *telemetry;
    struct redis *redis;
    struct redis_subscriber *subscriber;
    struct billing_client *billing;
    struct notifier_client *notifier;
    struct key_cache *keys;
    struct rate_limiter *limiter;
    struct catalog_cache *catalog;
    struct batch_watch *batches;
    struct seal seal;
    struct signing_master signing;
    struct http_server *server;
    /* Drained: whoever still comes on an open connection is sent away. */
    atomic_bool stopping;
};

/* Builds everything and listens. `config` and `metrics` are borrowed. */
MUST_CHECK int gateway_new(const struct gateway_config *config, struct metrics *metrics,
                           struct gateway **ret_gateway, struct error *error);
/* The reason it can't serve, NULL when it can. */
const char *gateway_unready(struct gateway *gateway);
/* Ends streams and waits, then the exchanges that are open, for up to `timeout_ms`. */
void gateway_drain(struct gateway *gateway, int64_t timeout_ms);
/* Drain first. Accepts NULL. */
void gateway_free(struct gateway *gateway);
