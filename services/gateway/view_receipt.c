#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

#include <sodium.h>

enum { HASH_SIZE = 32 };

static void write_hash(struct buffer *body, const char *name, const ProtobufCBinaryData *hash)
{
    char text[2 * HASH_SIZE + 1];

    if (hash->len == HASH_SIZE)
        json_write_text(body, name, sodium_bin2hex(text, sizeof(text), hash->data, hash->len));
    else
        json_write_text(body, name, NULL);
}

/* Microseconds go into the hash, so they are told as they are. */
static void write_chain(struct buffer *body, const Slipway__V1__ReceiptTransfer *transfer)
{
    if (transfer->chain_index == 0) {
        json_write_text(body, "chain", NULL);
        return;
    }
    json_write_open_member(body, "chain", '{');
    json_write_id(body, "shard", transfer->chain_shard);
    json_write_id(body, "index", transfer->chain_index);
    json_write_integer(body, "created_at_us", transfer->created_at_us);
    write_hash(body, "previous_hash", &transfer->previous_hash);
    write_hash(body, "hash", &transfer->hash);
    json_write_close(body, '}');
}

static void write_transfer(struct buffer *body, const char *name,
                           const Slipway__V1__ReceiptTransfer *transfer)
{
    if (transfer == NULL) {
        json_write_text(body, name, NULL);
        return;
    }
    json_write_open_member(body, name, '{');
    json_write_id(body, "transaction_id", transfer->transaction_id);
    json_write_text(body, "type", transfer->kind);
    json_write_integer(body, "debit_account", transfer->debit_account);
    json_write_integer(body, "credit_account", transfer->credit_account);
    json_write_money(body, "amount_usd", transfer->amount_cents);
    json_write_id_or_null(body, "user_id", transfer->user_id);
    if (transfer->user_id == 0)
        json_write_text(body, "balance_after_usd", NULL);
    else
        json_write_money(body, "balance_after_usd", transfer->balance_after_cents);
    json_write_text(body, "reason", transfer->has_reason ? transfer->reason : NULL);
    json_write_time(body, "created_at", transfer->created_at_us);
    json_write_id_or_null(body, "outbox_id", transfer->outbox_id);
    write_chain(body, transfer);
    json_write_close(body, '}');
}

static void write_events(struct buffer *body, Slipway__V1__ReceiptEvent *const *events,
                         size_t count)
{
    json_write_open_member(body, "events", '[');
    for (size_t i = 0; i < count; ++i) {
        json_write_open(body, '{');
        json_write_text(body, "id", events[i]->id);
        json_write_text(body, "type", events[i]->type);
        json_write_id(body, "outbox_id", events[i]->outbox_id);
        json_write_close(body, '}');
    }
    json_write_close(body, ']');
}

static void write_item(struct buffer *body, const Slipway__V1__ReceiptItem *item)
{
    json_write_open(body, '{');
    json_write_id(body, "index", item->index);
    json_write_id(body, "vps_id", item->vps_id);
    json_write_text(body, "status", item->status);
    json_write_text(body, "machine_uuid",
                    item->machine_uuid[0] != '\0' ? item->machine_uuid : NULL);
    write_transfer(body, "charge", item->charge);
    write_transfer(body, "settlement", item->settlement);
    write_events(body, item->events, item->n_events);
    json_write_close(body, '}');
}

void view_receipt(struct buffer *body, const Slipway__V1__Receipt *receipt)
{
    json_write_open(body, '{');
    json_write_text(body, "batch_id", receipt->batch_id);
    json_write_id(body, "user_id", receipt->user_id);
    json_write_time(body, "created_at", receipt->created_at_us);
    write_events(body, receipt->events, receipt->n_events);
    json_write_open_member(body, "items", '[');
    for (size_t i = 0; i < receipt->n_items; ++i)
        write_item(body, receipt->items[i]);
    json_write_close(body, ']');
    json_write_close(body, '}');
}
