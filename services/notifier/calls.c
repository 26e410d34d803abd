#include "services/notifier/calls.h"

#include "services/notifier/calls_private.h"

#include <stdio.h>
#include <string.h>

typedef int (*call_fn)(const struct call_context *context, struct reply *reply,
                       struct error *error);

static const struct {
    Slipway__V1__NotifierCall__ActionCase action;
    call_fn run;
} calls[] = {
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_CREATE_ENDPOINT, call_create_endpoint},
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_LIST_ENDPOINTS,  call_list_endpoints },
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_GET_ENDPOINT,    call_get_endpoint   },
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_DELETE_ENDPOINT, call_delete_endpoint},
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_LIST_DELIVERIES, call_list_deliveries},
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_TEST_ENDPOINT,   call_test_endpoint  },
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_ROTATE_SECRET,   call_rotate_secret  },
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_REDELIVER_EVENT, call_redeliver_event},
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_GET_PREFERENCES, call_get_preferences},
    {SLIPWAY__V1__NOTIFIER_CALL__ACTION_PUT_PREFERENCES, call_put_preferences},
};

int reply_pack(struct reply *reply, Slipway__V1__NotifierReply__AnswerCase answer,
               ProtobufCMessage *message)
{
    Slipway__V1__NotifierReply whole = SLIPWAY__V1__NOTIFIER_REPLY__INIT;
    void *place;

    /* Every member of the oneof is a pointer to its message. */
    whole.answer_case = answer;
    memcpy(&whole.refused, &message, sizeof(void *));
    place = buffer_extend(reply->packed, slipway__v1__notifier_reply__get_packed_size(&whole));
    if (place != NULL)
        (void)slipway__v1__notifier_reply__pack(&whole, place);
    return place != NULL ? 0 : FAULT_RETRY;
}

int reply_refuse(struct reply *reply, const char *code, const char *detail)
{
    Slipway__V1__NotifierRefusal refusal = SLIPWAY__V1__NOTIFIER_REFUSAL__INIT;

    refusal.code = event_lend(code);
    refusal.detail = event_lend(detail);
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_REFUSED, &refusal.base);
}

int reply_not_found(struct reply *reply)
{
    return reply_refuse(reply, "not_found", "There is no such resource.");
}

void reply_add_field(struct field_errors *errors, const char *pointer, const char *code,
                     const char *detail)
{
    const size_t i = errors->count;

    if (i == FIELD_ERRORS_MAX)
        return;
    (void)snprintf(errors->pointers[i], sizeof(errors->pointers[i]), "%s", pointer);
    slipway__v1__refused_field__init(&errors->fields[i]);
    errors->fields[i].pointer = errors->pointers[i];
    errors->fields[i].code = event_lend(code);
    errors->fields[i].detail = event_lend(detail);
    errors->list[i] = &errors->fields[i];
    ++errors->count;
}

int reply_refuse_fields(struct reply *reply, struct field_errors *errors)
{
    Slipway__V1__NotifierRefusal refusal = SLIPWAY__V1__NOTIFIER_REFUSAL__INIT;

    refusal.code = event_lend("validation_failed");
    refusal.detail = event_lend("The request has fields that can't be accepted.");
    refusal.n_fields = errors->count;
    refusal.fields = errors->list;
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_REFUSED, &refusal.base);
}

int calls_answer(const struct call_context *context, struct buffer *ret_packed, struct error *error)
{
    struct reply reply = {.packed = ret_packed};

    for (size_t i = 0; i < ARRAY_LENGTH(calls); ++i)
        if (calls[i].action == context->call->action_case)
            return calls[i].run(context, &reply, error);
    return reply_refuse(&reply, "internal", "The call names no known action.");
}

void calls_refuse(const char *code, const char *detail, struct buffer *ret_packed)
{
    struct reply reply = {.packed = ret_packed};

    /* Without memory the answer is empty, which the gateway takes for none. */
    if (reply_refuse(&reply, code, detail) != 0)
        buffer_reset(ret_packed);
}
