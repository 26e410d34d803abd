/* What the result_<kind>.c share, and what they give to command_result.c. */
#pragma once

#include "services/billing/commands.h"

/* The result of a build, the command of sequence 1. What can't be applied is a fault in
 * job->outcome. < 0: the batch can't go on. */
MUST_CHECK int result_apply_build(struct batch *batch, struct job *job, struct machine *machine,
                                  struct error *error);

/* Tells of a build that has just begun or ended as the server's status says: of the server, of the
 * refund if there was one, and of the checkout when nothing else of it is open. */
MUST_CHECK int result_tell_build(struct batch *batch, const struct machine *machine,
                                 const char *traceparent, struct error *error);

/* The result of an order to a machine that stands. < 0: the batch can't go on. */
MUST_CHECK int result_apply_operation(struct batch *batch, struct job *job, struct machine *machine,
                                      struct error *error);

/* Takes over what a node shows; of two looks the later one stands. POWER_STATE_UNSPECIFIED says
 * nothing. True: it was news. */
bool result_note_power(struct machine *machine, Slipway__V1__PowerState state,
                       int64_t occurred_at_us);

/* A build was given up because its node did not answer. */
bool result_is_silent(const Slipway__V1__MachineResult *result);

/* Room and address of a server that is no more; the node is locked (left_vps_ids). */
void result_give_up_place(struct batch *batch, struct machine *machine);
