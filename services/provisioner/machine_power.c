#include "services/provisioner/machine_operations.h"

#include "lib/base/clock.h"
#include "lib/base/crash_point.h"

#include <string.h>

enum { percent = 50, look_ms = 50 };

/* A reboot is a stop and a start: some drivers answer that they have rebooted and have not, and of
 * a machine that just runs nobody can tell. */
struct plan {
    /* As it stands on the machine and is shown to watchers. */
    const char *name;
    bool stops, starts;
};

static const struct plan stop_plan = {"stopping", true, false};
static const struct plan start_plan = {"starting", false, true};
static const struct plan reboot_plan = {"rebooting", true, true};

static const struct plan *find_plan(const char *name)
{
    static const struct plan *const plans[] = {&stop_plan, &start_plan, &reboot_plan};

    for (size_t i = 0; i < ARRAY_LENGTH(plans); ++i)
        if (strcmp(plans[i]->name, name) == 0)
            return plans[i];
    return NULL;
}

/* NULL: nobody has begun. */
static const struct plan *begun_plan(const struct build *build)
{
    return operation_is_begun(build) ? find_plan(build->metadata.step) : NULL;
}

/* The power first, then once more what stands on the machine: who sees what another worker has done
 * also sees that it was begun. */
static int plan_toggle(struct build *build, struct plan *ret_plan, struct error *error)
{
    const struct plan *plan;
    enum machine_power power;
    int result = build_power(build, &power, error);

    if (result == 0)
        result = build_find(build, error);
    if (result != 0)
        return result > 0 ? build_vanished(error) : result;
    plan = begun_plan(build);
    if (plan == NULL)
        plan = power == MACHINE_RUNNING ? &stop_plan : &start_plan;
    *ret_plan = *plan;
    return 0;
}

/* What was decided once stands: a toggle that another worker has begun must not turn back.
 * MACHINE_NOT_SUPPORTED: an action that this version does not know. */
static int choose_plan(struct build *build, struct plan *ret_plan, struct error *error)
{
    static const struct plan *const plans[] = {
        [SLIPWAY__V1__POWER_ACTION__POWER_ACTION_START] = &start_plan,
        [SLIPWAY__V1__POWER_ACTION__POWER_ACTION_STOP] = &stop_plan,
        [SLIPWAY__V1__POWER_ACTION__POWER_ACTION_REBOOT] = &reboot_plan,
    };
    const size_t action = (size_t)build->request->command->power->action;
    const struct plan *plan = begun_plan(build);

    if (plan == NULL && action == SLIPWAY__V1__POWER_ACTION__POWER_ACTION_TOGGLE)
        return plan_toggle(build, ret_plan, error);
    if (plan == NULL && action < ARRAY_LENGTH(plans))
        plan = plans[action];
    if (plan == NULL) {
        (void)error_set(error, FAULT_HARD, "a power action that is not known here");
        return MACHINE_NOT_SUPPORTED;
    }
    *ret_plan = *plan;
    return 0;
}

/* True when the guest has shut down by itself in the time it is given. */
static bool shuts_down(const struct build *build)
{
    const int64_t deadline_ms = clock_monotonic_ms() + build->request->settings->shutdown_ms;
    enum machine_power power = MACHINE_RUNNING;

    if (build->request->settings->shutdown_ms == 0 ||
        hypervisor_machine_shutdown(build->machine, NULL) != 0)
        return false;
    while (build_power(build, &power, NULL) == 0 && power == MACHINE_RUNNING &&
           clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(look_ms);
    return power == MACHINE_STOPPED;
}

static int switch_off(const struct build *build, struct error *error)
{
    return shuts_down(build) ? 0 : hypervisor_machine_stop(build->machine, error);
}

static int follow(const struct build *build, const struct plan *plan, struct error *error)
{
    int result = 0;

    if (plan->stops)
        result = switch_off(build, error);
    crash_point("provisioner_between_stop_and_start");
    if (result == 0 && plan->starts)
        result = hypervisor_machine_start(build->machine, error);
    return result == HYPERVISOR_NO_MACHINE ? build_vanished(error) : result;
}

int power_run(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    struct machine_outcome outcome = {.kind = MACHINE_POWERED};
    struct plan plan = {.name = ""};
    int result = choose_plan(build, &plan, error);

    if (result > 0)
        return operation_fail(build, (enum machine_refusal)result, ret_outcome, error);
    if (result < 0)
        return result;
    listener->step(listener->context, plan.name, percent);
    result = operation_begin(build, plan.name, error);
    crash_point("provisioner_after_begin");
    if (result == 0)
        result = follow(build, &plan, error);
    if (result == FAULT_HARD)
        return operation_fail(build, MACHINE_NODE_REFUSED, ret_outcome, error);
    if (result == 0)
        result = build_power(build, &outcome.power, error);
    crash_point("provisioner_before_end");
    if (result == 0)
        result = operation_end(build, 0, error);
    if (result == 0)
        *ret_outcome = outcome;
    return result;
}
