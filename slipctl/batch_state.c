#include "slipctl/batch_state.h"

#include <stdio.h>
#include <string.h>

enum { PERCENT_ALL = 100 };

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static bool item_has_ended(const json_t *item)
{
    const char *status = text_of(item, "status");

    return strcmp(status, "active") == 0 || strcmp(status, "failed") == 0;
}

/* 0 … 100, whatever the server says. */
static int64_t item_percent(const json_t *item)
{
    const int64_t progress = number_of(item, "progress");

    if (item_has_ended(item) || progress > PERCENT_ALL)
        return PERCENT_ALL;
    return progress > 0 ? progress : 0;
}

static void read_items(const json_t *items, struct batch_state *state)
{
    const size_t count = json_array_size(items);
    int64_t least = PERCENT_ALL + 1;
    int64_t sum = 0;

    for (size_t i = 0; i < count; ++i) {
        const json_t *item = json_array_get(items, i);
        const int64_t percent = item_percent(item);

        sum += percent;
        if (percent >= least || item_has_ended(item))
            continue;
        least = percent;
        (void)snprintf(state->step, sizeof(state->step), "%s", text_of(item, "step"));
    }
    state->percent = count > 0 ? sum / (int64_t)count : 0;
}

bool batch_state_read(const json_t *batch, struct batch_state *ret_state)
{
    struct batch_state state = {
        .total = number_of(batch, "total"),
        .succeeded = number_of(batch, "succeeded"),
        .failed = number_of(batch, "failed"),
    };

    (void)snprintf(state.batch_id, sizeof(state.batch_id), "%s", text_of(batch, "batch_id"));
    (void)snprintf(state.status, sizeof(state.status), "%s", text_of(batch, "status"));
    if (state.batch_id[0] == '\0' || state.status[0] == '\0')
        return true;
    read_items(json_object_get(batch, "items"), &state);
    if (batch_state_has_ended(&state))
        state.percent = PERCENT_ALL;
    *ret_state = state;
    return false;
}

bool batch_state_is_completed(const struct batch_state *state)
{
    return strcmp(state->status, "completed") == 0;
}

bool batch_state_has_ended(const struct batch_state *state)
{
    return batch_state_is_completed(state) || strcmp(state->status, "partial") == 0 ||
           strcmp(state->status, "failed") == 0;
}
