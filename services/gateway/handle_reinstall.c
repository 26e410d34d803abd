#include "services/gateway/handlers.h"
#include "services/gateway/reinstall_request.h"

/* Both take longer than anybody waits: they are answered 202 at once. */

int handle_reinstall(struct request *request, struct error *error)
{
    Slipway__V1__ReinstallVps reinstall;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    uint64_t vps_id;
    int refusal = request_path_id(request, 0, &vps_id);

    if (refusal == 0)
        refusal = reinstall_request_read(request->body, &reinstall, &request->problem);
    if (refusal != 0)
        return refusal;
    reinstall.vps_id = vps_id;
    command.user_id = request_orderer(request);
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_REINSTALL;
    command.reinstall = &reinstall;
    return request_submit(request, &command, NULL, error);
}

int handle_vps_delete(struct request *request, struct error *error)
{
    Slipway__V1__DeleteVps deletion = SLIPWAY__V1__DELETE_VPS__INIT;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = request_path_id(request, 0, &deletion.vps_id);

    if (refusal != 0)
        return refusal;
    command.user_id = request_orderer(request);
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_DELETE;
    command.delete_ = &deletion;
    return request_submit(request, &command, NULL, error);
}
