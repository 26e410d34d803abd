#include "lib/redis/batch_status.h"

#include "lib/base/encoding.h"

#include <string.h>

#include <hiredis/hiredis.h>

/* Digits of INT64_MAX, and a NUL. */
enum { NUMBER_SIZE = 20 };

/* Reads digits up to '|' and steps over it. True when they are not a number from 0 to `highest`. */
static bool take_number(const char **cursor, int64_t highest, int64_t *ret_number)
{
    char digits[NUMBER_SIZE];
    const size_t length = strcspn(*cursor, "|");
    int64_t number;

    if (length >= sizeof(digits) || (*cursor)[length] != '|')
        return true;
    memcpy(digits, *cursor, length);
    digits[length] = '\0';
    if (decimal_parse_i64(digits, &number) || number < 0 || number > highest)
        return true;
    *cursor += length + 1;
    *ret_number = number;
    return false;
}

static bool parse_item(const char *text, struct batch_item_status *item)
{
    int64_t rank, updated_at_us;

    if (take_number(&text, BATCH_RANK_FINAL, &rank) ||
        take_number(&text, INT64_MAX, &updated_at_us) || text[0] != '{')
        return true;
    item->rank = rank;
    item->updated_at_us = updated_at_us;
    item->json = text;
    return false;
}

static void parse_field(const char *name, const char *text, struct batch_status_view *view)
{
    uint64_t index;

    if (strcmp(name, "head") == 0 && text[0] == '{')
        view->head_json = text;
    if (strncmp(name, "i:", 2) != 0 || decimal_parse_u64(name + 2, &index) ||
        index >= view->capacity || parse_item(text, &view->items[index]))
        return;
    if (view->count <= index)
        view->count = (size_t)index + 1;
}

/* NULL: not a string, or one with a NUL inside. */
static const char *reply_text(const struct redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_STRING || strlen(reply->str) != reply->len)
        return NULL;
    return reply->str;
}

void batch_status_parse(const struct redisReply *reply, struct batch_status_view *view)
{
    view->head_json = NULL;
    view->count = 0;
    for (size_t i = 0; i < view->capacity; ++i)
        view->items[i] = (struct batch_item_status){.index = (uint32_t)i};
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const char *name = reply_text(reply->element[i]);
        const char *text = reply_text(reply->element[i + 1]);

        if (name != NULL && text != NULL)
            parse_field(name, text, view);
    }
}
