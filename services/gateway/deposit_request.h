/* The body of POST /deposits. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/http/json_request.h"

/* Longest name of a provider and code of a coin, in bytes; billing knows which there are. */
enum { PROVIDER_LENGTH_MAX = 32, ASSET_LENGTH_MAX = 32 };

/* Texts are borrowed from the JSON. */
struct deposit_request {
    /* 0: the body names nobody. */
    uint64_t user_id;
    Slipway__V1__OpenDeposit command;
};

/* {"provider":"cryptobot","amount_usd":"50.00","asset":"USDT"} and optionally "user_id"; "asset"
 * may be left out. > 0: `problem` holds all field errors. */
MUST_CHECK int deposit_request_read(const json_t *body, struct deposit_request *ret_deposit,
                                    struct problem *problem);
