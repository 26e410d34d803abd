/* What may be bought, as callers write it: the bodies of POST /vps, /vps/buy:bulk, /vps/quote. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/http/json_request.h"

enum { PURCHASE_ITEMS_MAX = 100, CODE_LENGTH_MAX = 64 };

/* Texts are borrowed from the JSON; `command` points into `items`. Not to be copied. */
struct purchase_request {
    /* 0: the body names nobody. */
    uint64_t user_id;
    Slipway__V1__PurchaseVps command;
    Slipway__V1__PurchaseItem *pointers[PURCHASE_ITEMS_MAX];
    Slipway__V1__PurchaseItem items[PURCHASE_ITEMS_MAX];
};

/* {"plan_code","location_code","os_code","period_months"} and optionally "user_id". > 0: `problem`
 * holds all field errors. Unknown plans and the like are billing's to find. */
MUST_CHECK int purchase_request_read(const json_t *body, struct purchase_request *ret_purchase,
                                     struct problem *problem);

/* {"items":[the same, 1 to 100]} and optionally "user_id". */
MUST_CHECK int purchase_request_read_bulk(const json_t *body, struct purchase_request *ret_purchase,
                                          struct problem *problem);

/* {"plan_code","period_months","os_code"} */
MUST_CHECK int quote_request_read(const json_t *body, Slipway__V1__GetQuote *ret_question,
                                  struct problem *problem);
