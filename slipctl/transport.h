/* One request over the network and its answer, on libcurl: TLS verified, no redirects followed,
 * nothing kept but the connection. */
#pragma once

#include "slipctl/answer.h"

#include "lib/base/error.h"

struct transport;

/* Takes bytes of an event stream as they come. False: that is all that is wanted. */
typedef bool (*transport_sink_fn)(void *context, const char *data, size_t length);

/* All borrowed. */
struct transport_request {
    const char *method;
    const char *url;
    /* "Name: value" lines, NULL-terminated. */
    const char *const *headers;
    /* NULL: none. */
    const char *body;
    /* Milliseconds until the whole answer must be there. */
    int64_t timeout_ms;
    /* http: goes to loopback (or is allowed to be read), so it passes no proxy. */
    bool is_plain;
    /* For a 200 with text/event-stream, whose bytes are then not kept; NULL: nobody wants them. */
    transport_sink_fn sink;
    void *sink_context;
};

/* `ca_file`: certificates to trust instead of the system's; NULL: the system's. FAULT_HARD: no
 * memory. */
MUST_CHECK int transport_new(const char *ca_file, struct transport **ret_transport,
                             struct error *error);
/* Accepts NULL. */
void transport_free(struct transport *transport);
DEFINE_CLEANUP(struct transport *, transport_free)

/* Fills an initialised answer. 0: any HTTP status, or the sink has had enough. FAULT_RETRY: surely
 * not processed (never connected). FAULT_UNCERTAIN: sent or perhaps sent, no answer. FAULT_HARD:
 * the server's certificate is not trusted, the answer is too large or not HTTP. */
MUST_CHECK int transport_exchange(struct transport *transport,
                                  const struct transport_request *request,
                                  struct answer *ret_answer, struct error *error);
