#include "lib/http/exchange.h"

#include "lib/http/stream.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void reply_deinit(struct reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++)
        free(reply->headers[i].name);
    reply->header_count = 0;
    buffer_deinit(&reply->body);
}

static struct reply_header *find_header(struct reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (strcasecmp(reply->headers[i].name, name) == 0)
            return &reply->headers[i];
    }
    assert(reply->header_count < REPLY_HEADERS_MAX);
    return &reply->headers[reply->header_count++];
}

void http_exchange_set_header(struct http_exchange *exchange, const char *name, const char *value)
{
    const size_t name_size = strlen(name) + 1;
    const size_t value_size = strlen(value) + 1;
    char *copy = malloc(name_size + value_size);
    struct reply_header *header;

    if (copy == NULL)
        return;
    memcpy(copy, name, name_size);
    memcpy(copy + name_size, value, value_size);
    header = find_header(&exchange->reply, name);
    free(header->name);
    *header = (struct reply_header){.name = copy, .value = copy + name_size};
}

void exchange_set_content_type(struct http_exchange *exchange, const char *content_type)
{
    (void)snprintf(exchange->reply.content_type, sizeof(exchange->reply.content_type), "%s",
                   content_type != NULL ? content_type : "");
}

static void set_reply(struct http_exchange *exchange, unsigned status, const char *content_type,
                      struct buffer *body)
{
    struct reply *reply = &exchange->reply;

    reply->status = status;
    exchange_set_content_type(exchange, content_type);
    buffer_deinit(&reply->body);
    if (body != NULL) {
        reply->body = *body;
        *body = (struct buffer){.limit = body->limit};
    }
}

void exchange_set_problem(struct http_exchange *exchange, const struct problem *problem)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    char seconds[16];

    if (problem->retry_after_s > 0) {
        (void)snprintf(seconds, sizeof(seconds), "%u", problem->retry_after_s);
        http_exchange_set_header(exchange, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    problem_render(problem, exchange->trace.request_id, &body);
    set_reply(exchange, problem_status(problem->code), "application/problem+json", &body);
}

void http_exchange_reply(struct http_exchange *exchange, unsigned status, const char *content_type,
                         struct buffer *body)
{
    set_reply(exchange, status, content_type, body);
    if (exchange->reply.body.overflown)
        exchange_set_problem(exchange, &(struct problem){.code = PROBLEM_INTERNAL});
    exchange_hand_over(exchange, OUTCOME_REPLY);
}

void http_exchange_reply_problem(struct http_exchange *exchange, const struct problem *problem)
{
    exchange_set_problem(exchange, problem);
    exchange_hand_over(exchange, OUTCOME_REPLY);
}

static void free_secret(void *context)
{
    struct buffer *body = context;

    buffer_deinit(body);
    free(body);
}

/* Takes the body; it is wiped when libmicrohttpd is done with it. */
static struct MHD_Response *secret_response(struct buffer *body)
{
    struct buffer *kept = malloc(sizeof(*kept));
    struct MHD_Response *response;

    if (kept == NULL)
        return NULL;
    *kept = *body;
    *body = (struct buffer){.limit = kept->limit, .is_secret = true};
    response = MHD_create_response_from_buffer_with_free_callback_cls(kept->length, kept->data,
                                                                      free_secret, kept);
    if (response == NULL)
        free_secret(kept);
    return response;
}

/* The body's bytes become libmicrohttpd's. */
static struct MHD_Response *body_response(struct http_exchange *exchange)
{
    struct buffer *body = &exchange->reply.body;
    struct MHD_Response *response;
    size_t length;
    char *data;

    if (body->length == 0)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    exchange->reply_bytes = body->length;
    if (body->is_secret)
        return secret_response(body);
    data = buffer_take(body, &length);
    response = MHD_create_response_from_buffer(length, data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(data);
    return response;
}

static void add_headers(const struct http_exchange *exchange, struct MHD_Response *response)
{
    const struct reply *reply = &exchange->reply;
    const bool leaves_body_unread = exchange->step == STEP_BEGIN && exchange->has_body;

    (void)MHD_add_response_header(response, "X-Request-Id", exchange->trace.request_id);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (reply->content_type[0] != '\0')
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        (void)MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (leaves_body_unread || atomic_load(&exchange->server->draining))
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

enum MHD_Result exchange_queue_reply(struct http_exchange *exchange)
{
    struct http_stream *stream = exchange->stream;
    struct MHD_Response *response;
    enum MHD_Result result;

    response = stream != NULL ? stream_response(stream) : body_response(exchange);
    if (response == NULL)
        return MHD_NO;
    add_headers(exchange, response);
    if (stream != NULL)
        deadlines_set_stream(&exchange->server->deadlines, exchange->connection, stream);
    result = MHD_queue_response(exchange->mhd, exchange->reply.status, response);
    MHD_destroy_response(response);
    return result;
}
