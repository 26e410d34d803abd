#include "services/gateway/batch_snapshot.h"
#include "services/gateway/json_write.h"

static void write_state(struct buffer *json, const struct batch_item *item)
{
    json_write_id(json, "vps_id", item->vps_id);
    json_write_text(json, "status", item->status);
    json_write_text(json, "step", item->step[0] != '\0' ? item->step : NULL);
    json_write_integer(json, "progress", item->progress);
    json_write_money(json, "charged_usd", item->charged_cents);
    json_write_money(json, "refunded_usd", item->refunded_cents);
    if (item->error_code[0] == '\0') {
        json_write_text(json, "error", NULL);
        return;
    }
    json_write_open_member(json, "error", '{');
    json_write_text(json, "code", item->error_code);
    json_write_text(json, "detail", item->error_detail);
    json_write_close(json, '}');
}

void batch_snapshot_render_item(const struct batch_item *item, struct buffer *json)
{
    json_write_open(json, '{');
    write_state(json, item);
    json_write_close(json, '}');
}

void batch_snapshot_render_head(const struct batch_snapshot *snapshot, struct buffer *json)
{
    json_write_open(json, '{');
    json_write_text(json, "batch_id", snapshot->batch_id);
    json_write_text(json, "kind", snapshot->kind);
    json_write_id(json, "user_id", snapshot->user_id);
    json_write_id(json, "total", snapshot->total);
    json_write_time(json, "created_at", snapshot->created_at_us);
    json_write_open_member(json, "items", '[');
    for (size_t i = 0; i < snapshot->total; ++i) {
        json_write_open(json, '{');
        json_write_id(json, "vps_id", snapshot->items[i].vps_id);
        json_write_money(json, "charged_usd", snapshot->items[i].charged_cents);
        json_write_close(json, '}');
    }
    json_write_close(json, ']');
    json_write_close(json, '}');
}

void batch_snapshot_render(const struct batch_snapshot *snapshot, struct buffer *body)
{
    json_write_open(body, '{');
    json_write_text(body, "batch_id", snapshot->batch_id);
    json_write_text(body, "kind", snapshot->kind);
    json_write_text(body, "status", batch_snapshot_status(snapshot));
    json_write_id(body, "total", snapshot->total);
    json_write_id(body, "succeeded", batch_snapshot_count_active(snapshot));
    json_write_id(body, "failed", batch_snapshot_count_failed(snapshot));
    json_write_time(body, "created_at", snapshot->created_at_us);
    json_write_time(body, "updated_at", batch_snapshot_updated_at_us(snapshot));
    json_write_open_member(body, "items", '[');
    for (size_t i = 0; i < snapshot->total; ++i) {
        json_write_open(body, '{');
        json_write_id(body, "index", i);
        write_state(body, &snapshot->items[i]);
        json_write_close(body, '}');
    }
    json_write_close(body, ']');
    json_write_close(body, '}');
}
