#include "lib/service/metrics_private.h"

#include <inttypes.h>
#include <string.h>

static const char *type_name(enum metric_type type)
{
    static const char *const names[] = {"counter", "gauge", "histogram"};

    return names[type];
}

static void render_scalar(const struct metric *metric, struct buffer *text)
{
    const int64_t value =
        metric->read != NULL ? metric->read(metric->context) : metric_value(metric);

    if (metric->labels[0] != '\0')
        buffer_append_format(text, "%s{%s} %" PRId64 "\n", metric->name, metric->labels, value);
    else
        buffer_append_format(text, "%s %" PRId64 "\n", metric->name, value);
}

/* Seconds with microseconds, in integers: "0.002500". */
static void append_seconds(struct buffer *text, int64_t duration_us)
{
    buffer_append_format(text, "%" PRId64 ".%06" PRId64, duration_us / 1000000,
                         duration_us % 1000000);
}

static void render_histogram(const struct metric *metric, struct buffer *text)
{
    const char *comma = metric->labels[0] != '\0' ? "," : "";
    int64_t count = 0;

    for (size_t i = 0; i <= METRIC_BUCKETS; ++i) {
        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        buffer_append_format(text, "%s_bucket{%s%sle=\"", metric->name, metric->labels, comma);
        if (i < METRIC_BUCKETS)
            append_seconds(text, metric_bucket_bounds_us[i]);
        else
            buffer_append_text(text, "+Inf");
        buffer_append_format(text, "\"} %" PRId64 "\n", count);
    }
    buffer_append_format(text, "%s_sum{%s} ", metric->name, metric->labels);
    append_seconds(text, metric_value(metric));
    buffer_append_format(text, "\n%s_count{%s} %" PRId64 "\n", metric->name, metric->labels, count);
}

void metrics_render(struct metrics *metrics, struct buffer *ret_text)
{
    const char *family = "";

    (void)pthread_mutex_lock(&metrics->mutex);
    for (size_t i = 0; i < metrics->count; ++i) {
        const struct metric *metric = metrics->series[i];

        if (strcmp(family, metric->name) != 0)
            buffer_append_format(ret_text, "# HELP %s %s\n# TYPE %s %s\n", metric->name,
                                 metric->help, metric->name, type_name(metric->type));
        family = metric->name;
        if (metric->type == METRIC_HISTOGRAM)
            render_histogram(metric, ret_text);
        else
            render_scalar(metric, ret_text);
    }
    (void)pthread_mutex_unlock(&metrics->mutex);
}
