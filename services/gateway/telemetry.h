/* What operators see of each request: counters and latencies by route, and a log line. */
#pragma once

#include "lib/http/server.h"
#include "lib/service/metrics.h"
#include "services/gateway/request.h"

struct telemetry;

/* NULL: no memory. `metrics` is borrowed. */
struct telemetry *telemetry_new(struct metrics *metrics, bool access_log);
void telemetry_free(struct telemetry *telemetry);

/* Routes are named by their pattern, so no id, key or query value is ever seen. */
void telemetry_note(struct telemetry *telemetry, const struct http_exchange *exchange,
                    unsigned status, size_t bytes, int64_t duration_us);
