#include "services/provisioner/machine_operations.h"

enum { percent = 50 };

/* Nothing is kept on the machine beforehand: one that is gone is deleted, and one that is not is
 * deleted again. */
int delete_run(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    int result;

    listener->step(listener->context, "deleting", percent);
    result = build_remove(build, error);
    if (result == FAULT_HARD)
        return operation_fail(build, MACHINE_NODE_REFUSED, ret_outcome, error);
    if (result == 0)
        *ret_outcome = (struct machine_outcome){.kind = MACHINE_DELETED};
    return result;
}
