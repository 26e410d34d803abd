/* W3C trace context (www.w3.org/TR/trace-context), version 00, plus our request id: what ties the
 * log lines of one request together across the services. Plain values, copied freely. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>

/* "00-<32 hex>-<16 hex>-<2 hex>" and its NUL. */
#define TRACEPARENT_SIZE 56

/* Longest request id that is taken from a caller, and its NUL. */
#define REQUEST_ID_SIZE 65

struct trace {
    char traceparent[TRACEPARENT_SIZE];
    char request_id[REQUEST_ID_SIZE];
};

/* Continues `traceparent` (a new span under the same trace) when it is a sane one, else starts a
 * trace; keeps `request_id` when it is 1 to 64 characters of [A-Za-z0-9._:-], else makes a ULID.
 * Either may be NULL. */
void trace_begin(const char *traceparent, const char *request_id, struct trace *ret_trace);

/* The 32 hex digits of the trace id, NUL-terminated. */
void trace_copy_id(const struct trace *trace, char ret_trace_id[static 33]);
