/* Prometheus metrics (prometheus.io/docs/instrumenting/exposition_formats, text 0.0.4). Names
 * follow prometheus.io/docs/practices/naming: slipway_<service>_<what>_<unit>[_total]. Thread-safe,
 * lock-free on the hot path. */
#pragma once

#include "lib/base/buffer.h"

#include <stdint.h>

struct metrics;
struct metric;

/* NULL: no memory. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* Registers, or finds when name and labels are known. `labels` is the text between the braces,
 * "route=\"/vps\",status=\"202\"", or "". All texts are copied. Never NULL: past 4,096 series a
 * shared overflow series is returned. */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels);
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels);
/* Buckets in seconds from 0.0005 to 30; observations in microseconds. */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels);
/* A gauge read when it is scraped. */
void metrics_gauge_read(struct metrics *metrics, const char *name, const char *help,
                        const char *labels, int64_t (*read)(void *context), void *context);

void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
void metric_observe_us(struct metric *metric, int64_t duration_us);
int64_t metric_value(const struct metric *metric);

void metrics_render(struct metrics *metrics, struct buffer *ret_text);
