#include "lib/service/metrics.h"

#include "lib/service/metrics_private.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const int64_t metric_bucket_bounds_us[METRIC_BUCKETS] = {
    500,    1000,   2500,   5000,    10000,   25000,    50000,
    100000, 250000, 500000, 1000000, 2500000, 10000000, 30000000,
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));

    if (metrics != NULL)
        (void)pthread_mutex_init(&metrics->mutex, NULL);
    return metrics;
}

static void metric_free(struct metric *metric)
{
    if (metric == NULL)
        return;
    free(metric->name);
    free(metric->help);
    free(metric->labels);
    free(metric);
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (size_t i = 0; i < metrics->count; ++i)
        metric_free(metrics->series[i]);
    (void)pthread_mutex_destroy(&metrics->mutex);
    free(metrics);
}

static struct metric *find(struct metrics *metrics, const char *name, const char *labels)
{
    for (size_t i = 0; i < metrics->count; ++i)
        if (strcmp(metrics->series[i]->name, name) == 0 &&
            strcmp(metrics->series[i]->labels, labels) == 0)
            return metrics->series[i];
    return NULL;
}

/* Takes the place right behind its namesakes, so that a scrape shows a family in one piece. */
static void insert(struct metrics *metrics, struct metric *metric)
{
    size_t place = metrics->count;

    for (size_t i = 0; i < metrics->count; ++i)
        if (strcmp(metrics->series[i]->name, metric->name) == 0)
            place = i + 1;
    memmove(&metrics->series[place + 1], &metrics->series[place],
            (metrics->count - place) * sizeof(struct metric *));
    metrics->series[place] = metric;
    ++metrics->count;
}

static struct metric *create(struct metrics *metrics, enum metric_type type, const char *name,
                             const char *help, const char *labels)
{
    struct metric *metric = calloc(1, sizeof(*metric));

    if (metric == NULL)
        return &metrics->overflow;
    metric->type = type;
    metric->name = strdup(name);
    metric->help = strdup(help);
    metric->labels = strdup(labels);
    if (metric->name == NULL || metric->help == NULL || metric->labels == NULL) {
        metric_free(metric);
        return &metrics->overflow;
    }
    insert(metrics, metric);
    return metric;
}

static struct metric *find_or_create(struct metrics *metrics, enum metric_type type,
                                     const char *name, const char *help, const char *labels)
{
    struct metric *metric;

    (void)pthread_mutex_lock(&metrics->mutex);
    metric = find(metrics, name, labels);
    if (metric == NULL)
        metric = metrics->count < METRIC_SERIES_MAX ? create(metrics, type, name, help, labels)
                                                    : &metrics->overflow;
    (void)pthread_mutex_unlock(&metrics->mutex);
    return metric;
}

struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels)
{
    return find_or_create(metrics, METRIC_COUNTER, name, help, labels);
}

struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels)
{
    return find_or_create(metrics, METRIC_GAUGE, name, help, labels);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels)
{
    return find_or_create(metrics, METRIC_HISTOGRAM, name, help, labels);
}

void metrics_gauge_read(struct metrics *metrics, const char *name, const char *help,
                        const char *labels, int64_t (*read)(void *context), void *context)
{
    struct metric *metric = find_or_create(metrics, METRIC_GAUGE, name, help, labels);

    (void)pthread_mutex_lock(&metrics->mutex);
    metric->read = read;
    metric->context = context;
    (void)pthread_mutex_unlock(&metrics->mutex);
}

void metric_add(struct metric *metric, int64_t amount)
{
    atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric *metric, int64_t duration_us)
{
    size_t bucket = 0;

    while (bucket < METRIC_BUCKETS && duration_us > metric_bucket_bounds_us[bucket])
        ++bucket;
    atomic_fetch_add_explicit(&metric->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->value, duration_us, memory_order_relaxed);
}

int64_t metric_value(const struct metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
}
