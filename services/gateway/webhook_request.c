#include "services/gateway/webhook_request.h"

#include "services/gateway/proto_text.h"

#include <stdio.h>
#include <string.h>

static void read_event(const json_t *element, size_t index, struct webhook_request *request,
                       struct problem *problem)
{
    const char *name = json_string_value(element);
    char pointer[32];

    (void)snprintf(pointer, sizeof(pointer), "/events/%zu", index);
    if (name == NULL)
        (void)problem_add_field(problem, PROBLEM_INVALID_REQUEST, "wrong_type", pointer,
                                "Must be a text.");
    else if (name[0] == '\0' || strlen(name) > WEBHOOK_EVENT_LENGTH_MAX)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "unknown_event", pointer,
                                "There is no such type of event.");
    else
        request->events[request->command.n_events++] = proto_text(name);
}

int webhook_request_read(const json_t *body, struct webhook_request *ret_request,
                         struct problem *problem)
{
    struct json_reader reader;
    const json_t *events = NULL;
    const char *url = "";

    slipway__v1__create_endpoint__init(&ret_request->command);
    ret_request->command.events = ret_request->events;
    json_reader_init(&reader, body, "", problem);
    (void)json_reader_text(&reader, "url", WEBHOOK_URL_MAX, &url);
    ret_request->command.url = proto_text(url);
    if (json_reader_has(&reader, "events") &&
        json_reader_array(&reader, "events", WEBHOOK_EVENTS_MAX, &events))
        for (size_t i = 0; i < json_array_size(events); ++i)
            read_event(json_array_get(events, i), i, ret_request, problem);
    json_reader_finish(&reader);
    return (int)problem->code;
}
