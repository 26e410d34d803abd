/* One request of the client: its copy, its handle of libcurl, and what came back. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/http/client.h"

#include <curl/curl.h>

struct client_call {
    /* In the waiting list (next only), then in the running list. */
    struct client_call *next, *previous;
    /* NULL until it starts. */
    CURL *easy;
    char *method, *url;
    struct curl_slist *headers;
    void *body;
    size_t body_length;
    int64_t timeout_ms;
    bool only_once;
    struct buffer answer;
    /* Borrowed from the client. */
    const struct http_client_options *options;
    /* An address was refused; the answer was cut. */
    bool is_refused, is_cut;
    http_client_done_fn done;
    void *context;
};

/* Copies the request, borrows the options. NULL: no memory. */
struct client_call *client_call_new(const struct http_client_request *request,
                                    const struct http_client_options *options);
/* Accepts NULL. */
void client_call_free(struct client_call *call);

void client_call_link(struct client_call **list, struct client_call *call);
void client_call_unlink(struct client_call **list, struct client_call *call);

/* A handle with all that is the same for every request. NULL: no memory. */
CURL *client_call_new_handle(const struct http_client_options *options);
/* Puts the request into its handle. True: no memory. */
MUST_CHECK bool client_call_prepare(struct client_call *call);
struct client_call *client_call_of(CURL *easy);

/* The outcome as http_client_done_fn tells it; ret_answer borrows from the call. */
int client_call_result(struct client_call *call, CURLcode code,
                       struct http_client_answer *ret_answer, struct error *error);
