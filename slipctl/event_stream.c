#include "slipctl/event_stream.h"

#include <string.h>

enum { LONGEST = 1024 * 1024 };

void event_stream_init(struct event_stream *stream, event_stream_fn take, void *context)
{
    *stream = (struct event_stream){
        .take = take,
        .context = context,
        .line = {.limit = LONGEST},
        .data = {.limit = LONGEST},
    };
}

void event_stream_deinit(struct event_stream *stream)
{
    buffer_deinit(&stream->line);
    buffer_deinit(&stream->data);
}

static bool end_event(struct event_stream *stream)
{
    const bool had_data = stream->has_data;

    stream->has_data = false;
    return !had_data || stream->data.overflown || stream->take(stream->context, stream->data.data);
}

static bool end_line(struct event_stream *stream)
{
    static const char name[] = "data";
    const size_t name_length = sizeof(name) - 1;
    const char *line = stream->line.data != NULL ? stream->line.data : "";
    const char *value = line + name_length;

    if (line[0] == '\0')
        return end_event(stream);
    if (strncmp(line, name, name_length) != 0 || (*value != ':' && *value != '\0'))
        return true;
    if (*value == ':')
        value += value[1] == ' ' ? 2 : 1;
    if (!stream->has_data)
        buffer_reset(&stream->data);
    else
        buffer_append(&stream->data, "\n", 1);
    buffer_append_text(&stream->data, value);
    stream->has_data = true;
    return !stream->data.overflown;
}

/* A line ends with CR, LF or both. A NUL is no part of any JSON. */
static bool take_byte(struct event_stream *stream, char byte)
{
    const bool ended = byte == '\n' && stream->after_return;
    bool goes_on;

    stream->after_return = byte == '\r';
    if (ended)
        return true;
    if (byte != '\n' && byte != '\r') {
        buffer_append(&stream->line, &byte, 1);
        return byte != '\0' && !stream->line.overflown;
    }
    goes_on = end_line(stream);
    buffer_reset(&stream->line);
    if (stream->line.data != NULL)
        stream->line.data[0] = '\0';
    return goes_on;
}

bool event_stream_feed(struct event_stream *stream, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; ++i)
        if (!take_byte(stream, bytes[i]))
            return false;
    return true;
}
