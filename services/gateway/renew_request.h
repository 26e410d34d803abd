/* Which servers are to be renewed or looked at, as callers write it: the bodies of
 * POST /vps/{id}/renew, /vps/renew:bulk, /vps/status:bulk. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/http/json_request.h"

enum { RENEW_ITEMS_MAX = 100, STATUS_IDS_MAX = 1000 };

/* `command` points into `items`. Not to be copied. */
struct renew_request {
    /* 0: the body names nobody. */
    uint64_t user_id;
    Slipway__V1__RenewVps command;
    Slipway__V1__RenewItem *pointers[RENEW_ITEMS_MAX];
    Slipway__V1__RenewItem items[RENEW_ITEMS_MAX];
};

/* {"period_months"} and optionally "user_id", of the server in the path. > 0: `problem` holds all
 * field errors. Unknown periods and servers are billing's to find. */
MUST_CHECK int renew_request_read(const json_t *body, uint64_t vps_id,
                                  struct renew_request *ret_renew, struct problem *problem);

/* {"items":[{"vps_id","period_months"}, 1 to 100]} and optionally "user_id". */
MUST_CHECK int renew_request_read_bulk(const json_t *body, struct renew_request *ret_renew,
                                       struct problem *problem);

/* `question` points into `ids`. Not to be copied. */
struct status_request {
    Slipway__V1__ListVpsCards question;
    uint64_t ids[STATUS_IDS_MAX];
};

/* {"vps_ids":[1 to 1000 ids]} */
MUST_CHECK int status_request_read(const json_t *body, struct status_request *ret_status,
                                   struct problem *problem);
