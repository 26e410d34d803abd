/* Reads an event stream as it comes, in pieces of any size. Pure. Source: the HTML standard,
 * "Server-sent events", 9.2.6: fields are split at the first colon, comments and unknown fields are
 * skipped, an empty line ends an event. Ids and retry times are of no use here. */
#pragma once

#include "lib/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* `data`: the event's data lines, joined by line feeds. False: no more is wanted. */
typedef bool (*event_stream_fn)(void *context, const char *data);

struct event_stream {
    event_stream_fn take;
    void *context;
    /* The line that has not ended yet, and the data lines of its event. */
    struct buffer line, data;
    bool has_data, after_return;
};

void event_stream_init(struct event_stream *stream, event_stream_fn take, void *context);
void event_stream_deinit(struct event_stream *stream);

/* False: `take` wanted no more, or a line or an event is longer than 1 MiB. */
bool event_stream_feed(struct event_stream *stream, const char *bytes, size_t length);
