/* Log lines as JSON objects on standard error, one write(2) a line:
 * {"time":"…","level":"info","service":"billing","message":"…","request_id":"…","trace_id":"…",fields…}
 *
 * The service's name and the level are set once in main, before any thread; everything else is
 * stateless. Fields are named by the caller; secrets are never passed (tests/lint looks for it).
 */
#pragma once

#include "lib/base/error.h"
#include "lib/base/trace.h"

#include <stdint.h>

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARNING,
    LOG_ERROR,
};

struct log_field {
    const char *name;
    /* NULL: the number counts. */
    const char *text;
    int64_t number;
};

#define LOG_TEXT(name, value)   ((struct log_field){(name), (value), 0})
#define LOG_NUMBER(name, value) ((struct log_field){(name), NULL, (int64_t)(value)})

/* `service` is borrowed for the life of the process. */
void log_init(const char *service, enum log_level lowest);

/* `trace` may be NULL. `fields` ends with a field without a name. */
void log_write(enum log_level level, const struct trace *trace, const char *message,
               const struct log_field *fields);

/* log_event(LOG_INFO, trace, "machine built", LOG_NUMBER("vps_id", 77), LOG_TEXT("node", name));
 * At most LOG_FIELDS_MAX - 1 fields: the rest of the array is zero and ends it. */
enum { LOG_FIELDS_MAX = 16 };

#define log_event(level, trace, message, ...)                                                      \
    log_write((level), (trace), (message), (const struct log_field[LOG_FIELDS_MAX]){__VA_ARGS__})
