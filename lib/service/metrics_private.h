/* How metrics.c keeps what metrics_render.c shows. */
#pragma once

#include "lib/service/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

enum { METRIC_SERIES_MAX = 4096, METRIC_BUCKETS = 14 };

/* Upper bounds; what is above the last counts as +Inf. */
extern const int64_t metric_bucket_bounds_us[METRIC_BUCKETS];

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
    enum metric_type type;
    char *name, *help, *labels;
    /* Histograms: the sum in microseconds. */
    atomic_int_fast64_t value;
    atomic_int_fast64_t buckets[METRIC_BUCKETS + 1];
    int64_t (*read)(void *context);
    void *context;
};

struct metrics {
    pthread_mutex_t mutex;
    size_t count;
    /* Series of one name stand together. */
    struct metric *series[METRIC_SERIES_MAX];
    /* Takes what there is no room for; never shown. */
    struct metric overflow;
};
