/* An event stream in pieces, whose size the first byte says: the same events as in one piece. */
#include "slipctl/event_stream.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *context, const char *data)
{
    buffer_append_format(context, "[%s]", data);
    return true;
}

static bool feed(const char *bytes, size_t length, size_t piece, struct buffer *events)
{
    CLEANUP(event_stream_deinit) struct event_stream stream;
    bool goes_on = true;

    event_stream_init(&stream, take, events);
    for (size_t at = 0; at < length && goes_on; at += piece)
        goes_on = event_stream_feed(&stream, bytes + at, length - at < piece ? length - at : piece);
    return goes_on;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_deinit) struct buffer whole = {0};
    CLEANUP(buffer_deinit) struct buffer pieces = {0};
    const char *bytes = (const char *)data + 1;

    if (size < 2)
        return 0;
    assert(feed(bytes, size - 1, size - 1, &whole) ==
           feed(bytes, size - 1, (size_t)data[0] + 1, &pieces));
    assert(whole.length == pieces.length &&
           (whole.length == 0 || memcmp(whole.data, pieces.data, whole.length) == 0));
    return 0;
}
