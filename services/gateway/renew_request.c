#include "services/gateway/renew_request.h"

#include "services/gateway/body_fields.h"

#include <stdio.h>

static void point_at_items(struct renew_request *renew, size_t count, bool bulk)
{
    slipway__v1__renew_vps__init(&renew->command);
    renew->command.bulk = bulk;
    renew->command.n_items = count;
    renew->command.items = renew->pointers;
    for (size_t i = 0; i < count; ++i)
        renew->pointers[i] = &renew->items[i];
}

int renew_request_read(const json_t *body, uint64_t vps_id, struct renew_request *ret_renew,
                       struct problem *problem)
{
    struct json_reader reader;

    json_reader_init(&reader, body, "", problem);
    slipway__v1__renew_item__init(&ret_renew->items[0]);
    ret_renew->items[0].vps_id = vps_id;
    ret_renew->items[0].period_months = body_read_period(&reader);
    ret_renew->user_id = body_read_user_id(&reader);
    json_reader_finish(&reader);
    point_at_items(ret_renew, 1, false);
    return (int)problem->code;
}

static void read_item(const json_t *object, size_t index, Slipway__V1__RenewItem *item,
                      struct problem *problem)
{
    struct json_reader reader;
    char pointer[32];
    int64_t vps_id = 0;

    (void)snprintf(pointer, sizeof(pointer), "/items/%zu", index);
    json_reader_init(&reader, object, pointer, problem);
    slipway__v1__renew_item__init(item);
    (void)json_reader_integer(&reader, "vps_id", 1, INT64_MAX, &vps_id);
    item->vps_id = (uint64_t)vps_id;
    item->period_months = body_read_period(&reader);
    json_reader_finish(&reader);
}

int renew_request_read_bulk(const json_t *body, struct renew_request *ret_renew,
                            struct problem *problem)
{
    const json_t *items = NULL;
    struct json_reader reader;
    size_t count = 0;

    json_reader_init(&reader, body, "", problem);
    if (json_reader_array(&reader, "items", RENEW_ITEMS_MAX, &items))
        count = json_array_size(items);
    ret_renew->user_id = body_read_user_id(&reader);
    json_reader_finish(&reader);
    for (size_t i = 0; i < count; ++i)
        read_item(json_array_get(items, i), i, &ret_renew->items[i], problem);
    point_at_items(ret_renew, count, true);
    return (int)problem->code;
}

/* What is of no type is told before what is out of range, as json_request.h does it. */
static uint64_t read_id(const json_t *element, size_t index, struct problem *problem)
{
    char pointer[32];

    (void)snprintf(pointer, sizeof(pointer), "/vps_ids/%zu", index);
    if (!json_is_integer(element)) {
        (void)problem_add_field(problem, PROBLEM_INVALID_REQUEST, "wrong_type", pointer,
                                "Must be an integer.");
        problem->code = PROBLEM_INVALID_REQUEST;
        return 0;
    }
    if (json_integer_value(element) < 1)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", pointer,
                                "Must be the id of a server.");
    return (uint64_t)json_integer_value(element);
}

int status_request_read(const json_t *body, struct status_request *ret_status,
                        struct problem *problem)
{
    const json_t *ids = NULL;
    struct json_reader reader;
    size_t count = 0;

    json_reader_init(&reader, body, "", problem);
    if (json_reader_array(&reader, "vps_ids", STATUS_IDS_MAX, &ids))
        count = json_array_size(ids);
    json_reader_finish(&reader);
    for (size_t i = 0; i < count; ++i)
        ret_status->ids[i] = read_id(json_array_get(ids, i), i, problem);
    slipway__v1__list_vps_cards__init(&ret_status->question);
    ret_status->question.n_vps_ids = count;
    ret_status->question.vps_ids = ret_status->ids;
    return (int)problem->code;
}
