/* A batch at one moment, put together from billing's record and the mirror in Redis. Pure. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/base/buffer.h"
#include "lib/redis/batch_status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BATCH_ID_SIZE = 64,
    BATCH_ITEMS_MAX = 128,
    BATCH_WORD_SIZE = 32,
    BATCH_STEP_SIZE = 64,
    BATCH_DETAIL_SIZE = 256,
};

struct batch_item {
    /* Something is known about it; the rest counts only then. */
    bool known;
    int64_t rank, updated_at_us;
    uint64_t vps_id;
    /* "queued", "building", "active", "failed". */
    char status[BATCH_WORD_SIZE];
    /* "": none. */
    char step[BATCH_STEP_SIZE];
    int64_t progress;
    int64_t charged_cents, refunded_cents;
    /* "": none. */
    char error_code[BATCH_STEP_SIZE], error_detail[BATCH_DETAIL_SIZE];
};

struct batch_snapshot {
    /* False: the mirror has lost its head, so only the items count. */
    bool has_head;
    char batch_id[BATCH_ID_SIZE], kind[BATCH_WORD_SIZE];
    uint64_t user_id;
    int64_t created_at_us;
    size_t total;
    struct batch_item items[BATCH_ITEMS_MAX];
};

/* "<kind>:<number>": anything else is no batch of ours. */
bool batch_id_is_shaped(const char *batch_id);

/* What Redis knows. Broken texts count as unknown. */
void batch_snapshot_read_mirror(struct batch_snapshot *ret_snapshot,
                                const struct batch_status_view *view);
/* What billing knows: statuses and money, but no steps. */
void batch_snapshot_read_record(struct batch_snapshot *ret_snapshot,
                                const Slipway__V1__Batch *batch);
/* Brings into `record` what `mirror` knows better: items of a higher rank, and their steps. */
void batch_snapshot_merge(struct batch_snapshot *record, const struct batch_snapshot *mirror);

/* Has its head and all items. */
bool batch_snapshot_is_complete(const struct batch_snapshot *snapshot);
size_t batch_snapshot_count_active(const struct batch_snapshot *snapshot);
size_t batch_snapshot_count_failed(const struct batch_snapshot *snapshot);
/* Every item is active or failed. */
bool batch_snapshot_has_ended(const struct batch_snapshot *snapshot);
/* "pending", "running", "completed", "partial", "failed". */
const char *batch_snapshot_status(const struct batch_snapshot *snapshot);
/* The newest change of an item. */
int64_t batch_snapshot_updated_at_us(const struct batch_snapshot *snapshot);

/* The answer of GET /batches/{batch_id}. */
void batch_snapshot_render(const struct batch_snapshot *snapshot, struct buffer *body);
/* The mirror's "head" and one item, as lib/redis/batch_status.h stores them. */
void batch_snapshot_render_head(const struct batch_snapshot *snapshot, struct buffer *json);
void batch_snapshot_render_item(const struct batch_item *item, struct buffer *json);
