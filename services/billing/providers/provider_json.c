#include "services/billing/providers/provider_json.h"

#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/encoding.h"

#include <string.h>

enum { BODY_BYTES_MAX = 1024 * 1024 };

static const char number_characters[] = "+-.0123456789eE";

/* As a string that begins with the mark, in JSON's own spelling of it. */
static size_t quote_number(const char *at, size_t left, struct buffer *copy)
{
    size_t length = 0;

    while (length < left && at[length] != '\0' && strchr(number_characters, at[length]) != NULL)
        ++length;
    buffer_append_text(copy, "\"\\u0001");
    buffer_append(copy, at, length);
    buffer_append_text(copy, "\"");
    return length;
}

static size_t copy_string(const char *at, size_t left, struct buffer *copy)
{
    size_t length = 1;

    while (length < left && at[length] != '"')
        length += at[length] == '\\' ? 2 : 1;
    length = length < left ? length + 1 : left;
    buffer_append(copy, at, length);
    return length;
}

/* Jansson recurses a level of nesting, so depth is bounded before it sees the text. */
static bool copy_with_quoted_numbers(const char *body, size_t length, struct buffer *copy)
{
    size_t depth = 0, at = 0;

    while (at < length) {
        const char c = body[at];

        if (c == '"') {
            at += copy_string(body + at, length - at, copy);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            at += quote_number(body + at, length - at, copy);
        } else {
            if (c == '{' || c == '[')
                ++depth;
            else if ((c == '}' || c == ']') && depth > 0)
                --depth;
            if (depth > PROVIDER_JSON_NESTING_MAX)
                return true;
            buffer_append(copy, &body[at++], 1);
        }
    }
    return copy->overflown;
}

int provider_json_parse(const void *body, size_t length, json_t **ret_root, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer copy = {0};
    json_auto_t *root = NULL;

    if (length == 0 || length > BODY_BYTES_MAX || copy_with_quoted_numbers(body, length, &copy))
        return error_set(error, FAULT_HARD, "JSON that is empty, too long or too deep");
    root = json_loadb(copy.data, copy.length, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root))
        return error_set(error, FAULT_HARD, "no JSON object");
    *ret_root = TAKE(root);
    return 0;
}

const json_t *provider_json_member(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);

    return json_is_null(member) ? NULL : member;
}

const char *provider_json_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(provider_json_member(object, name));

    if (text != NULL && text[0] == PROVIDER_JSON_NUMBER)
        ++text;
    return text;
}

bool provider_json_is(const json_t *object, const char *name, const char *text)
{
    const char *found = provider_json_text(object, name);

    return found != NULL && strcmp(found, text) == 0;
}

bool provider_json_is_on(const json_t *object, const char *name)
{
    return json_is_true(provider_json_member(object, name)) || provider_json_is(object, name, "1");
}

int64_t provider_json_time_us(const json_t *object, const char *name)
{
    const char *text = provider_json_text(object, name);
    int64_t seconds, time_us;

    if (text == NULL)
        return 0;
    if (!clock_parse(text, &time_us))
        return time_us;
    if (decimal_parse_i64(text, &seconds) || __builtin_mul_overflow(seconds, 1000000, &time_us))
        return 0;
    return time_us;
}
