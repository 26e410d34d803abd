#include "services/billing/sweep_command.h"

#include "lib/base/trace.h"
#include "proto/commands.pb-c.h"
#include "services/billing/queries_private.h"
#include "services/billing/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int send_command(struct kafka_producer *producer, const char *key,
                        Slipway__V1__MachineCommand *command, struct error *error)
{
    const size_t length = slipway__v1__machine_command__get_packed_size(command);
    CLEANUP(cleanup_free) uint8_t *value = malloc(length);
    char topic[64];
    struct kafka_message message = {
        .topic = topic, .key = key, .key_length = strlen(key), .value_length = length};

    if (value == NULL)
        return error_set(error, FAULT_HARD, "no memory for a command");
    message.value = value;
    (void)slipway__v1__machine_command__pack(command, value);
    (void)snprintf(topic, sizeof(topic), TOPIC_COMMANDS_PREFIX "%s",
                   command->placement->location_code);
    return kafka_producer_send(producer, &message, NULL, NULL, error);
}

static int ask(const struct pg_rows *rows, int row, struct kafka_producer *producer,
               int64_t asked_at_us, struct error *error)
{
    Slipway__V1__MachineCommand command = SLIPWAY__V1__MACHINE_COMMAND__INIT;
    Slipway__V1__Placement placement = SLIPWAY__V1__PLACEMENT__INIT;
    Slipway__V1__InspectNode action = SLIPWAY__V1__INSPECT_NODE__INIT;
    struct trace trace;

    trace_begin(NULL, NULL, &trace);
    placement.node_name = query_text(pg_rows_text(rows, row, 0));
    placement.node_uri = query_text(pg_rows_text(rows, row, 1));
    placement.location_code = query_text(pg_rows_text(rows, row, 2));
    action.asked_at_us = asked_at_us;
    command.traceparent = trace.traceparent;
    command.issued_at_us = asked_at_us;
    command.placement = &placement;
    command.action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT_NODE;
    command.inspect_node = &action;
    return send_command(producer, placement.node_name, &command, error);
}

int sweep_command_ask(struct pg *pg, struct kafka_producer *producer, int64_t asked_at_us,
                      struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    int result = drift_store_list_hosts(pg, &rows, error);

    for (int row = 0; result == 0 && row < pg_rows_count(rows); ++row)
        result = ask(rows, row, producer, asked_at_us, error);
    return result;
}

int sweep_command_remove(const struct drift *drift, struct kafka_producer *producer, int64_t now_us,
                         struct error *error)
{
    Slipway__V1__MachineCommand command = SLIPWAY__V1__MACHINE_COMMAND__INIT;
    Slipway__V1__Placement placement = SLIPWAY__V1__PLACEMENT__INIT;
    Slipway__V1__RemoveStray action = SLIPWAY__V1__REMOVE_STRAY__INIT;
    struct trace trace;
    char key[24];

    trace_begin(NULL, NULL, &trace);
    placement.node_name = query_text(drift->node_name);
    placement.node_uri = query_text(drift->node_uri);
    placement.location_code = query_text(drift->location_code);
    action.machine_uuid = query_text(drift->machine_uuid);
    command.vps_id = (uint64_t)drift->vps_id;
    command.traceparent = trace.traceparent;
    command.issued_at_us = now_us;
    command.placement = &placement;
    command.action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_REMOVE_STRAY;
    command.remove_stray = &action;
    (void)snprintf(key, sizeof(key), "%" PRId64, drift->vps_id);
    return send_command(producer, key, &command, error);
}
