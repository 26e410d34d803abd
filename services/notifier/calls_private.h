/* Between calls.c and the files that carry calls out. Each function packs exactly one reply, or
 * returns a fault. */
#pragma once

#include "services/notifier/calls.h"
#include "services/notifier/event.h"

enum { FIELD_ERRORS_MAX = 64 };

struct reply {
    struct buffer *packed;
};

struct field_errors {
    size_t count;
    char pointers[FIELD_ERRORS_MAX][96];
    Slipway__V1__RefusedField fields[FIELD_ERRORS_MAX];
    Slipway__V1__RefusedField *list[FIELD_ERRORS_MAX];
};

/* `message` is of the kind that `answer` names; borrowed for the call. 0, or FAULT_RETRY. */
MUST_CHECK int reply_pack(struct reply *reply, Slipway__V1__NotifierReply__AnswerCase answer,
                          ProtobufCMessage *message);
MUST_CHECK int reply_refuse(struct reply *reply, const char *code, const char *detail);
MUST_CHECK int reply_not_found(struct reply *reply);

/* `code` and `detail` are borrowed, `pointer` is copied. Past the last they are dropped. */
void reply_add_field(struct field_errors *errors, const char *pointer, const char *code,
                     const char *detail);
MUST_CHECK int reply_refuse_fields(struct reply *reply, struct field_errors *errors);

MUST_CHECK int call_create_endpoint(const struct call_context *context, struct reply *reply,
                                    struct error *error);
MUST_CHECK int call_list_endpoints(const struct call_context *context, struct reply *reply,
                                   struct error *error);
MUST_CHECK int call_get_endpoint(const struct call_context *context, struct reply *reply,
                                 struct error *error);
MUST_CHECK int call_delete_endpoint(const struct call_context *context, struct reply *reply,
                                    struct error *error);
MUST_CHECK int call_list_deliveries(const struct call_context *context, struct reply *reply,
                                    struct error *error);
MUST_CHECK int call_test_endpoint(const struct call_context *context, struct reply *reply,
                                  struct error *error);
MUST_CHECK int call_rotate_secret(const struct call_context *context, struct reply *reply,
                                  struct error *error);
MUST_CHECK int call_get_preferences(const struct call_context *context, struct reply *reply,
                                    struct error *error);
MUST_CHECK int call_put_preferences(const struct call_context *context, struct reply *reply,
                                    struct error *error);
MUST_CHECK int call_redeliver_event(const struct call_context *context, struct reply *reply,
                                    struct error *error);
