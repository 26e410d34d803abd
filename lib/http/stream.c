#include "lib/http/stream.h"

#include <pthread.h>
#include <string.h>

enum {
    PENDING_LIMIT = 256 * 1024,
    CHUNK_SIZE = 4096,
};

/* Shared by the caller and the response; the last one to let go frees it. */
struct http_stream {
    pthread_mutex_t lock;
    unsigned references;
    struct http_exchange *exchange;
    struct buffer pending;
    /* Of pending, what was already handed to libmicrohttpd. */
    size_t taken;
    bool is_suspended;
    /* By the caller, by the client. */
    bool is_ended, is_gone;
    void (*closed)(void *context);
    void *context;
};

static void unlock_and_release(struct http_stream *stream)
{
    const bool is_last = --stream->references == 0;

    (void)pthread_mutex_unlock(&stream->lock);
    if (!is_last)
        return;
    (void)pthread_mutex_destroy(&stream->lock);
    buffer_deinit(&stream->pending);
    free(stream);
}

static void wake(struct http_stream *stream)
{
    if (!stream->is_suspended)
        return;
    stream->is_suspended = false;
    exchange_resume(stream->exchange->server, stream->exchange->mhd);
}

struct http_stream *http_exchange_stream(struct http_exchange *exchange, const char *content_type,
                                         void (*closed)(void *context), void *context)
{
    struct http_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        http_exchange_reply_problem(exchange, &(struct problem){.code = PROBLEM_UNAVAILABLE});
        return NULL;
    }
    (void)pthread_mutex_init(&stream->lock, NULL);
    stream->references = 2;
    stream->exchange = exchange;
    stream->pending.limit = PENDING_LIMIT;
    stream->closed = closed;
    stream->context = context;
    exchange->stream = stream;
    exchange->reply.status = MHD_HTTP_OK;
    exchange_set_content_type(exchange, content_type);
    exchange_hand_over(exchange, OUTCOME_STREAM);
    return stream;
}

/* libmicrohttpd has taken some: keep only what it has not. */
static void drop_taken(struct http_stream *stream)
{
    const size_t left = stream->pending.length - stream->taken;

    memmove(stream->pending.data, stream->pending.data + stream->taken, left);
    stream->pending.length = left;
    stream->taken = 0;
}

bool http_stream_send(struct http_stream *stream, const void *data, size_t length)
{
    bool is_sent = false;

    if (stream == NULL)
        return false;
    (void)pthread_mutex_lock(&stream->lock);
    if (stream->taken > 0)
        drop_taken(stream);
    if (!stream->is_gone && length <= PENDING_LIMIT - stream->pending.length) {
        buffer_append(&stream->pending, data, length);
        is_sent = !stream->pending.overflown;
        wake(stream);
    }
    (void)pthread_mutex_unlock(&stream->lock);
    return is_sent;
}

void http_stream_end(struct http_stream *stream)
{
    if (stream == NULL)
        return;
    (void)pthread_mutex_lock(&stream->lock);
    stream->is_ended = true;
    if (!stream->is_gone)
        wake(stream);
    unlock_and_release(stream);
}

void stream_client_left(struct http_stream *stream)
{
    (void)pthread_mutex_lock(&stream->lock);
    stream->is_gone = true;
    wake(stream);
    (void)pthread_mutex_unlock(&stream->lock);
}

/* Called by libmicrohttpd for more of the body. */
static ssize_t read_pending(void *context, uint64_t position, char *ret_data, size_t size)
{
    struct http_stream *stream = context;
    ssize_t result = 0;
    size_t left;

    (void)position;
    (void)pthread_mutex_lock(&stream->lock);
    left = stream->pending.length - stream->taken;
    if (stream->is_gone) {
        result = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (left > 0) {
        result = (ssize_t)(left < size ? left : size);
        memcpy(ret_data, stream->pending.data + stream->taken, (size_t)result);
        stream->taken += (size_t)result;
        stream->exchange->reply_bytes += (size_t)result;
    } else if (stream->is_ended) {
        result = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        stream->is_suspended = true;
        (void)MHD_suspend_connection(stream->exchange->mhd);
    }
    (void)pthread_mutex_unlock(&stream->lock);
    return result;
}

/* Called by libmicrohttpd when the response is done with, one way or the other. `closed` runs under
 * the lock, so that it is not running any more when http_stream_end() returns. */
static void detach(void *context)
{
    struct http_stream *stream = context;

    (void)pthread_mutex_lock(&stream->lock);
    stream->is_gone = true;
    stream->is_suspended = false;
    if (!stream->is_ended && stream->closed != NULL)
        stream->closed(stream->context);
    unlock_and_release(stream);
}

struct MHD_Response *stream_response(struct http_stream *stream)
{
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK_SIZE,
                                                                      read_pending, stream, detach);

    if (response == NULL)
        detach(stream);
    return response;
}
