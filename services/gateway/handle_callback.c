#include "services/gateway/callback_request.h"
#include "services/gateway/handlers.h"

/* Providers send a kilobyte or two. */
enum { BODY_BYTES_MAX = 256 * 1024 };

static const char *find_header(void *context, const char *name)
{
    const struct request *request = context;

    return http_exchange_header(request->exchange, name);
}

int handle_callback(struct request *request, struct error *error)
{
    struct callback_request callback;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    size_t length;
    const char *body = http_exchange_body(request->exchange, &length);

    if (length > BODY_BYTES_MAX)
        return problem_set(&request->problem, PROBLEM_BODY_TOO_LARGE,
                           "A callback is at most 256 KiB.");
    callback_request_fill(request->match.parameters[0], body, length, find_header, request,
                          &callback);
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_PROVIDER_CALLBACK;
    command.provider_callback = &callback.command;
    return request_submit(request, &command, NULL, error);
}
