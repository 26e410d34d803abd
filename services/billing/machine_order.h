/* Orders to a machine that stands: a new sequence, an operation with a batch to watch it by, and
 * the command to the provisioners of its location, all in the transaction that decides it. */
#pragma once

#include "services/billing/batch.h"

#include "proto/commands.pb-c.h"

struct machine_order {
    enum operation_action action;
    /* OPERATION_REINSTALL: what is to be built; borrowed. */
    const Slipway__V1__BuildMachine *build;
    /* Of the request that causes it; "" for none. */
    const char *traceparent;
};

/* What is built for that plan and system; texts are borrowed from them. */
void machine_order_describe_build(const struct catalog_plan *plan, const struct catalog_os *os,
                                  Slipway__V1__BuildMachine *ret_build);

/* Adds to the batch's wants what machine_order_issue() needs; also for those that may find that
 * nothing is to be ordered. */
void machine_order_want(struct batch *batch, uint64_t vps_id);

/* The machine's status is the caller's business. A deletion ends everything else that is open of
 * the server: those operations fail as "superseded" in the same transaction, and who watches them
 * is told after it. *ret_operation is valid until the next order of the batch. FAULT_HARD: no
 * memory, or the machine's place is unknown. */
MUST_CHECK int machine_order_issue(struct batch *batch, struct machine *machine,
                                   const struct machine_order *order,
                                   const struct operation **ret_operation, struct error *error);

/* Takes a step of the lifecycle: the status, and the order to the machine that it needs, if any;
 * for steps that time or a renewal takes. *ret_operation is NULL when nothing is ordered. The rest
 * as machine_order_issue(). */
MUST_CHECK int machine_order_step(struct batch *batch, struct machine *machine,
                                  const struct lifecycle_transition *step, const char *traceparent,
                                  const struct operation **ret_operation, struct error *error);
/* Removes a machine that stands although its server is gone: built by a command that came again
 * after the deletion, or after the build was given up. No operation, nobody watches, and a repeat
 * does no harm. Needs ordered_vps_ids and SEQUENCE_OUTBOX = 1 of the wants. */
MUST_CHECK int machine_order_remove_stray(struct batch *batch, struct machine *machine,
                                          const char *traceparent, struct error *error);

/* What Redis is told of an operation as it stands now. */
void machine_order_describe(const struct operation *operation, struct writer_outcome *ret_outcome);

/* "power:991" */
enum { BATCH_NAME_SIZE = 48 };
const char *machine_order_batch_name(const struct operation *operation,
                                     char ret_name[static BATCH_NAME_SIZE]);
