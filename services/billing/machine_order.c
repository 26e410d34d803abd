#include "services/billing/machine_order.h"

#include "services/billing/topics.h"

#include <inttypes.h>
#include <stdio.h>

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

static bool tell(struct batch *batch, const struct machine *machine,
                 const struct operation *operation, const struct machine_place *place,
                 const struct machine_order *order)
{
    struct message message;
    char batch_name[BATCH_NAME_SIZE], topic[64];

    slipway__v1__machine_command__init(&message.command);
    message.command.vps_id = (uint64_t)machine->id;
    message.command.sequence = (uint64_t)operation->sequence;
    message.command.user_id = (uint64_t)machine->user_id;
    message.command.batch_id = batch_lend(machine_order_batch_name(operation, batch_name));
    message.command.traceparent = batch_lend(order->traceparent);
    message.command.issued_at_us = batch->now_us;
    fill_placement(&message, place);
    fill_action(&message, order);
    (void)snprintf(topic, sizeof(topic), TOPIC_COMMANDS_PREFIX "%s", place->location_code);
    return batch_tell(batch, &(struct batch_message){.topic = topic,
                                                     .key = machine->id,
                                                     .value = &message.command.base});
}

int machine_order_issue(struct batch *batch, struct machine *machine,
                        const struct machine_order *order, const struct operation **ret_operation,
                        struct error *error)
{
    const struct machine_place *place = operation_rows_place(&batch->operations, machine->id);
    const struct operation *operation;

    if (place == NULL)
        return error_set(error, FAULT_HARD, "a server stands nowhere");
    operation = operation_rows_add(
        &batch->operations,
        &(struct operation){.vps_id = machine->id,
                            .sequence = machine->sequence + 1,
                            .batch_id = batch_next_id(batch, SEQUENCE_TRANSFER),
                            .action = order->action,
                            .os_code = order->build != NULL ? order->build->os_code : "",
                            .error_code = "",
                            .error_detail = ""});
    if (operation == NULL || tell(batch, machine, operation, place, order))
        return error_set(error, FAULT_HARD, "no memory for an order");
    machine->sequence = operation->sequence;
    machine->changed = true;
    vps_store_push_batch(&batch->writes.batches, operation->batch_id,
                         operation_batch_kind(order->action), machine->user_id, 1);
    *ret_operation = operation;
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
