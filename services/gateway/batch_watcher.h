/* One of those whom batch_watch.c looks after: a request that waits, or a stream. */
#pragma once

#include "services/gateway/batch_watch.h"

#include <stdatomic.h>

struct watcher {
    struct watcher *next;
    struct batch_watch *watch;
    struct batch_question question;
    struct key_record *key; /* a reference */
    /* By which the key is looked up again. */
    uint8_t key_hash[API_KEY_HASH_SIZE];
    /* One of the two: a request that waits, or a stream. */
    struct request *request;
    batch_watch_finish_fn finish;
    struct http_stream *stream;
    struct redis_subscription *subscription;
    int64_t deadline_ms, read_at_ms, sent_at_ms;
    /* The stream's client went away. */
    atomic_bool gone;
    /* Under the watch's lock. */
    bool reading, changed;
    /* What was read last; `fresh` until the thread has looked at it. */
    bool fresh;
    struct batch_snapshot snapshot;
    /* What the stream has shown last. */
    struct buffer shown;
};

/* Sends the state to the stream unless it is what was sent last. */
void watcher_show(struct watcher *watcher, int64_t now_ms);
/* A comment on a stream that has been quiet, so that proxies keep it open. */
void watcher_keep_alive(struct watcher *watcher, int64_t now_ms);
/* Ends the stream or hands the request to its finish, and frees the watcher. */
void watcher_finish(struct watcher *watcher);
/* Not from a callback of its subscription. */
void watcher_free(struct watcher *watcher);
