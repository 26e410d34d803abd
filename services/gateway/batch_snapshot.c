#include "services/gateway/batch_snapshot.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "lib/base/money.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

DEFINE_CLEANUP(json_t *, json_decref)

bool batch_id_is_shaped(const char *batch_id)
{
    const size_t kind = strspn(batch_id, "abcdefghijklmnopqrstuvwxyz");
    uint64_t number;

    return kind > 0 && kind < BATCH_WORD_SIZE && batch_id[kind] == ':' &&
           !decimal_parse_u64(batch_id + kind + 1, &number) && number <= INT64_MAX;
}

/* ---- what Redis knows ---- */

static void copy_text(const json_t *object, const char *name, char *ret_text, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    (void)snprintf(ret_text, size, "%s", text != NULL ? text : "");
}

/* Untouched when the member is missing: workers know nothing of money. */
static void read_money(const json_t *object, const char *name, int64_t *cents)
{
    const char *text = json_string_value(json_object_get(object, name));
    int64_t number;

    if (text != NULL && !money_parse(text, &number))
        *cents = number;
}

static uint64_t read_id(const json_t *object, const char *name)
{
    const json_int_t number = json_integer_value(json_object_get(object, name));

    return number > 0 ? (uint64_t)number : 0;
}

static void read_head(struct batch_snapshot *snapshot, const char *text)
{
    CLEANUP(json_decref_cleanup) json_t *head = json_loads(text, 0, NULL);
    const char *created_at = json_string_value(json_object_get(head, "created_at"));
    const json_t *items = json_object_get(head, "items");
    const uint64_t total = read_id(head, "total");

    copy_text(head, "batch_id", snapshot->batch_id, sizeof(snapshot->batch_id));
    copy_text(head, "kind", snapshot->kind, sizeof(snapshot->kind));
    snapshot->user_id = read_id(head, "user_id");
    if (snapshot->batch_id[0] == '\0' || snapshot->user_id == 0 || total == 0 ||
        total > BATCH_ITEMS_MAX || json_array_size(items) != total || created_at == NULL ||
        clock_parse(created_at, &snapshot->created_at_us))
        return;
    snapshot->has_head = true;
    snapshot->total = (size_t)total;
    for (size_t i = 0; i < snapshot->total; ++i) {
        const json_t *item = json_array_get(items, i);

        snapshot->items[i].vps_id = read_id(item, "vps_id");
        read_money(item, "charged_usd", &snapshot->items[i].charged_cents);
    }
}

static void read_item(struct batch_item *item, const struct batch_item_status *status)
{
    CLEANUP(json_decref_cleanup) json_t *object = json_loads(status->json, 0, NULL);
    const json_t *error = json_object_get(object, "error");

    copy_text(object, "status", item->status, sizeof(item->status));
    if (item->status[0] == '\0')
        return;
    item->known = true;
    item->rank = status->rank;
    item->updated_at_us = status->updated_at_us;
    if (item->vps_id == 0)
        item->vps_id = read_id(object, "vps_id");
    copy_text(object, "step", item->step, sizeof(item->step));
    item->progress = json_integer_value(json_object_get(object, "progress"));
    read_money(object, "charged_usd", &item->charged_cents);
    read_money(object, "refunded_usd", &item->refunded_cents);
    copy_text(error, "code", item->error_code, sizeof(item->error_code));
    copy_text(error, "detail", item->error_detail, sizeof(item->error_detail));
}

void batch_snapshot_read_mirror(struct batch_snapshot *ret_snapshot,
                                const struct batch_status_view *view)
{
    memset(ret_snapshot, 0, sizeof(*ret_snapshot));
    if (view->head_json != NULL)
        read_head(ret_snapshot, view->head_json);
    for (size_t i = 0; i < view->count && i < view->capacity && i < BATCH_ITEMS_MAX; ++i)
        if (view->items[i].json != NULL)
            read_item(&ret_snapshot->items[i], &view->items[i]);
}

/* ---- what billing knows ---- */

static int64_t rank_of(const char *status)
{
    if (strcmp(status, "active") == 0 || strcmp(status, "failed") == 0)
        return BATCH_RANK_FINAL;
    return strcmp(status, "building") == 0 ? BATCH_RANK_BUILDING : BATCH_RANK_QUEUED;
}

static void read_record_item(struct batch_item *item, const Slipway__V1__BatchItem *source,
                             int64_t updated_at_us)
{
    item->known = true;
    item->rank = rank_of(source->status);
    item->updated_at_us = updated_at_us;
    item->vps_id = source->vps_id;
    item->progress = strcmp(source->status, "active") == 0 ? 100 : 0;
    item->charged_cents = source->charged_cents;
    item->refunded_cents = source->refunded_cents;
    (void)snprintf(item->status, sizeof(item->status), "%s", source->status);
    (void)snprintf(item->error_code, sizeof(item->error_code), "%s", source->error_code);
    (void)snprintf(item->error_detail, sizeof(item->error_detail), "%s", source->error_detail);
}

void batch_snapshot_read_record(struct batch_snapshot *ret_snapshot,
                                const Slipway__V1__Batch *batch)
{
    memset(ret_snapshot, 0, sizeof(*ret_snapshot));
    ret_snapshot->has_head = true;
    (void)snprintf(ret_snapshot->batch_id, sizeof(ret_snapshot->batch_id), "%s", batch->batch_id);
    (void)snprintf(ret_snapshot->kind, sizeof(ret_snapshot->kind), "%s", batch->kind);
    ret_snapshot->user_id = batch->user_id;
    ret_snapshot->created_at_us = batch->created_at_us;
    for (size_t i = 0; i < batch->n_items; ++i) {
        const Slipway__V1__BatchItem *item = batch->items[i];

        if (item->index >= BATCH_ITEMS_MAX)
            continue;
        read_record_item(&ret_snapshot->items[item->index], item, batch->updated_at_us);
        if (ret_snapshot->total <= item->index)
            ret_snapshot->total = item->index + 1;
    }
}

void batch_snapshot_merge(struct batch_snapshot *record, const struct batch_snapshot *mirror)
{
    for (size_t i = 0; i < record->total; ++i) {
        struct batch_item *item = &record->items[i];
        const struct batch_item *other = &mirror->items[i];

        /* The final word is billing's: of a final item the mirror adds nothing. */
        if (!other->known || other->rank < item->rank || item->rank >= BATCH_RANK_FINAL)
            continue;
        item->rank = other->rank;
        item->updated_at_us = other->updated_at_us;
        item->progress = other->progress;
        memcpy(item->status, other->status, sizeof(item->status));
        memcpy(item->step, other->step, sizeof(item->step));
        memcpy(item->error_code, other->error_code, sizeof(item->error_code));
        memcpy(item->error_detail, other->error_detail, sizeof(item->error_detail));
        if (other->refunded_cents != 0)
            item->refunded_cents = other->refunded_cents;
    }
}

/* ---- what follows from the items ---- */

static size_t count_status(const struct batch_snapshot *snapshot, const char *status)
{
    size_t count = 0;

    for (size_t i = 0; i < snapshot->total; ++i)
        if (strcmp(snapshot->items[i].status, status) == 0)
            ++count;
    return count;
}

size_t batch_snapshot_count_active(const struct batch_snapshot *snapshot)
{
    return count_status(snapshot, "active");
}

size_t batch_snapshot_count_failed(const struct batch_snapshot *snapshot)
{
    return count_status(snapshot, "failed");
}

bool batch_snapshot_is_complete(const struct batch_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->total; ++i)
        if (!snapshot->items[i].known)
            return false;
    return snapshot->has_head;
}

bool batch_snapshot_has_ended(const struct batch_snapshot *snapshot)
{
    return batch_snapshot_count_active(snapshot) + batch_snapshot_count_failed(snapshot) ==
           snapshot->total;
}

const char *batch_snapshot_status(const struct batch_snapshot *snapshot)
{
    const size_t failed = batch_snapshot_count_failed(snapshot);

    if (count_status(snapshot, "queued") == snapshot->total)
        return "pending";
    if (!batch_snapshot_has_ended(snapshot))
        return "running";
    if (failed == 0)
        return "completed";
    return failed == snapshot->total ? "failed" : "partial";
}

int64_t batch_snapshot_updated_at_us(const struct batch_snapshot *snapshot)
{
    int64_t newest_us = snapshot->created_at_us;

    for (size_t i = 0; i < snapshot->total; ++i)
        if (snapshot->items[i].updated_at_us > newest_us)
            newest_us = snapshot->items[i].updated_at_us;
    return newest_us;
}
