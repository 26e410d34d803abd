#include "services/billing/events.h"
#include "services/billing/machine_order.h"
#include "services/billing/result_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One result on its way into the rows. */
struct application {
    struct batch *batch;
    const Slipway__V1__MachineResult *result;
    struct machine *machine;
    /* Open. */
    struct operation *operation;
};

static int tell_event(const struct application *application, enum event_type type,
                      struct error *error)
{
    const struct machine *machine = application->machine;
    Slipway__V1__VpsEvent event;
    char subject[32], batch_name[BATCH_NAME_SIZE];

    events_describe_vps(machine, &event);
    event.batch_id = batch_lend(machine_order_batch_name(application->operation, batch_name));
    (void)snprintf(subject, sizeof(subject), "vps:%" PRId64, machine->id);
    if (events_tell(application->batch,
                    &(struct event){.type = type,
                                    .user_id = machine->user_id,
                                    .subject = subject,
                                    .data = &event.base,
                                    .traceparent = application->result->traceparent}))
        return error_set(error, FAULT_HARD, "no memory for an event");
    return 0;
}

/* The status that follows. False: the server went on otherwise, and nothing follows. */
static bool follow(struct machine *machine, enum vps_event event)
{
    const struct lifecycle_transition *transition = lifecycle_find(machine->status, event);

    if (transition == NULL)
        return false;
    machine->status = transition->to;
    return true;
}

static void end(const struct application *application, enum operation_status status)
{
    struct machine *machine = application->machine;
    struct operation *operation = application->operation;

    operation->status = status;
    operation->changed = true;
    machine->changed = true;
    if (machine->applied_sequence < operation->sequence)
        machine->applied_sequence = operation->sequence;
}

/* A new machine has the password that it was built with, whatever its forerunner was told before.
 */
static void take_built(const struct application *application)
{
    struct machine *machine = application->machine;

    machine->built = application->result->built;
    machine->password = NULL;
    machine->os_code = application->operation->os_code;
    machine->changed = true;
}

static void take_password(const struct application *application)
{
    application->machine->password = application->result->password_set;
    application->machine->changed = true;
}

static int apply_started(const struct application *application, struct error *error)
{
    (void)error;
    application->operation->status = OPERATION_RUNNING;
    application->operation->changed = true;
    return 0;
}

static int apply_power(const struct application *application, struct error *error)
{
    const Slipway__V1__MachineResult *result = application->result;

    (void)error;
    (void)result_note_power(application->machine, result->power_controlled->power_state,
                            result->occurred_at_us);
    end(application, OPERATION_DONE);
    return 0;
}

static int apply_password(const struct application *application, struct error *error)
{
    (void)error;
    take_password(application);
    end(application, OPERATION_DONE);
    return 0;
}

static int apply_reinstalled(const struct application *application, struct error *error)
{
    const Slipway__V1__MachineResult *result = application->result;
    struct machine *machine = application->machine;

    take_built(application);
    (void)result_note_power(machine, result->built->power_state, result->occurred_at_us);
    (void)follow(machine, EVENT_REINSTALLED);
    end(application, OPERATION_DONE);
    return tell_event(application, EVENT_TYPE_VPS_REINSTALLED, error);
}

static int apply_deleted(const struct application *application, struct error *error)
{
    const Slipway__V1__MachineResult *result = application->result;
    struct machine *machine = application->machine;

    (void)result_note_power(machine, SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING,
                            result->occurred_at_us);
    end(application, OPERATION_DONE);
    if (!follow(machine, EVENT_DELETED))
        return 0;
    result_give_up_place(application->batch, machine);
    machine->due_at_us = 0;
    return tell_event(application, EVENT_TYPE_VPS_DELETED, error);
}

static int apply_failed(const struct application *application, struct error *error)
{
    const Slipway__V1__MachineResult *result = application->result;
    struct operation *operation = application->operation;

    (void)error;
    operation->error_code = result->command_failed->code;
    operation->error_detail = result->command_failed->detail;
    (void)result_note_power(application->machine, result->command_failed->power_state,
                            result->occurred_at_us);
    if (operation->action == OPERATION_REINSTALL)
        (void)follow(application->machine, EVENT_REINSTALL_FAILED);
    if (operation->action == OPERATION_DELETE)
        (void)follow(application->machine, EVENT_DELETE_FAILED);
    end(application, OPERATION_FAILED);
    return 0;
}

/* Which outcomes an operation may have, and what each does to the open one. */
static const struct rule {
    Slipway__V1__MachineResult__OutcomeCase outcome;
    /* Bits by enum operation_action. */
    unsigned actions;
    int (*apply)(const struct application *application, struct error *error);
} rules[] = {
    {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_STARTED,          ~0U,                                     apply_started    },
    {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_POWER_CONTROLLED,
     1U << OPERATION_START | 1U << OPERATION_STOP | 1U << OPERATION_REBOOT | 1U << OPERATION_TOGGLE,
     apply_power                                                                                                      },
    {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_PASSWORD_SET,     1U << OPERATION_PASSWORD,                apply_password   },
    {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT,            1U << OPERATION_REINSTALL,               apply_reinstalled},
    {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_DELETED,          1U << OPERATION_DELETE,                  apply_deleted    },
    {SLIPWAY__V1__MACHINE_RESULT__OUTCOME_COMMAND_FAILED,   ~0U,                                     apply_failed     },
};

/* NULL: the operation has no such outcome. */
static const struct rule *find_rule(const Slipway__V1__MachineResult *result,
                                    const struct operation *operation)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rules); ++i)
        if (rules[i].outcome == result->outcome_case &&
            (rules[i].actions & 1U << operation->action) != 0)
            return &rules[i];
    return NULL;
}

static bool sets_login(const struct operation *operation)
{
    return operation->action == OPERATION_PASSWORD || operation->action == OPERATION_REINSTALL;
}

/* No later order has given the server another login, in this batch or before it. */
static bool is_last_login(const struct application *application)
{
    const struct operation_rows *rows = &application->batch->operations;
    const struct operation *operation = application->operation;

    for (size_t i = 0; i < rows->count; ++i)
        if (rows->operations[i].vps_id == operation->vps_id &&
            rows->operations[i].sequence > operation->sequence &&
            rows->operations[i].status == OPERATION_DONE && sets_login(&rows->operations[i]))
            return false;
    return operation->is_last_login;
}

/* What came after its operation had ended changes nothing but the login, which follows the machine:
 * a worker that found another one's seal on it has told the guest a new password, or carried out
 * what had been given up. */
static void apply_late(const struct application *application)
{
    const Slipway__V1__MachineResult *result = application->result;

    if (!is_last_login(application) ||
        strcmp(application->operation->error_code, OPERATION_SUPERSEDED) == 0)
        return;
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_PASSWORD_SET)
        take_password(application);
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT)
        take_built(application);
}

static int apply_open(const struct application *application, const struct rule *rule,
                      struct job *job, struct error *error)
{
    if (rule->apply == apply_started && application->operation->status == OPERATION_RUNNING)
        return 0;
    job->effect.applied = true;
    return rule->apply(application, error);
}

int result_apply_operation(struct batch *batch, struct job *job, struct machine *machine,
                           struct error *error)
{
    const Slipway__V1__MachineResult *result = job->result;
    const struct application application = {
        .batch = batch,
        .result = result,
        .machine = machine,
        .operation =
            operation_rows_find_named(&batch->operations, machine->id, (int64_t)result->sequence),
    };
    const struct rule *rule;
    int fault = 0;

    job->effect.vps_id = result->vps_id;
    /* Of a stray machine: there is nothing that waits for it. */
    if (application.operation == NULL)
        return 0;
    rule = find_rule(result, application.operation);
    if (rule == NULL) {
        job->outcome =
            error_set(&job->error, FAULT_HARD, "an outcome that such an order does not have");
        return 0;
    }
    if (operation_is_open(application.operation))
        fault = apply_open(&application, rule, job, error);
    else
        apply_late(&application);
    machine_order_describe(application.operation, &job->effect);
    return fault;
}
