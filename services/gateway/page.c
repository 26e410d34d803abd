#include "services/gateway/page.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "services/gateway/cursor.h"
#include "services/gateway/json_write.h"

#include <stdio.h>
#include <string.h>

enum { CODE_LENGTH_MAX = 64 };

static int refuse_parameter(struct request *request, const char *name, const char *code,
                            const char *detail)
{
    char pointer[64];

    (void)snprintf(pointer, sizeof(pointer), "?%s", name);
    return problem_add_field(&request->problem, PROBLEM_INVALID_REQUEST, code, pointer, "%s",
                             detail);
}

int page_read(struct request *request, struct page *ret_page)
{
    const char *limit = http_exchange_query(request->exchange, "limit");
    const char *cursor = http_exchange_query(request->exchange, "cursor");
    uint64_t number = PAGE_LIMIT_DEFAULT;
    uint64_t before_id = 0;
    int refusal = 0;

    if (limit != NULL &&
        (decimal_parse_u64(limit, &number) || number < 1 || number > PAGE_LIMIT_LONGEST))
        refusal = refuse_parameter(request, "limit", "out_of_range", "Must be 1 to 200.");
    if (cursor != NULL && cursor_decode(cursor, &before_id))
        refusal = refuse_parameter(request, "cursor", "invalid_cursor",
                                   "Must be the next_cursor of an earlier answer.");
    if (refusal == 0)
        *ret_page = (struct page){(uint32_t)number, before_id};
    return refusal;
}

int page_read_word(struct request *request, const char *name, const char *const *words,
                   const char **ret_word)
{
    const char *value = http_exchange_query(request->exchange, name);

    *ret_word = "";
    if (value == NULL)
        return 0;
    for (; *words != NULL; ++words)
        if (strcmp(*words, value) == 0) {
            *ret_word = *words;
            return 0;
        }
    return refuse_parameter(request, name, "out_of_range", "There is no such value.");
}

int page_read_id(struct request *request, const char *name, uint64_t *ret_id)
{
    const char *value = http_exchange_query(request->exchange, name);

    *ret_id = 0;
    if (value != NULL && (decimal_parse_u64(value, ret_id) || *ret_id == 0 || *ret_id > INT64_MAX))
        return refuse_parameter(request, name, "wrong_type", "Must be an id.");
    return 0;
}

int page_read_time(struct request *request, const char *name, int64_t *ret_time_us)
{
    const char *value = http_exchange_query(request->exchange, name);

    *ret_time_us = 0;
    if (value != NULL && (clock_parse(value, ret_time_us) || *ret_time_us <= 0))
        return refuse_parameter(request, name, "wrong_type",
                                "Must be a time such as 2026-09-09T12:00:00Z.");
    return 0;
}

int page_read_code(struct request *request, const char *name, const char **ret_code)
{
    const char *value = http_exchange_query(request->exchange, name);
    const size_t length = value != NULL ? strlen(value) : 0;

    *ret_code = "";
    if (value == NULL)
        return 0;
    if (length == 0 || length > CODE_LENGTH_MAX ||
        value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] != '\0')
        return refuse_parameter(request, name, "out_of_range", "There is no such value.");
    *ret_code = value;
    return 0;
}

void page_begin(struct buffer *body)
{
    json_write_open(body, '{');
    json_write_open_member(body, "items", '[');
}

/* The filters of this page hold for the next one too. */
static void append_parameter(void *context, const char *name, const char *value)
{
    struct buffer *link = context;

    if (strcmp(name, "cursor") == 0)
        return;
    buffer_append_percent_encoded(link, name, "");
    buffer_append_text(link, "=");
    buffer_append_percent_encoded(link, value, "");
    buffer_append_text(link, "&");
}

void page_end(struct request *request, uint64_t next_before_id, struct buffer *body)
{
    CLEANUP(buffer_deinit) struct buffer link = {.limit = 4096};
    char cursor[CURSOR_SIZE];

    json_write_close(body, ']');
    if (next_before_id == 0) {
        json_write_text(body, "next_cursor", NULL);
        json_write_close(body, '}');
        return;
    }
    cursor_encode(next_before_id, cursor);
    json_write_text(body, "next_cursor", cursor);
    json_write_close(body, '}');
    buffer_append_format(&link, "<%s?", http_exchange_path(request->exchange));
    http_exchange_each_query(request->exchange, append_parameter, &link);
    buffer_append_format(&link, "cursor=%s>; rel=\"next\"", cursor);
    if (!link.overflown)
        http_exchange_set_header(request->exchange, "Link", link.data);
}
