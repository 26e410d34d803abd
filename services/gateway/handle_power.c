#include "services/gateway/handlers.h"
#include "services/gateway/order_wait.h"
#include "services/gateway/proto_text.h"
#include "services/gateway/views.h"

#include <string.h>

static const char *action_of(const struct request *request)
{
    return request->match.parameters[1];
}

static int show_power(struct request *request, const Slipway__V1__QueryResult *result,
                      struct buffer *body, struct error *error)
{
    (void)error;
    view_power(body, result->vps, action_of(request));
    return 0;
}

static int power_done(struct request *request, struct error *error)
{
    Slipway__V1__GetVps question = SLIPWAY__V1__GET_VPS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    question.vps_id = request->order->vps_id;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_VPS;
    query.get_vps = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_VPS, show_power, error);
}

static bool is_action(const char *name)
{
    static const char *const actions[] = {"reboot", "start", "stop", "power-toggle"};

    for (size_t i = 0; i < ARRAY_LENGTH(actions); ++i)
        if (strcmp(actions[i], name) == 0)
            return true;
    return false;
}

int handle_power(struct request *request, struct error *error)
{
    static const struct order_ending ending = {power_done, order_wait_reply_accepted};
    Slipway__V1__ControlVpsPower power = SLIPWAY__V1__CONTROL_VPS_POWER__INIT;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = request_path_id(request, 0, &power.vps_id);

    if (refusal != 0)
        return refusal;
    if (!is_action(action_of(request)))
        return request_refuse_not_found(request);
    power.action = proto_text(action_of(request));
    command.user_id = request_orderer(request);
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_POWER;
    command.power = &power;
    return order_wait_submit(request, &command, power.vps_id, &ending, error);
}
