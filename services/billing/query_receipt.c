#include "services/billing/chain.h"
#include "services/billing/events.h"
#include "services/billing/queries_private.h"
#include "services/billing/receipt_read_store.h"

#include <string.h>

/* A build that has ended is told with its server, and a refund of it. */
enum { ITEM_EVENTS = 2, BATCH_EVENTS = 2 };

struct told {
    Slipway__V1__ReceiptEvent event;
    char id[EVENT_ID_SIZE];
};

struct side {
    struct ledger_transfer transfer;
    Slipway__V1__ReceiptTransfer view;
    uint8_t hash[LEDGER_HASH_SIZE];
};

/* One server, and all that its view points to. */
struct item {
    Slipway__V1__ReceiptItem view;
    struct side sides[RECEIPT_SIDES];
    struct told told[ITEM_EVENTS];
    Slipway__V1__ReceiptEvent *events[ITEM_EVENTS];
    bool has_ended;
};

struct receipt {
    struct item *items;
    Slipway__V1__ReceiptItem **list;
    size_t count;
    struct told told[BATCH_EVENTS];
    Slipway__V1__ReceiptEvent *events[BATCH_EVENTS];
    Slipway__V1__Receipt view;
};

QUERY_ASK(get_receipt)
{
    int64_t id = QUERY_NOBODY;
    const char *kind = query_split_batch_id(message->get_receipt->batch_id, &id);
    const bool is_checkout = kind != NULL && strcmp(kind, "checkout") == 0;

    return receipt_read_store_find(args, is_checkout ? id : QUERY_NOBODY, query_scope(message));
}

static void set_event(struct told *told, enum event_type type, int64_t fact_id, int64_t outbox_id)
{
    slipway__v1__receipt_event__init(&told->event);
    told->event.id = query_text(event_id(type, fact_id, told->id));
    told->event.type = query_text(event_type_name(type));
    told->event.outbox_id = (uint64_t)outbox_id;
}

static void view_transfer(struct side *side)
{
    struct ledger_transfer *transfer = &side->transfer;
    Slipway__V1__ReceiptTransfer *view = &side->view;

    slipway__v1__receipt_transfer__init(view);
    view->transaction_id = (uint64_t)transfer->id;
    view->kind = query_text(ledger_kind_name(transfer->kind));
    view->debit_account = transfer->debit_account;
    view->credit_account = transfer->credit_account;
    view->amount_cents = transfer->amount_cents;
    view->user_id = (uint64_t)transfer->user_id;
    view->balance_after_cents = transfer->balance_after_cents;
    view->has_reason = transfer->reason != NULL;
    view->reason = query_text(transfer->reason != NULL ? transfer->reason : "");
    view->created_at_us = transfer->created_at_us;
    view->outbox_id = (uint64_t)transfer->outbox_id;
    if (transfer->chain_index == 0)
        return;
    chain_hash(transfer, side->hash);
    view->chain_index = (uint64_t)transfer->chain_index;
    view->chain_shard = (uint32_t)transfer->chain_shard;
    view->previous_hash = (ProtobufCBinaryData){LEDGER_HASH_SIZE, transfer->previous_hash};
    view->hash = (ProtobufCBinaryData){LEDGER_HASH_SIZE, side->hash};
}

/* What was settled before there were events was told by none. */
static void add_events(struct item *item)
{
    const struct ledger_transfer *settlement = &item->sides[RECEIPT_SETTLEMENT].transfer;
    const bool is_refund = settlement->kind == LEDGER_REFUND;

    if (item->view.settlement == NULL || settlement->outbox_id == 0)
        return;
    set_event(&item->told[0], is_refund ? EVENT_TYPE_VPS_FAILED : EVENT_TYPE_VPS_ACTIVE,
              (int64_t)item->view.vps_id, settlement->outbox_id);
    item->view.n_events = 1;
    if (is_refund)
        set_event(&item->told[item->view.n_events++], EVENT_TYPE_REFUND_ISSUED, settlement->id,
                  settlement->outbox_id);
    for (size_t i = 0; i < item->view.n_events; ++i)
        item->events[i] = &item->told[i].event;
    item->view.events = item->events;
}

static void read_item(const struct pg_rows *rows, int row, struct item *item)
{
    item->has_ended = receipt_read_store_item(rows, row, &item->view);
    for (int i = 0; i < RECEIPT_SIDES; ++i) {
        struct side *side = &item->sides[i];

        if (!receipt_read_store_transfer(rows, row, (enum receipt_side)i, &side->transfer))
            continue;
        view_transfer(side);
        if (i == RECEIPT_CHARGE)
            item->view.charge = &side->view;
        else
            item->view.settlement = &side->view;
    }
    add_events(item);
}

static void add_batch_event(struct receipt *receipt, enum event_type type, int64_t outbox_id)
{
    const size_t place = receipt->view.n_events++;

    /* A batch has the number of its first server. */
    set_event(&receipt->told[place], type, (int64_t)receipt->items[0].view.vps_id, outbox_id);
    receipt->events[place] = &receipt->told[place].event;
    receipt->view.events = receipt->events;
}

/* The end was told with the settlement that came last: their numbers grow under the checkout's
 * lock. */
static void add_end(struct receipt *receipt)
{
    const struct ledger_transfer *last = NULL;
    size_t failed = 0;

    for (size_t i = 0; i < receipt->count; ++i) {
        const struct item *item = &receipt->items[i];
        const struct ledger_transfer *settlement = &item->sides[RECEIPT_SETTLEMENT].transfer;

        if (!item->has_ended)
            return;
        failed += strcmp(item->view.status, "failed") == 0;
        if (last == NULL || settlement->id > last->id)
            last = settlement;
    }
    if (last == NULL || last->outbox_id == 0)
        return;
    add_batch_event(receipt, checkout_end_type(failed, receipt->count), last->outbox_id);
}

static void read_receipt(const struct pg_rows *rows, struct receipt *receipt)
{
    receipt_read_store_head(rows, &receipt->view);
    for (size_t i = 0; i < receipt->count; ++i) {
        read_item(rows, (int)i, &receipt->items[i]);
        receipt->list[i] = &receipt->items[i].view;
    }
    receipt->view.items = receipt->list;
    receipt->view.n_items = receipt->count;
    if (receipt->items[0].sides[RECEIPT_CHARGE].transfer.outbox_id != 0)
        add_batch_event(receipt, EVENT_TYPE_CHECKOUT_ACCEPTED,
                        receipt->items[0].sides[RECEIPT_CHARGE].transfer.outbox_id);
    add_end(receipt);
}

QUERY_ANSWER(get_receipt)
{
    const size_t count = (size_t)pg_rows_count(rows);
    CLEANUP(cleanup_free) struct item *items = calloc(count + 1, sizeof(items[0]));
    CLEANUP(cleanup_free) Slipway__V1__ReceiptItem **list = calloc(count + 1, sizeof(void *));
    struct receipt receipt = {.items = items, .list = list, .count = count};
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    (void)query;
    if (items == NULL || list == NULL)
        return error_set(error, FAULT_HARD, "no memory for a receipt");
    if (count == 0)
        return query_answer_not_found(ret_packed, error);
    read_receipt(rows, &receipt);
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_RECEIPT;
    result.receipt = &receipt.view;
    return query_pack(&result, ret_packed, error);
}
