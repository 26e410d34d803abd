/* billing.operator_log: what operators did. Append-only. */
#pragma once

#include "services/billing/columns.h"

/* Texts are borrowed for the call, "" for none; 0 for no key and nobody. */
struct operator_act {
    int64_t key_id;
    const char *action;
    int64_t user_id;
    const char *target, *reason, *detail, *request_id;
};

MUST_CHECK bool operator_log_store_init(struct columns *columns);
void operator_log_store_push(struct columns *columns, const struct operator_act *act);
MUST_CHECK int operator_log_store_queue(struct pg *pg, const struct columns *columns,
                                        int64_t now_us, struct error *error);

/* A load on the command line, in its transaction, after the version was counted up: the target is
 * "<what>:<version>". */
MUST_CHECK int operator_log_store_queue_load(struct pg *pg, const char *action, const char *what,
                                             const char *detail, struct error *error);

/* An act on the command line that is of one thing, "node:de-1" say, in its transaction. */
MUST_CHECK int operator_log_store_queue_act(struct pg *pg, const char *action, const char *target,
                                            struct error *error);
