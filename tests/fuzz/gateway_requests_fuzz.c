/* Every JSON body that the gateway reads, and the fingerprint of what it has read. The first byte
 * picks the request. */
#include "services/gateway/admin_request.h"
#include "services/gateway/deposit_request.h"
#include "services/gateway/idempotency_key.h"
#include "services/gateway/notification_request.h"
#include "services/gateway/purchase_request.h"
#include "services/gateway/reinstall_request.h"
#include "services/gateway/renew_request.h"
#include "services/gateway/webhook_request.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

union any_request {
    struct purchase_request purchase;
    struct renew_request renew;
    struct status_request status;
    struct key_request key;
    struct deposit_request deposit;
    struct webhook_request webhook;
    struct notification_request notification;
    Slipway__V1__GetQuote quote;
    Slipway__V1__AdjustBalance balance;
    Slipway__V1__CreateUser user;
    Slipway__V1__BanUser ban;
    Slipway__V1__ReinstallVps reinstall;
};

static int read_body(uint8_t kind, const json_t *body, union any_request *request,
                     struct problem *problem)
{
    switch (kind % 14) {
    case 0: return purchase_request_read(body, &request->purchase, problem);
    case 1: return purchase_request_read_bulk(body, &request->purchase, problem);
    case 2: return quote_request_read(body, &request->quote, problem);
    case 3: return balance_request_read(body, &request->balance, problem);
    case 4: return user_request_read(body, &request->user, problem);
    case 5: return key_request_read(body, &request->key, problem);
    case 6: return renew_request_read(body, 77, &request->renew, problem);
    case 7: return renew_request_read_bulk(body, &request->renew, problem);
    case 8: return ban_request_read(body, &request->ban, problem);
    case 9: return reinstall_request_read(body, &request->reinstall, problem);
    case 10: return deposit_request_read(body, &request->deposit, problem);
    case 11: return webhook_request_read(body, &request->webhook, problem);
    case 12: return notification_request_read(body, &request->notification, problem);
    default: return status_request_read(body, &request->status, problem);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    uint8_t hash[IDEMPOTENCY_HASH_SIZE];
    union any_request request;
    json_t *body = NULL;

    if (size < 1 || json_request_parse((const char *)data + 1, size - 1, &body, &problem) != 0)
        return 0;
    assert(read_body(data[0], body, &request, &problem) == (int)problem.code);
    assert(problem.code == PROBLEM_NONE || problem.field_count > 0);
    assert(idempotency_fingerprint("/vps", 42, body, hash));
    json_decref(body);
    return 0;
}
