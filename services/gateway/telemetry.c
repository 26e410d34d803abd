#include "services/gateway/telemetry.h"

#include "lib/base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATUS_FIRST = 100, STATUS_COUNT = 500 };

/* Series of one route, registered when they are first needed. */
struct route_series {
    _Atomic(struct metric *) duration;
    _Atomic(struct metric *) requests[STATUS_COUNT];
};

struct telemetry {
    struct metrics *metrics;
    bool access_log;
    const struct endpoint *endpoints;
    size_t endpoint_count;
    /* One more than there are endpoints: the last for what has no route. */
    struct route_series routes[];
};

struct telemetry *telemetry_new(struct metrics *metrics, bool access_log)
{
    size_t count;
    const struct endpoint *endpoints = endpoint_table(&count);
    struct telemetry *telemetry =
        calloc(1, sizeof(*telemetry) + (count + 1) * sizeof(telemetry->routes[0]));

    if (telemetry == NULL)
        return NULL;
    telemetry->metrics = metrics;
    telemetry->access_log = access_log;
    telemetry->endpoints = endpoints;
    telemetry->endpoint_count = count;
    return telemetry;
}

void telemetry_free(struct telemetry *telemetry)
{
    free(telemetry);
}

static struct metric *requests_of(struct telemetry *telemetry, struct route_series *series,
                                  const struct endpoint *endpoint, unsigned status)
{
    _Atomic(struct metric *) *place = &series->requests[(status - STATUS_FIRST) % STATUS_COUNT];
    struct metric *metric = atomic_load_explicit(place, memory_order_acquire);
    char labels[200];

    if (metric != NULL)
        return metric;
    (void)snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\",status=\"%u\"",
                   endpoint != NULL ? endpoint->route.method : "",
                   endpoint != NULL ? endpoint->route.pattern : "", status);
    metric = metrics_counter(telemetry->metrics, "slipway_gateway_requests_total",
                             "Requests answered, by route and status.", labels);
    atomic_store_explicit(place, metric, memory_order_release);
    return metric;
}

static struct metric *duration_of(struct telemetry *telemetry, struct route_series *series,
                                  const struct endpoint *endpoint)
{
    struct metric *metric = atomic_load_explicit(&series->duration, memory_order_acquire);
    char labels[200];

    if (metric != NULL)
        return metric;
    (void)snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\"",
                   endpoint != NULL ? endpoint->route.method : "",
                   endpoint != NULL ? endpoint->route.pattern : "");
    metric = metrics_histogram(telemetry->metrics, "slipway_gateway_request_duration_seconds",
                               "Time from the request's header to its answer.", labels);
    atomic_store_explicit(&series->duration, metric, memory_order_release);
    return metric;
}

static void write_line(const struct http_exchange *exchange, const struct request *request,
                       const struct endpoint *endpoint, unsigned status, size_t bytes,
                       int64_t duration_us)
{
    const struct key_record *key = request != NULL ? request->key : NULL;
    const enum problem_code problem = request != NULL ? request->problem.code : PROBLEM_NONE;

    log_event(LOG_INFO, http_exchange_trace(exchange), "request",
              LOG_TEXT("method", endpoint != NULL ? endpoint->route.method : "-"),
              LOG_TEXT("route", endpoint != NULL ? endpoint->route.pattern : "-"),
              LOG_NUMBER("status", status),
              LOG_TEXT("problem", problem != PROBLEM_NONE ? problem_name(problem) : ""),
              LOG_NUMBER("bytes", bytes), LOG_NUMBER("duration_us", duration_us),
              LOG_NUMBER("key_id", key != NULL ? key_record_id(key) : 0),
              LOG_TEXT("peer", http_exchange_peer(exchange)));
}

void telemetry_note(struct telemetry *telemetry, const struct http_exchange *exchange,
                    unsigned status, size_t bytes, int64_t duration_us)
{
    const struct request *request = request_of(exchange);
    const struct endpoint *endpoint = request != NULL ? request->endpoint : NULL;
    const size_t index =
        endpoint != NULL ? (size_t)(endpoint - telemetry->endpoints) : telemetry->endpoint_count;
    struct route_series *series = &telemetry->routes[index];

    metric_add(requests_of(telemetry, series, endpoint, status), 1);
    metric_observe_us(duration_of(telemetry, series, endpoint), duration_us);
    if (telemetry->access_log)
        write_line(exchange, request, endpoint, status, bytes, duration_us);
}
