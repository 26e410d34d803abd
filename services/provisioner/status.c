#include "services/provisioner/status.h"

#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/redis/batch_status.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { key_size = 160, field_size = 24 };

static void count_error(void *context, int outcome, const struct redisReply *reply,
                        const struct error *error)
{
    (void)reply;
    (void)error;
    if (outcome != 0)
        metric_add(context, 1);
}

void status_write_step(const struct status *status, const Slipway__V1__MachineCommand *command,
                       const char *step, uint32_t percent)
{
    CLEANUP(buffer_deinit) struct buffer json = {.limit = 1024};
    struct batch_item_status item = {.batch_id = command->batch_id,
                                     .index = command->item_index,
                                     .rank = BATCH_RANK_BUILDING + percent,
                                     .updated_at_us = clock_now_us(NULL)};

    if (command->batch_id[0] == '\0')
        return;
    buffer_append_format(&json,
                         "{\"vps_id\":%" PRIu64
                         ",\"status\":\"building\",\"step\":\"%s\",\"progress\":%" PRIu32
                         ",\"error\":null}",
                         command->vps_id, step, percent);
    if (json.overflown)
        return;
    item.json = json.data;
    if (batch_status_advance(status->redis, &item, count_error, status->errors, NULL) != 0)
        metric_add(status->errors, 1);
}

/* "<rank>|<updated_at_us>|<JSON>" */
static bool is_final_item(const struct redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING && strtoll(reply->str, NULL, 10) >= BATCH_RANK_FINAL;
}

bool status_is_final(const struct status *status, const Slipway__V1__MachineCommand *command)
{
    char key[key_size], field[field_size];
    struct redisReply *reply = NULL;
    bool final;

    if (command->batch_id[0] == '\0' || strlen(command->batch_id) + 9 > sizeof(key) ||
        !redis_is_up(status->redis))
        return false;
    batch_status_key(command->batch_id, key, sizeof(key));
    (void)snprintf(field, sizeof(field), "i:%" PRIu32, command->item_index);
    const struct redis_argument arguments[] = {REDIS_TEXT("HGET"), REDIS_TEXT(key),
                                               REDIS_TEXT(field)};

    if (redis_call_wait(status->redis, arguments, ARRAY_LENGTH(arguments), &reply, NULL) != 0) {
        metric_add(status->errors, 1);
        return false;
    }
    final = is_final_item(reply);
    freeReplyObject(reply);
    return final;
}
