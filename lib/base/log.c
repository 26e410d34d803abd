#include "lib/base/log.h"

#include "lib/base/buffer.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Set once by log_init before threads start: the one exception to "no globals", so that a log line
 * needs no argument that all functions would have to carry. */
static struct {
    const char *service;
    enum log_level lowest;
} settings = {"slipway", LOG_INFO};

void log_init(const char *service, enum log_level lowest)
{
    settings.service = service;
    settings.lowest = lowest;
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};

    return names[level];
}

static void append_text(struct buffer *line, const char *name, const char *value)
{
    buffer_append_format(line, ",\"%s\":\"", name);
    buffer_append_json_escaped(line, value);
    buffer_append_text(line, "\"");
}

static void append_trace(struct buffer *line, const struct trace *trace)
{
    char trace_id[33];

    if (trace == NULL)
        return;
    trace_copy_id(trace, trace_id);
    append_text(line, "request_id", trace->request_id);
    append_text(line, "trace_id", trace_id);
}

void log_write(enum log_level level, const struct trace *trace, const char *message,
               const struct log_field *fields)
{
    CLEANUP(buffer_deinit) struct buffer line = {.limit = 16384};
    const int64_t now_us = clock_now_us(NULL);
    char time[CLOCK_TEXT_SIZE];

    if (level < settings.lowest)
        return;
    (void)clock_format(now_us, time);
    buffer_append_format(&line, "{\"time\":\"%.19s.%06" PRId64 "Z\",\"level\":\"%s\"", time,
                         now_us % 1000000, level_name(level));
    append_text(&line, "service", settings.service);
    append_text(&line, "message", message);
    append_trace(&line, trace);
    for (; fields->name != NULL; ++fields) {
        if (fields->text != NULL)
            append_text(&line, fields->name, fields->text);
        else
            buffer_append_format(&line, ",\"%s\":%" PRId64, fields->name, fields->number);
    }
    buffer_append(&line, "}\n", 2);
    if (!line.overflown)
        (void)!write(STDERR_FILENO, line.data, line.length);
}
