/* The mirror of a batch, as Redis may hold it: head and first item, split at the first newline. */
#include "services/gateway/batch_snapshot.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *text = strndup((const char *)data, size);
    CLEANUP(cleanup_free) struct batch_snapshot *snapshot = malloc(sizeof(*snapshot));
    CLEANUP(buffer_deinit) struct buffer body = {0};
    struct batch_item_status item = {.rank = BATCH_RANK_BUILDING};
    struct batch_status_view view = {.items = &item, .capacity = 1, .count = 1};
    json_t *shown;

    assert(text != NULL && snapshot != NULL);
    view.head_json = text;
    item.json = strchr(text, '\n');
    batch_snapshot_read_mirror(snapshot, &view);
    if (!batch_snapshot_is_complete(snapshot))
        return 0;
    batch_snapshot_render(snapshot, &body);
    shown = json_loads(body.data, JSON_REJECT_DUPLICATES, NULL);
    assert(shown != NULL);
    json_decref(shown);
    return 0;
}
