/* What operators write: the bodies of the POST routes under /admin. Texts are borrowed from the
 * JSON. > 0: `problem` holds all field errors. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/http/json_request.h"

enum { NAME_LENGTH_MAX = 100, REASON_LENGTH_MAX = 500, KEY_SCOPES_MAX = 8 };

/* {"amount_usd":"-5.00","reason":"…"} */
MUST_CHECK int balance_request_read(const json_t *body, Slipway__V1__AdjustBalance *ret_command,
                                    struct problem *problem);

/* {"telegram_id","name"}, both optional */
MUST_CHECK int user_request_read(const json_t *body, Slipway__V1__CreateUser *ret_command,
                                 struct problem *problem);

/* `command` points into `scopes`. Not to be copied. */
struct key_request {
    Slipway__V1__IssueKey command;
    char *scopes[KEY_SCOPES_MAX];
};

/* {"role":"reseller","user_id":42,"name":"…","scopes":["vps:read"]}; an operator's has no user_id
 * and may leave out the scopes. */
MUST_CHECK int key_request_read(const json_t *body, struct key_request *ret_request,
                                struct problem *problem);
