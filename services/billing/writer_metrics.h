/* What the writer counts. */
#pragma once

#include "lib/service/metrics.h"
#include "services/billing/batch.h"

struct writer_metrics;

/* NULL: no memory. */
struct writer_metrics *writer_metrics_new(struct metrics *metrics);
void writer_metrics_free(struct writer_metrics *counters);

void writer_metrics_count_batch(struct writer_metrics *counters, size_t jobs, int64_t duration_us);
/* After it was decided. */
void writer_metrics_count_job(struct writer_metrics *counters, const struct job *job);
