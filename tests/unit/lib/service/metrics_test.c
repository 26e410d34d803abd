#include "lib/service/metrics.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t seven(void *context)
{
    (void)context;
    return 7;
}

static void a_scrape_shows_each_family_in_one_piece(void **state)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    struct metrics *metrics = metrics_new();

    (void)state;
    metric_add(metrics_counter(metrics, "a_total", "as", "k=\"1\""), 2);
    metrics_gauge_read(metrics, "b", "bs", "", seven, NULL);
    metric_add(metrics_counter(metrics, "a_total", "as", "k=\"2\""), 3);
    metric_add(metrics_counter(metrics, "a_total", "as", "k=\"1\""), 1);
    metrics_render(metrics, &text);
    assert_string_equal(text.data, "# HELP a_total as\n# TYPE a_total counter\n"
                                   "a_total{k=\"1\"} 3\na_total{k=\"2\"} 3\n"
                                   "# HELP b bs\n# TYPE b gauge\nb 7\n");
    metrics_free(metrics);
}

static void a_histogram_counts_upwards(void **state)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    struct metrics *metrics = metrics_new();
    struct metric *histogram = metrics_histogram(metrics, "t_seconds", "ts", "r=\"x\"");

    (void)state;
    metric_observe_us(histogram, 500);
    metric_observe_us(histogram, 501);
    metric_observe_us(histogram, 60000000);
    metrics_render(metrics, &text);
    assert_non_null(strstr(text.data, "t_seconds_bucket{r=\"x\",le=\"0.000500\"} 1\n"));
    assert_non_null(strstr(text.data, "t_seconds_bucket{r=\"x\",le=\"0.001000\"} 2\n"));
    assert_non_null(strstr(text.data, "t_seconds_bucket{r=\"x\",le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(text.data, "t_seconds_sum{r=\"x\"} 60.001001\n"));
    assert_non_null(strstr(text.data, "t_seconds_count{r=\"x\"} 3\n"));
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scrape_shows_each_family_in_one_piece),
        cmocka_unit_test(a_histogram_counts_upwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
