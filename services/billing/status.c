#include "services/billing/status.h"

#include "lib/base/buffer.h"
#include "lib/base/money.h"
#include "lib/redis/batch_status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void append_error(struct buffer *json, const struct writer_outcome *outcome)
{
    if (outcome->error_code[0] == '\0') {
        buffer_append_text(json, "null");
        return;
    }
    buffer_append_text(json, "{\"code\":\"");
    buffer_append_json_escaped(json, outcome->error_code);
    buffer_append_text(json, "\",\"detail\":\"");
    buffer_append_json_escaped(json, outcome->error_detail);
    buffer_append_text(json, "\"}");
}

static const char *step_of(const struct writer_outcome *outcome)
{
    if (!outcome->final)
        return "starting";
    return strcmp(outcome->status, "failed") == 0 ? "failed" : "done";
}

void status_render(const struct writer_outcome *outcome, char ret_json[static STATUS_JSON_SIZE],
                   int64_t *ret_rank)
{
    CLEANUP(buffer_deinit) struct buffer json = {.limit = STATUS_JSON_SIZE - 1};
    const char *step = step_of(outcome);
    char charged[MONEY_TEXT_SIZE], refunded[MONEY_TEXT_SIZE];

    buffer_append_format(&json,
                         "{\"vps_id\":%" PRIu64 ",\"status\":\"%s\",\"step\":\"%s\","
                         "\"progress\":%d,\"charged_usd\":\"%s\",\"refunded_usd\":\"%s\","
                         "\"error\":",
                         outcome->vps_id, outcome->status, step,
                         strcmp(step, "done") == 0 ? 100 : 0,
                         money_format(outcome->charged_cents, charged),
                         money_format(outcome->refunded_cents, refunded));
    append_error(&json, outcome);
    buffer_append_text(&json, "}");
    (void)snprintf(ret_json, STATUS_JSON_SIZE, "%s", json.overflown ? "{}" : json.data);
    *ret_rank = outcome->final ? BATCH_RANK_FINAL : BATCH_RANK_BUILDING;
}

int status_tell(struct redis *redis, const struct writer_outcome *outcome, int64_t now_us,
                redis_answered_fn answered, void *context, struct error *error)
{
    char json[STATUS_JSON_SIZE];
    struct batch_item_status status = {
        .batch_id = outcome->batch_id,
        .index = outcome->item_index,
        .updated_at_us = now_us,
        .json = json,
    };

    status_render(outcome, json, &status.rank);
    return batch_status_advance(redis, &status, answered, context, error);
}
