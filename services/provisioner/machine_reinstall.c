#include "services/provisioner/machine_operations.h"

#include "lib/base/crash_point.h"

enum { percent = 5 };

/* The old machine goes before the new one is defined: they have one name. In between there is none,
 * and a worker that comes upon that builds it anew. */
static int clear_place(struct build *build, struct error *error)
{
    const int result = build_remove(build, error);

    if (result != 0)
        return result;
    crash_point("provisioner_after_undefine");
    hypervisor_machine_free(TAKE(build->machine));
    build->metadata = (struct metadata){0};
    return 0;
}

/* What can't be built is found out while the old machine still stands. */
static int replace(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    int result = build_check_image(build, error);

    if (result > 0)
        return operation_fail(build, (enum machine_refusal)result, ret_outcome, error);
    if (result == 0)
        result = clear_place(build, error);
    if (result == FAULT_HARD)
        return operation_fail(build, MACHINE_NODE_REFUSED, ret_outcome, error);
    return result == 0 ? build_run(build, ret_outcome, error) : result;
}

int reinstall_run(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;

    listener->step(listener->context, "reinstalling", percent);
    if (build_is_in_the_making(build))
        return build_run(build, ret_outcome, error);
    return replace(build, ret_outcome, error);
}
