#include "services/gateway/purchase_request.h"

#include "services/gateway/body_fields.h"
#include "services/gateway/proto_text.h"

#include <stdio.h>

static char *read_code(struct json_reader *reader, const char *name)
{
    const char *text = "";

    (void)json_reader_text(reader, name, CODE_LENGTH_MAX, &text);
    return proto_text(text);
}

static void read_item(struct json_reader *reader, Slipway__V1__PurchaseItem *item)
{
    slipway__v1__purchase_item__init(item);
    item->plan_code = read_code(reader, "plan_code");
    item->location_code = read_code(reader, "location_code");
    item->os_code = read_code(reader, "os_code");
    item->period_months = body_read_period(reader);
}

static void point_at_items(struct purchase_request *purchase, size_t count, bool bulk)
{
    slipway__v1__purchase_vps__init(&purchase->command);
    purchase->command.bulk = bulk;
    purchase->command.n_items = count;
    purchase->command.items = purchase->pointers;
    for (size_t i = 0; i < count; ++i)
        purchase->pointers[i] = &purchase->items[i];
}

int purchase_request_read(const json_t *body, struct purchase_request *ret_purchase,
                          struct problem *problem)
{
    struct json_reader reader;

    json_reader_init(&reader, body, "", problem);
    read_item(&reader, &ret_purchase->items[0]);
    ret_purchase->user_id = body_read_user_id(&reader);
    json_reader_finish(&reader);
    point_at_items(ret_purchase, 1, false);
    return (int)problem->code;
}

int purchase_request_read_bulk(const json_t *body, struct purchase_request *ret_purchase,
                               struct problem *problem)
{
    const json_t *items = NULL;
    struct json_reader reader, item;
    char pointer[32];
    size_t count = 0;

    json_reader_init(&reader, body, "", problem);
    if (json_reader_array(&reader, "items", PURCHASE_ITEMS_MAX, &items))
        count = json_array_size(items);
    ret_purchase->user_id = body_read_user_id(&reader);
    json_reader_finish(&reader);
    for (size_t i = 0; i < count; ++i) {
        (void)snprintf(pointer, sizeof(pointer), "/items/%zu", i);
        json_reader_init(&item, json_array_get(items, i), pointer, problem);
        read_item(&item, &ret_purchase->items[i]);
        json_reader_finish(&item);
    }
    point_at_items(ret_purchase, count, true);
    return (int)problem->code;
}

int quote_request_read(const json_t *body, Slipway__V1__GetQuote *ret_question,
                       struct problem *problem)
{
    struct json_reader reader;

    slipway__v1__get_quote__init(ret_question);
    json_reader_init(&reader, body, "", problem);
    ret_question->plan_code = read_code(&reader, "plan_code");
    ret_question->os_code = read_code(&reader, "os_code");
    ret_question->period_months = body_read_period(&reader);
    json_reader_finish(&reader);
    return (int)problem->code;
}
