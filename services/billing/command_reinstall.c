#include "services/billing/command_manage.h"

#include "proto/commands.pb-c.h"

void reinstall_want(struct batch *batch, const struct job *job)
{
    manage_want(batch, job, job->command->reinstall->vps_id);
}

static int refuse_os(struct job *job, const char *code, const char *detail)
{
    struct problem problem = {0};

    (void)problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, code, "/os_code", "%s", detail);
    (void)problem_set(&problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
    answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
    return MANAGE_REFUSED;
}

/* The plan may be sold no more: a server bought on it lives on. */
static int choose_os(const struct batch *batch, struct job *job, const struct catalog_plan *plan,
                     const struct catalog_os **ret_os)
{
    const struct catalog_os *os = catalog_find_os(batch->catalog, job->command->reinstall->os_code);

    if (os == NULL || !os->available)
        return refuse_os(job, "unknown_os", "There is no such operating system on offer.");
    if (!catalog_os_fits(os, plan))
        return refuse_os(job, "os_not_supported",
                         "The plan has less memory or disk than this system needs.");
    *ret_os = os;
    return 0;
}

static int order_reinstallation(struct batch *batch, struct job *job, struct machine *machine,
                                const struct lifecycle_transition *transition,
                                const struct catalog_plan *plan, const struct catalog_os *os,
                                struct error *error)
{
    Slipway__V1__BuildMachine build;
    const struct machine_order order = {
        .action = OPERATION_REINSTALL, .build = &build, .traceparent = job->command->traceparent};

    machine_order_describe_build(plan, os, &build);
    return manage_order(batch, job, machine, transition, &order, error);
}

int reinstall_decide(struct batch *batch, struct job *job, struct error *error)
{
    const struct lifecycle_transition *transition = NULL;
    const struct catalog_plan *plan;
    const struct catalog_os *os = NULL;
    struct machine *machine = NULL;
    int refusal = manage_find(batch, job, job->command->reinstall->vps_id, &machine);

    if (refusal != 0)
        return 0;
    plan = catalog_find_plan(batch->catalog, machine->plan_code);
    if (plan == NULL)
        return error_set(error, FAULT_HARD, "a server's plan is unknown");
    refusal = choose_os(batch, job, plan, &os);
    if (refusal == 0)
        refusal = manage_allow(job, machine, EVENT_REINSTALL_ORDERED, &transition);
    if (refusal == 0)
        refusal = manage_check_room(batch, job, machine);
    return refusal != 0 ? 0
                        : order_reinstallation(batch, job, machine, transition, plan, os, error);
}
