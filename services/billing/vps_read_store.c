#include "services/billing/vps_read_store.h"

#include "services/billing/queries_private.h"

#include <string.h>

#define COLUMNS                                                                                    \
    "id, user_id, plan_code, location_code, os_code, status::text, power_state::text,"             \
    " coalesce(host(address), ''), created_at, expires_at,"                                        \
    " (SELECT host(p.first_address6 + (address - p.first_address))"                                \
    " FROM billing.address_pools p WHERE p.id = pool_id)"
#define CARDS        "SELECT " COLUMNS " FROM billing.vps WHERE "
#define PAGE         "id < $1 AND ($3 = '' OR status::text = $3) AND ($4 = '' OR location_code = $4)"
#define NEWEST_FIRST " ORDER BY id DESC LIMIT $2"

static const struct pg_statement find_vps = {"vps_read_find",
                                             CARDS "id = $1 AND ($2::bigint = 0 OR user_id = $2)"};
static const struct pg_statement list_vps = {"vps_read_list", CARDS PAGE NEWEST_FIRST};
static const struct pg_statement list_vps_of_user = {"vps_read_list_user",
                                                     CARDS PAGE " AND user_id = $5" NEWEST_FIRST};

static const struct pg_statement list_cards = {
    "vps_read_cards",
    "SELECT " COLUMNS ", asked.vps_id FROM unnest($1::bigint[]) WITH ORDINALITY"
    " AS asked (vps_id, place) LEFT JOIN billing.vps"
    " ON id = asked.vps_id AND ($2::bigint = 0 OR user_id = $2) ORDER BY asked.place"};

static const struct pg_statement find_credentials = {
    "vps_read_credentials",
    "SELECT status::text, id, coalesce(host(address), ''), coalesce(port, 0), coalesce(login, ''),"
    " sealed_password, coalesce(seal_key_id, 0) FROM billing.vps"
    " WHERE id = $1 AND ($2::bigint = 0 OR user_id = $2)"};

static const struct pg_statement find_console = {
    "vps_read_console",
    "SELECT v.status::text, v.power_state::text, v.id, coalesce(v.machine_uuid, ''), n.name,"
    " coalesce(n.console_url, '') FROM billing.vps v JOIN billing.nodes n ON n.id = v.node_id"
    " WHERE v.id = $1 AND ($2::bigint = 0 OR v.user_id = $2)"};

static const struct pg_statement find_batch = {
    "batch_read_find",
    "SELECT b.kind::text || ':' || b.id, b.kind::text, b.user_id, b.created_at,"
    " max(v.updated_at) OVER (), v.id, v.item_index, v.status::text, v.price_cents,"
    " coalesce(v.error_code, ''), coalesce(v.error_detail, '')"
    " FROM billing.batches b LEFT JOIN billing.checkout_items v ON v.checkout_id = b.id"
    " WHERE b.id = $1 AND b.kind::text = $2 AND ($3::bigint = 0 OR b.user_id = $3)"
    " ORDER BY v.item_index"};

/* The same columns; an operation that waits is "pending", as a server is. */
static const struct pg_statement find_order = {
    "batch_read_find_order",
    "SELECT b.kind::text || ':' || b.id, b.kind::text, b.user_id, b.created_at, o.updated_at,"
    " o.vps_id, 0, CASE o.status WHEN 'queued' THEN 'pending' WHEN 'running' THEN 'building'"
    " WHEN 'done' THEN 'active' ELSE 'failed' END, 0::bigint, coalesce(o.error_code, ''),"
    " coalesce(o.error_detail, '')"
    " FROM billing.batches b LEFT JOIN billing.operations o ON o.batch_id = b.id"
    " WHERE b.id = $1 AND b.kind::text = $2 AND ($3::bigint = 0 OR b.user_id = $3)"};

enum batch_column {
    BATCH_ID,
    BATCH_KIND,
    BATCH_USER,
    BATCH_CREATED,
    BATCH_UPDATED,
    ITEM_VPS,
    ITEM_INDEX,
    ITEM_STATUS,
    ITEM_PRICE,
    ITEM_ERROR_CODE,
    ITEM_ERROR_DETAIL,
};

const struct pg_statement *vps_read_store_find(struct pg_args *args, int64_t vps_id, int64_t scope)
{
    pg_args_i64(args, vps_id);
    pg_args_i64(args, scope);
    return &find_vps;
}

const struct pg_statement *vps_read_store_list(struct pg_args *args,
                                               const struct vps_filter *filter)
{
    pg_args_i64(args, filter->before_id);
    pg_args_i64(args, filter->limit);
    pg_args_text(args, filter->status);
    pg_args_text(args, filter->location_code);
    if (filter->user == QUERY_EVERYBODY)
        return &list_vps;
    pg_args_i64(args, filter->user);
    return &list_vps_of_user;
}

void vps_read_store_row(const struct pg_rows *rows, int row, Slipway__V1__Vps *ret_vps)
{
    slipway__v1__vps__init(ret_vps);
    ret_vps->vps_id = (uint64_t)pg_rows_i64(rows, row, 0);
    ret_vps->user_id = (uint64_t)pg_rows_i64(rows, row, 1);
    ret_vps->plan_code = query_text(pg_rows_text(rows, row, 2));
    ret_vps->location_code = query_text(pg_rows_text(rows, row, 3));
    ret_vps->os_code = query_text(pg_rows_text(rows, row, 4));
    ret_vps->status = query_text(pg_rows_text(rows, row, 5));
    ret_vps->power_state = query_text(pg_rows_text(rows, row, 6));
    ret_vps->address = query_text(pg_rows_text(rows, row, 7));
    ret_vps->created_at_us = pg_rows_time_us(rows, row, 8);
    ret_vps->expires_at_us = pg_rows_time_us(rows, row, 9);
    ret_vps->address6 = query_text(pg_rows_text(rows, row, 10));
}

const struct pg_statement *vps_read_store_list_cards(struct pg_args *args, int64_t scope)
{
    pg_args_i64(args, scope);
    return &list_cards;
}

bool vps_read_store_card_row(const struct pg_rows *rows, int row, uint64_t *ret_vps_id,
                             Slipway__V1__Vps *ret_vps)
{
    enum { ID = 0, ASKED = 11 };

    *ret_vps_id = (uint64_t)pg_rows_i64(rows, row, ASKED);
    if (pg_rows_is_null(rows, row, ID))
        return false;
    vps_read_store_row(rows, row, ret_vps);
    return true;
}

const struct pg_statement *vps_read_store_find_credentials(struct pg_args *args, int64_t vps_id,
                                                           int64_t scope)
{
    pg_args_i64(args, vps_id);
    pg_args_i64(args, scope);
    return &find_credentials;
}

/* Bytes that protobuf-c only reads. */
static ProtobufCBinaryData borrow_bytes(const struct pg_rows *rows, int row, int column)
{
    ProtobufCBinaryData bytes = {0};
    const union {
        const void *read_only;
        uint8_t *writable;
    } pointer = {.read_only = pg_rows_bytes(rows, row, column, &bytes.len)};

    bytes.data = pointer.writable;
    return bytes;
}

const char *vps_read_store_credentials_row(const struct pg_rows *rows,
                                           Slipway__V1__Credentials *ret_credentials)
{
    slipway__v1__credentials__init(ret_credentials);
    ret_credentials->vps_id = (uint64_t)pg_rows_i64(rows, 0, 1);
    ret_credentials->address = query_text(pg_rows_text(rows, 0, 2));
    ret_credentials->port = (uint32_t)pg_rows_i64(rows, 0, 3);
    ret_credentials->login = query_text(pg_rows_text(rows, 0, 4));
    ret_credentials->sealed_password = borrow_bytes(rows, 0, 5);
    ret_credentials->seal_key_id = (uint32_t)pg_rows_i64(rows, 0, 6);
    return pg_rows_text(rows, 0, 0);
}

const struct pg_statement *vps_read_store_find_console(struct pg_args *args, int64_t vps_id,
                                                       int64_t scope)
{
    pg_args_i64(args, vps_id);
    pg_args_i64(args, scope);
    return &find_console;
}

void vps_read_store_console_row(const struct pg_rows *rows, struct console_row *ret_row)
{
    Slipway__V1__Console *console = &ret_row->console;

    slipway__v1__console__init(console);
    ret_row->status = pg_rows_text(rows, 0, 0);
    ret_row->power_state = pg_rows_text(rows, 0, 1);
    console->vps_id = (uint64_t)pg_rows_i64(rows, 0, 2);
    console->machine_uuid = query_text(pg_rows_text(rows, 0, 3));
    console->node_name = query_text(pg_rows_text(rows, 0, 4));
    console->console_url = query_text(pg_rows_text(rows, 0, 5));
}

static bool is_order(const char *kind)
{
    static const char *const orders[] = {"power", "reinstall", "password", "delete"};

    for (size_t i = 0; i < ARRAY_LENGTH(orders); ++i)
        if (strcmp(orders[i], kind) == 0)
            return true;
    return false;
}

const struct pg_statement *batch_read_store_find(struct pg_args *args, int64_t id, const char *kind,
                                                 int64_t scope)
{
    pg_args_i64(args, id);
    pg_args_text(args, kind);
    pg_args_i64(args, scope);
    return is_order(kind) ? &find_order : &find_batch;
}

void batch_read_store_head(const struct pg_rows *rows, Slipway__V1__Batch *ret_batch)
{
    slipway__v1__batch__init(ret_batch);
    ret_batch->batch_id = query_text(pg_rows_text(rows, 0, BATCH_ID));
    ret_batch->kind = query_text(pg_rows_text(rows, 0, BATCH_KIND));
    ret_batch->user_id = (uint64_t)pg_rows_i64(rows, 0, BATCH_USER);
    ret_batch->created_at_us = pg_rows_time_us(rows, 0, BATCH_CREATED);
    ret_batch->updated_at_us = pg_rows_is_null(rows, 0, BATCH_UPDATED)
                                   ? ret_batch->created_at_us
                                   : pg_rows_time_us(rows, 0, BATCH_UPDATED);
}

const char *batch_read_store_item_status(const char *vps_status)
{
    if (strcmp(vps_status, "pending") == 0)
        return "queued";
    if (strcmp(vps_status, "building") == 0 || strcmp(vps_status, "failed") == 0)
        return vps_status;
    return "active";
}

bool batch_read_store_item(const struct pg_rows *rows, int row, Slipway__V1__BatchItem *ret_item)
{
    const char *status = batch_read_store_item_status(pg_rows_text(rows, row, ITEM_STATUS));

    if (pg_rows_is_null(rows, row, ITEM_VPS))
        return false;
    slipway__v1__batch_item__init(ret_item);
    ret_item->index = (uint32_t)pg_rows_i64(rows, row, ITEM_INDEX);
    ret_item->vps_id = (uint64_t)pg_rows_i64(rows, row, ITEM_VPS);
    ret_item->status = query_text(status);
    ret_item->charged_cents = pg_rows_i64(rows, row, ITEM_PRICE);
    ret_item->refunded_cents = strcmp(status, "failed") == 0 ? ret_item->charged_cents : 0;
    ret_item->error_code = query_text(pg_rows_text(rows, row, ITEM_ERROR_CODE));
    ret_item->error_detail = query_text(pg_rows_text(rows, row, ITEM_ERROR_DETAIL));
    return true;
}
