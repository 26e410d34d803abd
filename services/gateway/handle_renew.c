#include "services/gateway/handlers.h"
#include "services/gateway/payer.h"
#include "services/gateway/renew_request.h"

static int submit_renewal(struct request *request, struct renew_request *renew, struct error *error)
{
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = payer_find(request, renew->user_id, &command.user_id);

    if (refusal != 0)
        return refusal;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_RENEW;
    command.renew = &renew->command;
    return request_submit(request, &command, NULL, error);
}

int handle_renew(struct request *request, struct error *error)
{
    struct renew_request renew;
    uint64_t vps_id;
    const int refusal = request_path_id(request, 0, &vps_id);

    if (refusal != 0)
        return refusal;
    if (renew_request_read(request->body, vps_id, &renew, &request->problem) != 0)
        return payer_check_named(request, renew.user_id);
    return submit_renewal(request, &renew, error);
}

int handle_renew_bulk(struct request *request, struct error *error)
{
    struct renew_request renew;

    if (renew_request_read_bulk(request->body, &renew, &request->problem) != 0)
        return payer_check_named(request, renew.user_id);
    return submit_renewal(request, &renew, error);
}
