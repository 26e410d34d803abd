#include "services/gateway/batch_watcher.h"

#include "services/gateway/gateway.h"

#include <stdlib.h>
#include <string.h>

enum { KEEP_ALIVE_MS = 15000 };

static bool is_shown(const struct watcher *watcher, const struct buffer *state)
{
    return state->length == watcher->shown.length &&
           memcmp(state->data, watcher->shown.data, state->length) == 0;
}

void watcher_show(struct watcher *watcher, int64_t now_ms)
{
    CLEANUP(buffer_deinit) struct buffer state = {0};
    CLEANUP(buffer_deinit) struct buffer event = {0};

    batch_snapshot_render(&watcher->snapshot, &state);
    buffer_append_text(&event, "event: batch\ndata: ");
    buffer_append(&event, state.data, state.length);
    buffer_append_text(&event, "\n\n");
    if (state.overflown || event.overflown || is_shown(watcher, &state))
        return;
    watcher->sent_at_ms = now_ms;
    if (!http_stream_send(watcher->stream, event.data, event.length))
        atomic_store(&watcher->gone, true);
    buffer_reset(&watcher->shown);
    buffer_append(&watcher->shown, state.data, state.length);
}

void watcher_keep_alive(struct watcher *watcher, int64_t now_ms)
{
    static const char comment[] = ":\n\n";

    if (now_ms - watcher->sent_at_ms < KEEP_ALIVE_MS)
        return;
    watcher->sent_at_ms = now_ms;
    if (!http_stream_send(watcher->stream, comment, sizeof(comment) - 1))
        atomic_store(&watcher->gone, true);
}

void watcher_free(struct watcher *watcher)
{
    redis_unsubscribe(watcher->subscription);
    key_record_unref(watcher->key);
    buffer_deinit(&watcher->shown);
    free(watcher);
}

void watcher_finish(struct watcher *watcher)
{
    if (watcher->stream != NULL)
        http_stream_end(watcher->stream);
    else
        watcher->finish(watcher->request, &watcher->snapshot);
    watcher_free(watcher);
}
