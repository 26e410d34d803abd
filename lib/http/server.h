/* An HTTP/1.1 server on libmicrohttpd in which no handler ever blocks an event loop.
 *
 * A request runs in two phases on one of the server's threads: `begin` when the headers are in
 * (route, key, limit, scope: cheap refusals before a body is read), `handle` when the body is in.
 * Each phase ends in one of three ways: it replied; it returned without (begin:
 * http_exchange_proceed was called, so the body is read next); or it will reply or proceed later,
 * from any thread, and the connection is suspended meanwhile.
 *
 * libmicrohttpd 0.9.75 is lenient, so the server itself refuses: Content-Length with
 * Transfer-Encoding, any encoding but "chunked", repeated Content-Length, Host, Authorization,
 * Idempotency-Key, X-Timestamp or X-Signature, a missing Host, header lines that are folded, have
 * no name, hold NUL or end in a bare line feed, an escaped slash, NUL or control characters in the
 * path (400); too long a URI (414), too large a header (431) or body (413); and it ends connections
 * whose header or body does not arrive in time (408). All of these are problem+json with
 * X-Request-Id. Source: RFC 9110, RFC 9112 sections 5 to 7 and 11.
 */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/trace.h"
#include "lib/http/problem.h"

#include <stdbool.h>
#include <stdint.h>

struct http_server;
struct http_exchange;
struct http_stream;

typedef void (*http_phase_fn)(void *context, struct http_exchange *exchange);

/* Told of each finished exchange, for access logs and metrics. `bytes` is the reply body's length.
 */
typedef void (*http_finished_fn)(void *context, const struct http_exchange *exchange,
                                 unsigned status, size_t bytes, int64_t duration_us);

struct http_server_options {
    /* Numeric address, "127.0.0.1" or "0.0.0.0". */
    const char *bind_address;
    /* 0: any free one; http_server_port() tells. */
    int64_t port;
    int64_t threads;
    int64_t connections_limit;
    int64_t connections_per_address_limit;
    int64_t header_bytes_limit;
    int64_t uri_bytes_limit;
    int64_t body_bytes_limit;
    int64_t header_timeout_ms;
    int64_t body_timeout_ms;
    int64_t idle_timeout_ms;
    /* NULL: every request proceeds to its body. */
    http_phase_fn begin;
    http_phase_fn handle;
    /* NULL: nobody is told. */
    http_finished_fn finished;
    void *context;
};

/* FAULT_HARD: the address is taken, or no memory. Listens and serves at once. */
MUST_CHECK int http_server_new(const struct http_server_options *options,
                               struct http_server **ret_server, struct error *error);

/* Accepts no further connections, answers with "Connection: close" from now on, and waits up to
 * `timeout_ms` for the exchanges that are open. Returns how many were left. */
size_t http_server_drain(struct http_server *server, int64_t timeout_ms);

/* All exchanges must have been answered (drain first). Accepts NULL. */
void http_server_free(struct http_server *server);
DEFINE_CLEANUP(struct http_server *, http_server_free)

uint16_t http_server_port(const struct http_server *server);
size_t http_server_open_exchanges(const struct http_server *server);

/* ---- the request; strings live until the reply is given ---- */

const char *http_exchange_method(const struct http_exchange *exchange);
/* Percent-decoded, without the query. */
const char *http_exchange_path(const struct http_exchange *exchange);
/* As sent, path and query. */
const char *http_exchange_target(const struct http_exchange *exchange);
/* NULL: not sent. Names in any case. */
const char *http_exchange_header(const struct http_exchange *exchange, const char *name);
/* Calls `visit` for each line of a header that may be repeated, in order. */
void http_exchange_each_header(const struct http_exchange *exchange, const char *name,
                               void (*visit)(void *context, const char *value), void *context);
/* The decoded value of a query parameter; NULL: not sent. */
const char *http_exchange_query(const struct http_exchange *exchange, const char *name);
/* Calls `visit` for each query parameter in order, repeated ones too (value "" when there is none).
 */
void http_exchange_each_query(const struct http_exchange *exchange,
                              void (*visit)(void *context, const char *name, const char *value),
                              void *context);
/* Only in and after the handle phase; NUL-terminated. */
const char *http_exchange_body(const struct http_exchange *exchange, size_t *ret_length);
/* "Content-Length" or chunks announced a body. */
bool http_exchange_has_body(const struct http_exchange *exchange);
/* Numeric, without the port. */
const char *http_exchange_peer(const struct http_exchange *exchange);
const struct trace *http_exchange_trace(const struct http_exchange *exchange);
int64_t http_exchange_age_us(const struct http_exchange *exchange);

/* A value of the service's, freed by `destroy` (may be NULL) when the exchange ends. */
void http_exchange_set_data(struct http_exchange *exchange, void *data, void (*destroy)(void *));
void *http_exchange_data(const struct http_exchange *exchange);

/* ---- the reply ---- */

/* Adds a header to whatever reply comes; replaces one of the same name. Texts are copied. At
 * most 16. */
void http_exchange_set_header(struct http_exchange *exchange, const char *name, const char *value);

/* Ends the begin phase without a reply: the body is read next. Exactly once, from any thread. */
void http_exchange_proceed(struct http_exchange *exchange);

/* Exactly once an exchange, from any thread, after which the exchange must not be touched.
 * `body` is emptied (taken). content_type NULL: no Content-Type. X-Request-Id and
 * X-Content-Type-Options are added here. The bytes of a secret body are wiped once they are sent.
 */
void http_exchange_reply(struct http_exchange *exchange, unsigned status, const char *content_type,
                         struct buffer *body);

/* The same with a rendered problem, Retry-After included. `problem` is borrowed. */
void http_exchange_reply_problem(struct http_exchange *exchange, const struct problem *problem);

/* Replies 200 with a body that comes in pieces (an event stream). The stream is the caller's until
 * http_stream_end(). `closed` runs once, on a server thread, if the client goes away first: the
 * stream must still be ended, but not from `closed`, which must not touch it. It is not running any
 * more once http_stream_end() has returned. NULL: no memory, a 503 was replied; the functions below
 * take it. */
struct http_stream *http_exchange_stream(struct http_exchange *exchange, const char *content_type,
                                         void (*closed)(void *context), void *context);
/* Thread-safe. False: the client is gone, or more than 256 KiB wait for it. */
bool http_stream_send(struct http_stream *stream, const void *data, size_t length);
/* What was sent still reaches the client. The stream is gone afterwards. */
void http_stream_end(struct http_stream *stream);
