/* An asynchronous HTTP/1.1 client (libcurl multi) on a thread of its own, with connection reuse. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct http_client;
struct sockaddr;

/* Whether a connection to that address may be opened. Runs on the client's thread for each address
 * that is tried, after names were looked up; must not block. */
typedef bool (*http_client_address_fn)(void *context, const struct sockaddr *address);

struct http_client_options {
    /* Requests waiting or in flight; past it FAULT_RETRY. */
    int64_t queue_limit;
    int64_t connections_per_host;
    int64_t connect_timeout_ms;
    /* Longest answer body. */
    int64_t answer_bytes_limit;
    /* What follows is for calls to strangers; left out, it is as between our own services. */
    /* NULL: every address. Refused ones fail with FAULT_HARD. */
    http_client_address_fn may_connect;
    void *may_connect_context;
    /* A longer body is cut at the limit instead of failing the call. */
    bool cuts_long_answers;
    /* PEM file of the authorities whose certificates count; NULL or "": the system's. */
    const char *ca_file;
};

/* Borrowed for the call; body and headers are copied. */
struct http_client_request {
    const char *method;
    const char *url;
    /* "Name: value" lines, NULL-terminated; NULL: none. */
    const char *const *headers;
    const void *body;
    size_t body_length;
    int64_t timeout_ms;
    /* For what must not arrive twice: goes over a connection of its own. libcurl silently sends a
     * request again, whatever its method, when a kept connection dies before the first byte of the
     * answer, though it may have been processed. */
    bool only_once;
};

struct http_client_answer {
    unsigned status;
    /* Borrowed for the callback. */
    const char *body;
    size_t body_length;
    /* The header Retry-After, as seconds or as a date, in seconds from now; 0: none. */
    int64_t retry_after_s;
};

/* outcome 0: any HTTP status. FAULT_RETRY: surely not processed (never connected). FAULT_UNCERTAIN:
 * sent or perhaps sent, no answer. FAULT_HARD: a bad URL, an address that may not be connected to,
 * a certificate that does not hold, an answer too large. Runs on the client's thread; must not
 * block. answer is NULL on a fault. */
typedef void (*http_client_done_fn)(void *context, int outcome,
                                    const struct http_client_answer *answer,
                                    const struct error *error);

MUST_CHECK int http_client_new(const struct http_client_options *options,
                               struct http_client **ret_client, struct error *error);
/* Requests still open fail first with FAULT_UNCERTAIN. Accepts NULL. */
void http_client_free(struct http_client *client);

/* 0: `done` will be called exactly once, on the client's thread. A fault: it will not. Thread-safe;
 * may be called from `done`. */
MUST_CHECK int http_client_send(struct http_client *client,
                                const struct http_client_request *request, http_client_done_fn done,
                                void *context, struct error *error);
