#include "lib/http/raw_reply.h"

#include "lib/base/trace.h"

#include <sys/socket.h>

enum { RETRY_AFTER_S = 1 };

/* Reason phrases are optional (RFC 9112 section 4), the title does. */
static void render(enum problem_code code, const char *request_id, struct buffer *ret_reply)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    const struct problem problem = {.code = code};

    problem_render(&problem, request_id, &body);
    buffer_append_format(ret_reply,
                         "HTTP/1.1 %u %s\r\n"
                         "Connection: close\r\n"
                         "Content-Type: application/problem+json\r\n"
                         "X-Request-Id: %s\r\n"
                         "Content-Length: %zu\r\n",
                         problem_status(code), problem_title(code), request_id, body.length);
    if (code == PROBLEM_UNAVAILABLE)
        buffer_append_format(ret_reply, "Retry-After: %d\r\n", RETRY_AFTER_S);
    buffer_append_text(ret_reply, "\r\n");
    buffer_append(ret_reply, body.data, body.length);
}

void raw_reply_problem(int fd, enum problem_code code, const char *request_id)
{
    CLEANUP(buffer_deinit) struct buffer reply = {0};
    struct trace trace;

    if (request_id == NULL) {
        trace_begin(NULL, NULL, &trace);
        request_id = trace.request_id;
    }
    render(code, request_id, &reply);
    if (!reply.overflown)
        (void)send(fd, reply.data, reply.length, MSG_DONTWAIT | MSG_NOSIGNAL);
}
