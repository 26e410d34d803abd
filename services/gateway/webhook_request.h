/* The body of POST /webhooks: {"url":"https://…","events":["hosting.vps.active.v1"]}, without
 * events for all of them. Which URLs and events there may be is the notifier's to say. Texts are
 * borrowed from the JSON. */
#pragma once

#include "proto/notifier.pb-c.h"

#include "lib/http/json_request.h"

enum { WEBHOOK_URL_MAX = 2048, WEBHOOK_EVENTS_MAX = 64, WEBHOOK_EVENT_LENGTH_MAX = 64 };

/* `command` points into `events`. Not to be copied. */
struct webhook_request {
    Slipway__V1__CreateEndpoint command;
    char *events[WEBHOOK_EVENTS_MAX];
};

/* > 0: `problem` holds all field errors. */
MUST_CHECK int webhook_request_read(const json_t *body, struct webhook_request *ret_request,
                                    struct problem *problem);
