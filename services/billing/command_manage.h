/* What the orders of a server's owner have in common: whose server it is, whether its status allows
 * the order, and the order itself. */
#pragma once

#include "services/billing/commands.h"
#include "services/billing/machine_order.h"

enum {
    /* Orders of one server that may be open; past it 409. */
    MANAGE_OPEN_MAX = 16,
};

enum manage_refusal {
    /* The job has its answer. */
    MANAGE_REFUSED = 1,
};

/* The wants of an order of that server. */
void manage_want(struct batch *batch, const struct job *job, uint64_t vps_id);

/* The server, for its owner or an operator. MANAGE_REFUSED: 403 for a banned owner's own order, 404
 * for a server that is not there or another's. */
MUST_CHECK int manage_find(const struct batch *batch, struct job *job, uint64_t vps_id,
                           struct machine **ret_machine);

/* What the event makes of the server. MANAGE_REFUSED: 409, its status does not allow it. */
MUST_CHECK int manage_allow(struct job *job, const struct machine *machine, enum vps_event event,
                            const struct lifecycle_transition **ret_transition);

/* MANAGE_REFUSED: 409, as many orders wait as may. */
MUST_CHECK int manage_check_room(const struct batch *batch, struct job *job,
                                 const struct machine *machine);

/* Orders it, follows the transition, and answers 202. */
MUST_CHECK int manage_order(struct batch *batch, struct job *job, struct machine *machine,
                            const struct lifecycle_transition *transition,
                            const struct machine_order *order, struct error *error);

/* All of it, for orders that need nothing else. 0 also when it is refused. */
MUST_CHECK int manage_decide(struct batch *batch, struct job *job, uint64_t vps_id,
                             enum vps_event event, enum operation_action action,
                             struct error *error);

int manage_refuse(struct job *job, enum problem_code code, const char *detail);
