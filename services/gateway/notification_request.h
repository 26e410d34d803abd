/* The body of PUT /notifications, all of it at once:
 * {"email":"a@b.example","language":"en","telegram_id":666971555,
 *  "notices":{"server_ready":{"email":true,"telegram":false},…}}
 * Without an address there is no mail, without an id messages go to the chat that the user was made
 * with; a notice that is not named is as by default. Which notices and languages there are is the
 * notifier's to say. Texts are borrowed from the JSON. */
#pragma once

#include "proto/notifier.pb-c.h"

#include "lib/http/json_request.h"

enum { NOTICE_CHOICES_MAX = 16 };

/* `preferences` points into `list`, and that into `choices`. Not to be copied. */
struct notification_request {
    Slipway__V1__Preferences preferences;
    Slipway__V1__NoticeChoice choices[NOTICE_CHOICES_MAX];
    Slipway__V1__NoticeChoice *list[NOTICE_CHOICES_MAX];
};

/* > 0: `problem` holds all field errors. */
MUST_CHECK int notification_request_read(const json_t *body,
                                         struct notification_request *ret_request,
                                         struct problem *problem);
