#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

/* "" is none. */
static void write_text(struct buffer *body, const char *name, const char *value)
{
    json_write_text(body, name, value[0] != '\0' ? value : NULL);
}

void view_operator_act(struct buffer *body, const Slipway__V1__OperatorAct *act)
{
    json_write_open(body, '{');
    json_write_id(body, "id", act->id);
    json_write_time(body, "at", act->at_us);
    json_write_id_or_null(body, "key_id", act->key_id);
    json_write_text(body, "action", act->action);
    json_write_id_or_null(body, "user_id", act->user_id);
    write_text(body, "target", act->target);
    write_text(body, "reason", act->reason);
    write_text(body, "request_id", act->request_id);
    json_write_close(body, '}');
}
