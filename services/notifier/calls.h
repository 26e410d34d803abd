/* The calls of proto/notifier.proto, one function each, in one table. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/pg/pg.h"
#include "services/notifier/desk.h"

#include "proto/notifier.pb-c.h"

struct call_context {
    const struct desk_options *options;
    struct pg *pg;
    const Slipway__V1__NotifierCall *call;
    int64_t now_us;
};

/* Carries the call out and packs its reply. > 0 never; a fault: nothing was packed. */
MUST_CHECK int calls_answer(const struct call_context *context, struct buffer *ret_packed,
                            struct error *error);

/* A refusal by its code, "unavailable". */
void calls_refuse(const char *code, const char *detail, struct buffer *ret_packed);
