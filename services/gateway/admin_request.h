/* What operators write: the bodies of the POST routes under /admin. Texts are borrowed from the
 * JSON. > 0: `problem` holds all field errors. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/base/address.h"
#include "lib/http/json_request.h"

enum {
    NAME_LENGTH_MAX = 100,
    REASON_LENGTH_MAX = 500,
    REFERRAL_CODE_LENGTH_MAX = 32,
    KEY_SCOPES_MAX = 8,
    KEY_ADDRESSES_MAX = 32,
    KEY_RATE_MAX = 1000000,
};

/* {"amount_usd":"-5.00","reason":"…"} */
MUST_CHECK int balance_request_read(const json_t *body, Slipway__V1__AdjustBalance *ret_command,
                                    struct problem *problem);

/* {"banned":true,"reason":"…"}; a ban is lifted without a reason too. */
MUST_CHECK int ban_request_read(const json_t *body, Slipway__V1__BanUser *ret_command,
                                struct problem *problem);

/* {"telegram_id","name","referrer_id" or "referral_code"}, all optional */
MUST_CHECK int user_request_read(const json_t *body, Slipway__V1__CreateUser *ret_command,
                                 struct problem *problem);

/* `command` points into what follows it. Not to be copied. */
struct key_request {
    Slipway__V1__IssueKey command;
    char *scopes[KEY_SCOPES_MAX];
    char *addresses[KEY_ADDRESSES_MAX];
    /* In their shortest form. */
    char address_texts[KEY_ADDRESSES_MAX][ADDRESS_BLOCK_TEXT_SIZE];
};

/* {"role":"reseller","user_id":42,"name":"…","scopes":["vps:read"],
 *  "expires_at":"2026-09-09T12:00:00Z","allowed_addresses":["10.0.0.0/8"],"rate_per_minute":600};
 * an operator's has no user_id and may leave out the scopes; the last three are optional. */
MUST_CHECK int key_request_read(const json_t *body, struct key_request *ret_request,
                                struct problem *problem);
