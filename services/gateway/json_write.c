#include "services/gateway/json_write.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"

#include <inttypes.h>
#include <string.h>

static void separate(struct buffer *json)
{
    const bool begins = json->length == 0 || strchr("{[", json->data[json->length - 1]) != NULL;

    if (!begins)
        buffer_append(json, ",", 1);
}

static void write_name(struct buffer *json, const char *name)
{
    separate(json);
    buffer_append(json, "\"", 1);
    buffer_append_text(json, name);
    buffer_append(json, "\":", 2);
}

static void write_quoted(struct buffer *json, const char *value)
{
    buffer_append(json, "\"", 1);
    buffer_append_json_escaped(json, value);
    buffer_append(json, "\"", 1);
}

void json_write_open(struct buffer *json, char bracket)
{
    separate(json);
    buffer_append(json, &bracket, 1);
}

void json_write_open_member(struct buffer *json, const char *name, char bracket)
{
    write_name(json, name);
    buffer_append(json, &bracket, 1);
}

void json_write_close(struct buffer *json, char bracket)
{
    buffer_append(json, &bracket, 1);
}

void json_write_text(struct buffer *json, const char *name, const char *value)
{
    write_name(json, name);
    if (value == NULL)
        buffer_append_text(json, "null");
    else
        write_quoted(json, value);
}

void json_write_integer(struct buffer *json, const char *name, int64_t value)
{
    write_name(json, name);
    buffer_append_format(json, "%" PRId64, value);
}

void json_write_id(struct buffer *json, const char *name, uint64_t value)
{
    write_name(json, name);
    buffer_append_format(json, "%" PRIu64, value);
}

void json_write_id_or_null(struct buffer *json, const char *name, uint64_t value)
{
    if (value == 0)
        json_write_text(json, name, NULL);
    else
        json_write_id(json, name, value);
}

void json_write_bool(struct buffer *json, const char *name, bool value)
{
    write_name(json, name);
    buffer_append_text(json, value ? "true" : "false");
}

void json_write_money(struct buffer *json, const char *name, int64_t cents)
{
    char text[MONEY_TEXT_SIZE];

    json_write_text(json, name, money_format(cents, text));
}

void json_write_time(struct buffer *json, const char *name, int64_t time_us)
{
    char text[CLOCK_TEXT_SIZE];

    json_write_text(json, name, clock_format(time_us, text));
}

void json_write_element_text(struct buffer *json, const char *value)
{
    separate(json);
    write_quoted(json, value);
}
