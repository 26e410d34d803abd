#include "services/gateway/handlers.h"
#include "services/gateway/notification_request.h"
#include "services/gateway/notifier_ask.h"
#include "services/gateway/views.h"

static void show(struct request *request, const Slipway__V1__NotifierReply *reply,
                 struct buffer *body)
{
    (void)request;
    view_notification(body, reply->preferences);
}

int handle_notification(struct request *request, struct error *error)
{
    Slipway__V1__GetPreferences question = SLIPWAY__V1__GET_PREFERENCES__INIT;
    Slipway__V1__NotifierCall call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    const int refusal = notifier_find_user(request, &user_id);

    if (refusal != 0)
        return refusal;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_GET_PREFERENCES;
    call.get_preferences = &question;
    return notifier_ask(request, &call, user_id, 200,
                        SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_PREFERENCES, show, error);
}

int handle_notification_put(struct request *request, struct error *error)
{
    struct notification_request wanted;
    Slipway__V1__PutPreferences action = SLIPWAY__V1__PUT_PREFERENCES__INIT;
    Slipway__V1__NotifierCall call = SLIPWAY__V1__NOTIFIER_CALL__INIT;
    uint64_t user_id = 0;
    int refusal = notification_request_read(request->body, &wanted, &request->problem);

    if (refusal == 0)
        refusal = notifier_find_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    action.preferences = &wanted.preferences;
    call.action_case = SLIPWAY__V1__NOTIFIER_CALL__ACTION_PUT_PREFERENCES;
    call.put_preferences = &action;
    return notifier_ask(request, &call, user_id, 200,
                        SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_PREFERENCES, show, error);
}
