#include "services/billing/machine_order.h"

#include "services/billing/topics.h"

#include <inttypes.h>
#include <stdio.h>

void machine_order_describe_build(const struct catalog_plan *plan, const struct catalog_os *os,
                                  Slipway__V1__BuildMachine *ret_build)
{
    slipway__v1__build_machine__init(ret_build);
    ret_build->plan_code = batch_lend(plan->code);
    ret_build->os_code = batch_lend(os->code);
    ret_build->image = batch_lend(os->image);
    ret_build->vcpu = plan->vcpu;
    ret_build->ram_mb = plan->ram_mb;
    ret_build->disk_gb = plan->disk_gb;
}

void machine_order_want(struct batch *batch, uint64_t vps_id)
{
    const int64_t id = (int64_t)vps_id;

    pg_array_push_number(batch->wants.vps_ids, id);
    pg_array_push_number(batch->wants.operated_vps_ids, id);
    pg_array_push_number(batch->wants.ordered_vps_ids, id);
    batch->wants.ids[SEQUENCE_TRANSFER] += 1;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
}

const char *machine_order_batch_name(const struct operation *operation,
                                     char ret_name[static BATCH_NAME_SIZE])
{
    (void)snprintf(ret_name, BATCH_NAME_SIZE, "%s:%" PRId64,
                   operation_batch_kind(operation->action), operation->batch_id);
    return ret_name;
}

/* The parts of a command that point into each other. */
struct message {
    Slipway__V1__MachineCommand command;
    Slipway__V1__Placement placement;
    Slipway__V1__ControlPower power;
    Slipway__V1__ReinstallMachine reinstall;
    Slipway__V1__SetPassword password;
    Slipway__V1__DeleteMachine deletion;
};

static void fill_placement(struct message *message, const struct machine_place *place)
{
    slipway__v1__placement__init(&message->placement);
    message->placement.location_code = batch_lend(place->location_code);
    message->placement.node_name = batch_lend(place->node_name);
    message->placement.node_uri = batch_lend(place->node_uri);
    message->placement.address = batch_lend(place->address);
    message->placement.prefix_length = (uint32_t)place->prefix_length;
    message->placement.gateway = batch_lend(place->gateway);
    message->placement.address6 = batch_lend(place->address6);
    message->placement.prefix_length6 = (uint32_t)place->prefix_length6;
    message->placement.gateway6 = batch_lend(place->gateway6);
    message->command.placement = &message->placement;
}

static Slipway__V1__PowerAction power_action(enum operation_action action)
{
    static const Slipway__V1__PowerAction actions[OPERATION_ACTION_COUNT] = {
        [OPERATION_START] = SLIPWAY__V1__POWER_ACTION__POWER_ACTION_START,
        [OPERATION_STOP] = SLIPWAY__V1__POWER_ACTION__POWER_ACTION_STOP,
        [OPERATION_REBOOT] = SLIPWAY__V1__POWER_ACTION__POWER_ACTION_REBOOT,
        [OPERATION_TOGGLE] = SLIPWAY__V1__POWER_ACTION__POWER_ACTION_TOGGLE,
    };

    return actions[action];
}

static void fill_action(struct message *message, const struct machine_order *order)
{
    Slipway__V1__MachineCommand *command = &message->command;

    slipway__v1__control_power__init(&message->power);
    slipway__v1__reinstall_machine__init(&message->reinstall);
    slipway__v1__set_password__init(&message->password);
    slipway__v1__delete_machine__init(&message->deletion);
    if (order->action == OPERATION_REINSTALL) {
        message->reinstall.build = (union {
                                       const Slipway__V1__BuildMachine *held;
                                       Slipway__V1__BuildMachine *lent;
                                   }){.held = order->build}
                                       .lent;
        command->action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL;
        command->reinstall = &message->reinstall;
    } else if (order->action == OPERATION_PASSWORD) {
        command->action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD;
        command->set_password = &message->password;
    } else if (order->action == OPERATION_DELETE) {
        command->action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE;
        command->delete_ = &message->deletion;
    } else {
        message->power.action = power_action(order->action);
        command->action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER;
        command->power = &message->power;
    }
}

/* What the provisioners need not wait for before they carry `sequence` out. */
static uint64_t settled_before(const struct batch *batch, const struct machine *machine,
                               int64_t sequence)
{
    int64_t first;

    (void)operation_rows_count_open(&batch->operations, machine->id, &first);
    return (uint64_t)(first != 0 && first < sequence ? first : sequence) - 1;
}

/* A command by `order` under the machine's present sequence. True: no memory. */
static bool tell(struct batch *batch, const struct machine *machine, const char *batch_name,
                 const struct machine_place *place, const struct machine_order *order)
{
    struct message message;
    char topic[64];

    slipway__v1__machine_command__init(&message.command);
    message.command.vps_id = (uint64_t)machine->id;
    message.command.sequence = (uint64_t)machine->sequence;
    message.command.settled_sequence = settled_before(batch, machine, machine->sequence);
    message.command.user_id = (uint64_t)machine->user_id;
    message.command.batch_id = batch_lend(batch_name);
    message.command.traceparent = batch_lend(order->traceparent);
    message.command.issued_at_us = batch->now_us;
    fill_placement(&message, place);
    fill_action(&message, order);
    (void)snprintf(topic, sizeof(topic), TOPIC_COMMANDS_PREFIX "%s", place->location_code);
    return batch_tell(batch, &(struct batch_message){.topic = topic,
                                                     .key = machine->id,
                                                     .value = &message.command.base});
}

void machine_order_describe(const struct operation *operation, struct writer_outcome *ret_outcome)
{
    static const char *const words[OPERATION_STATUS_COUNT] = {
        [OPERATION_QUEUED] = "queued",
        [OPERATION_RUNNING] = "building",
        [OPERATION_DONE] = "active",
        [OPERATION_FAILED] = "failed",
    };
    struct writer_outcome *outcome = ret_outcome;

    outcome->vps_id = (uint64_t)operation->vps_id;
    outcome->item_index = 0;
    outcome->final = !operation_is_open(operation);
    (void)machine_order_batch_name(operation, outcome->batch_id);
    (void)snprintf(outcome->status, sizeof(outcome->status), "%s", words[operation->status]);
    (void)snprintf(outcome->error_code, sizeof(outcome->error_code), "%s", operation->error_code);
    (void)snprintf(outcome->error_detail, sizeof(outcome->error_detail), "%s",
                   operation->error_detail);
}

static int supersede(struct batch *batch, struct machine *machine, struct error *error)
{
    for (size_t i = 0; i < batch->operations.count; ++i) {
        struct operation *operation = &batch->operations.operations[i];
        struct writer_outcome outcome = {0};

        if (operation->vps_id != machine->id || !operation_is_open(operation))
            continue;
        operation->status = OPERATION_FAILED;
        operation->error_code = OPERATION_SUPERSEDED;
        operation->error_detail = "A deletion of the server came first.";
        operation->changed = true;
        if (machine->applied_sequence < operation->sequence)
            machine->applied_sequence = operation->sequence;
        machine_order_describe(operation, &outcome);
        if (batch_note_ended(batch, &outcome))
            return error_set(error, FAULT_HARD, "no memory for what is superseded");
    }
    return 0;
}

/* NULL: no memory. */
static const struct operation *add_operation(struct batch *batch, const struct machine *machine,
                                             const struct machine_order *order)
{
    const struct operation *operation = operation_rows_add(
        &batch->operations,
        &(struct operation){.vps_id = machine->id,
                            .sequence = machine->sequence,
                            .batch_id = batch_next_id(batch, SEQUENCE_TRANSFER),
                            .action = order->action,
                            .os_code = order->build != NULL ? order->build->os_code : "",
                            .error_code = "",
                            .error_detail = ""});

    if (operation != NULL)
        vps_store_push_batch(&batch->writes.batches, operation->batch_id,
                             operation_batch_kind(order->action), machine->user_id, 1);
    return operation;
}

int machine_order_issue(struct batch *batch, struct machine *machine,
                        const struct machine_order *order, const struct operation **ret_operation,
                        struct error *error)
{
    const struct machine_place *place = operation_rows_place(&batch->operations, machine->id);
    const struct operation *operation;
    char batch_name[BATCH_NAME_SIZE];
    int result = 0;

    if (place == NULL)
        return error_set(error, FAULT_HARD, "a server stands nowhere");
    if (order->action == OPERATION_DELETE)
        result = supersede(batch, machine, error);
    if (result < 0)
        return result;
    ++machine->sequence;
    machine->changed = true;
    operation = add_operation(batch, machine, order);
    if (operation == NULL ||
        tell(batch, machine, machine_order_batch_name(operation, batch_name), place, order))
        return error_set(error, FAULT_HARD, "no memory for an order");
    *ret_operation = operation;
    return 0;
}

int machine_order_remove_stray(struct batch *batch, struct machine *machine,
                               const char *traceparent, struct error *error)
{
    const struct machine_order order = {.action = OPERATION_DELETE, .traceparent = traceparent};
    const struct machine_place *place = operation_rows_place(&batch->operations, machine->id);

    if (place == NULL)
        return error_set(error, FAULT_HARD, "a server stood nowhere");
    ++machine->sequence;
    machine->changed = true;
    if (tell(batch, machine, "", place, &order))
        return error_set(error, FAULT_HARD, "no memory for a command");
    return 0;
}

/* True: the effect orders nothing of the machine. */
static bool find_action(enum vps_effect effect, enum operation_action *ret_action)
{
    static const struct {
        enum vps_effect effect;
        enum operation_action action;
    } orders[] = {
        {EFFECT_STOP_MACHINE,   OPERATION_STOP  },
        {EFFECT_START_MACHINE,  OPERATION_START },
        {EFFECT_DELETE_MACHINE, OPERATION_DELETE},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(orders); ++i) {
        if (orders[i].effect == effect) {
            *ret_action = orders[i].action;
            return false;
        }
    }
    return true;
}

int machine_order_step(struct batch *batch, struct machine *machine,
                       const struct lifecycle_transition *step, const char *traceparent,
                       const struct operation **ret_operation, struct error *error)
{
    struct machine_order order = {.traceparent = traceparent};

    machine->status = step->to;
    machine->changed = true;
    *ret_operation = NULL;
    if (find_action(step->effect, &order.action))
        return 0;
    return machine_order_issue(batch, machine, &order, ret_operation, error);
}
